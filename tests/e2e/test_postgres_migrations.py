"""Scenarios P: from an empty PostgreSQL through several migrations, and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lockplane_postgres import testing

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Shell

    Sql = Callable[..., list[tuple[Any, ...]]]

RELATIONS = "select relname from pg_class where relnamespace = 'public'::regnamespace order by 1"


def test_p1_the_quick_start_in_two_steps(pg: Shell, sql: Sql, server: str) -> None:
    databases = "select count(*) from pg_database"
    ((count,),) = sql(databases)
    assert pg.save("current.json", "introspect").json == {"tables": []}
    plan = ("plan", "--from", "current.json", "--to", "schema.lp.sql", "--validate")
    done = pg.save("migration.json", *plan)
    assert done.descriptions == ["Create table users"]
    for line in (
        "✓ Validation 1: PASS",
        "Table creation is always safe",
        "Reversible: DROP TABLE users",
        "✓ All operations are reversible",
        "✓ All validations passed",
    ):
        assert line in done.err
    assert pg("apply", "--plan", "migration.json").applied == 1
    columns = sql(
        "select column_name, data_type, is_nullable from information_schema.columns"
        " where table_name = 'users' order by ordinal_position"
    )
    assert columns == [
        ("id", "bigint", "NO"),
        ("email", "text", "NO"),
        ("created_at", "timestamp with time zone", "YES"),
    ]
    assert sql(databases) == [(count,)], "a scratch was left on the shadow"
    (table,) = pg("introspect").succeeded().json["tables"]
    described = [
        (c["name"], c["type"], c["nullable"], c["is_primary_key"]) for c in table["columns"]
    ]
    assert described == [
        ("id", "bigint", False, True),
        ("email", "text", False, False),
        ("created_at", "timestamp with time zone", True, False),
    ]


def test_p1_the_embedded_shadow_serves_as_well(pg: Shell) -> None:
    del pg.env["SHADOW_DATABASE_URL"]
    done = pg("apply", "--auto-approve", "--to", "schema.lp.sql", "--validate")
    assert done.applied == 1


def test_p2_the_quick_start_in_one_step(pg: Shell, main: str) -> None:
    pg.save("current.json", "introspect")
    words = ("apply", "--auto-approve", "--from", "current.json", "--to", "schema.lp.sql")
    assert pg(*words, "--validate").applied == 1
    live = ("apply", "--auto-approve", "--from", main, "--to", "schema/", "--validate")
    assert pg(*live).applied == 0


def test_p3_an_applied_schema_plans_to_nothing(first: Shell, main: str) -> None:
    assert first("plan", "--from", main, "--to", "schema.lp.sql").succeeded().descriptions == []
    assert first("diff", main, "schema.lp.sql").succeeded().json == {}
    done = first("apply", "--auto-approve", "--from", main, "--to", "schema.lp.sql")
    assert done.applied == 0
    assert done.json["state"] == "nothing_to_do"


def test_p4_a_second_migration_and_back_and_forward_again(
    grown: Shell, main: str, sql: Sql
) -> None:
    words = ("rollback", "--plan", "forward.json", "--from", "before.json")
    grown.save("rollback.json", *words)
    assert grown("apply", "--plan", "forward.json").applied > 0
    assert grown("plan", "--from", main, "--to", "schema.lp.sql").succeeded().descriptions == []
    assert sql("select count(*), sum(age) from users") == [(2, 0)]
    names = {name for (name,) in sql(RELATIONS)}
    assert names >= {"posts", "posts_title_idx", "users_email_key"}
    assert sql("select count(*) from pg_constraint where contype = 'f'") == [(1,)]

    grown("apply", "--plan", "rollback.json").refused("--allow-data-loss")
    assert grown("apply", "--plan", "rollback.json", "--allow-data-loss").applied > 0
    assert grown("diff", "before.json", main).succeeded().json == {}
    assert sql("select count(*) from users") == [(2,)]
    assert grown("apply", "--plan", "forward.json").applied > 0


def test_p4_tables_come_before_what_is_on_them(grown: Shell) -> None:
    plan = json.loads((grown.folder / "forward.json").read_text())
    said = [step["description"] for step in plan["steps"]]
    assert said.index("Create table posts") < said.index(
        "Create index posts_title_idx on table posts"
    )


def test_p4_executing_a_rollback_asks_and_then_leads_back(grown: Shell, main: str) -> None:
    grown("apply", "--plan", "forward.json").succeeded()
    words = ("rollback", "--plan", "forward.json", "--from", main, "--execute")
    done = grown(*words).refused("--auto-approve")
    assert done.json["success"] is False
    done = grown(*words, "--auto-approve", "--allow-data-loss")
    assert done.applied > 0
    assert grown("diff", "before.json", main).succeeded().json == {}


def test_p9_two_live_databases(grown: Shell, main: str, server: str) -> None:
    grown("apply", "--plan", "forward.json").succeeded()
    with testing.database(server) as empty:
        done = grown.save("m.json", "plan", "--from", main, "--to", empty, "--validate")
        assert {"Drop table posts", "Drop table users"} <= set(done.descriptions)
        assert "Data loss" in done.err
        back = grown("rollback", "--plan", "m.json", "--from", main).succeeded()
    text = " ".join(str(step["sql"]) for step in back.json["steps"])
    for word in ("CREATE TABLE posts", "posts_title_idx", "users_email_key", "FOREIGN KEY"):
        assert word in text


def test_p10_a_reverse_plan_leads_back(pg: Shell, main: str) -> None:
    pg.save("current.json", "introspect")
    pg.save("f.json", "plan", "--from", "current.json", "--to", "schema.lp.sql")
    pg.save("r.json", "plan", "--from", "schema.lp.sql", "--to", "current.json")
    pg("apply", "--plan", "f.json").succeeded()
    pg("apply", "--plan", "r.json", "--allow-data-loss").succeeded()
    assert pg("diff", "current.json", main).succeeded().json == {}


CHANGES = {
    "widen": ("c int", "c bigint"),
    "narrow": ("c bigint", "c int"),
    "cast": ("c text", "c integer"),
    "default set": ("c bool", "c bool DEFAULT true"),
    "default text": ("c text DEFAULT 'it''s'", "c text DEFAULT now()"),
    "default drop": ("c int DEFAULT 1", "c int"),
    "not null": ("c int", "c int NOT NULL"),
    "nullable": ("c int NOT NULL", "c int"),
    "varchar": ("c varchar(20)", "c varchar(50)"),
    "serial": ("c int", "c serial"),
    "primary key": ("c int NOT NULL, PRIMARY KEY (id)", "c int NOT NULL, PRIMARY KEY (id, c)"),
    "enum": ("c mood", "c mood NOT NULL DEFAULT 'happy'"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_p12_a_changed_column_converges_and_goes_back(pg: Shell, main: str, name: str) -> None:
    key = "" if name == "primary key" else " PRIMARY KEY"
    frame = "CREATE TYPE mood AS ENUM ('sad', 'happy');\nCREATE TABLE t (id int NOT NULL{}, {});\n"
    for file, column in zip(("a.lp.sql", "b.lp.sql"), CHANGES[name], strict=True):
        pg.write(file, frame.format(key, column))
    agreed = ("--auto-approve", "--allow-data-loss")
    pg("apply", *agreed, "--to", "a.lp.sql").succeeded()
    pg.save("plan.json", "plan", "--to", "b.lp.sql")
    pg("apply", "--plan", "plan.json", "--allow-data-loss").succeeded()
    assert pg("plan", "--from", main, "--to", "b.lp.sql").succeeded().descriptions == []
    pg("rollback", "--plan", "plan.json", "--execute", *agreed).succeeded()
    assert pg("plan", "--from", main, "--to", "a.lp.sql").succeeded().descriptions == []


def test_adoption_files_of_a_database_plan_to_nothing(grown: Shell, main: str, sql: Sql) -> None:
    grown("apply", "--plan", "forward.json").succeeded()
    words = ("introspect", "--format", "sql", "--output-dir", "adopted")
    done = grown(*words).succeeded()
    assert done.out == ""
    names = sorted(path.name for path in (grown.folder / "adopted").iterdir())
    assert len(names) >= 2
    assert all(name.endswith(".lp.sql") for name in names)
    grown("validate", "sql", "adopted").succeeded()
    assert grown("plan", "--from", main, "--to", "adopted").succeeded().descriptions == []
    grown(*words).succeeded()
    sql("alter table users add column late int")
    grown(*words).refused("holds other files")
    grown.write("adopted/own.lp.sql", "CREATE TABLE own (id int PRIMARY KEY);")
    assert "own.lp.sql" in grown(*words).refused().err
    assert grown("plan", "--from", main, "--to", "adopted").succeeded().descriptions != []


def test_a_script_does_by_hand_what_apply_does(grown: Shell, main: str, sql: Sql) -> None:
    script = grown("plan", "--to", "schema.lp.sql", "--format", "sql").succeeded().out
    sql(script)
    assert grown("plan", "--from", main, "--to", "schema.lp.sql").succeeded().descriptions == []
    assert sql("select count(*) from users") == [(2,)]
