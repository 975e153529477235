"""Scenarios P: from an empty PostgreSQL through several migrations, and back."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from lockplane_postgres import testing

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Done, Shell

    Sql = Callable[..., list[tuple[Any, ...]]]

SECOND = """\
CREATE TABLE users (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
  age INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX users_email_key ON users(email);
CREATE TABLE posts (id BIGINT PRIMARY KEY, user_id BIGINT NOT NULL REFERENCES users(id) ON DELETE CASCADE, title TEXT NOT NULL);
CREATE INDEX posts_title_idx ON posts(title);
"""  # noqa: E501 - the scenario's own text
ROWS = "insert into users(id,email) values (1,'a@x'),(2,'b@x')"
RELATIONS = "select relname from pg_class where relnamespace = 'public'::regnamespace order by 1"


def steps(shell: Shell, before: str, after: str) -> list[Any]:
    """The steps of a plan between two sources."""
    found: list[Any] = shell("plan", "--from", before, "--to", after).succeeded().json["steps"]
    return found


def applied(done: Done) -> int:
    """How many steps a successful run applied."""
    assert done.succeeded().json["success"] is True
    return int(done.json["steps_applied"])


@pytest.fixture
def first(pg: Shell) -> Shell:
    """The quick start is done: `users` is there."""
    assert applied(pg("apply", "--auto-approve", "--to", "schema.lp.sql")) == 1
    return pg


@pytest.fixture
def grown(first: Shell, sql: Sql) -> Shell:
    """`users` has rows; before.json and forward.json lead to a second schema, not yet applied."""
    sql(ROWS)
    first.write("schema.lp.sql", SECOND)
    first.save("before.json", "introspect")
    words = ("--from", "before.json", "--to", "schema.lp.sql")
    first.save("forward.json", "plan", *words, "--validate")
    return first


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
    assert applied(pg("apply", "--plan", "migration.json")) == 1
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
    assert applied(done) == 1


def test_p2_the_quick_start_in_one_step(pg: Shell, main: str) -> None:
    pg.save("current.json", "introspect")
    words = ("apply", "--auto-approve", "--from", "current.json", "--to", "schema.lp.sql")
    assert applied(pg(*words, "--validate")) == 1
    live = ("apply", "--auto-approve", "--from", main, "--to", "schema/", "--validate")
    assert applied(pg(*live)) == 0


def test_p3_an_applied_schema_plans_to_nothing(first: Shell, main: str) -> None:
    assert steps(first, main, "schema.lp.sql") == []
    assert first("diff", main, "schema.lp.sql").succeeded().json == {}
    done = first("apply", "--auto-approve", "--from", main, "--to", "schema.lp.sql")
    assert applied(done) == 0
    assert done.json["state"] == "nothing_to_do"


def test_p4_a_second_migration_and_back_and_forward_again(
    grown: Shell, main: str, sql: Sql
) -> None:
    words = ("rollback", "--plan", "forward.json", "--from", "before.json")
    grown.save("rollback.json", *words)
    assert applied(grown("apply", "--plan", "forward.json")) > 0
    assert steps(grown, main, "schema.lp.sql") == []
    assert sql("select count(*), sum(age) from users") == [(2, 0)]
    names = {name for (name,) in sql(RELATIONS)}
    assert names >= {"posts", "posts_title_idx", "users_email_key"}
    assert sql("select count(*) from pg_constraint where contype = 'f'") == [(1,)]

    grown("apply", "--plan", "rollback.json").refused("--allow-data-loss")
    assert applied(grown("apply", "--plan", "rollback.json", "--allow-data-loss")) > 0
    assert grown("diff", "before.json", main).succeeded().json == {}
    assert sql("select count(*) from users") == [(2,)]
    assert applied(grown("apply", "--plan", "forward.json")) > 0


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
    assert applied(done) > 0
    assert grown("diff", "before.json", main).succeeded().json == {}


def test_p5_a_plan_runs_only_once(grown: Shell) -> None:
    grown("apply", "--plan", "forward.json").succeeded()
    done = grown("apply", "--plan", "forward.json").refused("already")
    assert done.json["error"]["code"] == "stale_plan"
    assert (done.json["success"], done.json["steps_applied"]) == (False, 0)


def test_p5_a_changed_database_is_refused_with_both_states(grown: Shell, sql: Sql) -> None:
    sql("create table stray(i int)")
    done = grown("apply", "--plan", "forward.json").refused("expected", "found", "lockplane plan")
    assert done.json["error"]["code"] == "stale_plan"
    assert ("posts",) not in sql(RELATIONS)


def test_p5_a_stale_source_is_refused(grown: Shell, sql: Sql) -> None:
    sql("alter table users add column surprise int")
    words = ("apply", "--auto-approve", "--from", "before.json", "--to", "schema.lp.sql")
    assert grown(*words).refused().json["error"]["code"] == "stale_plan"


def test_p5_a_bare_plan_is_accepted_with_a_warning(first: Shell, sql: Sql) -> None:
    plan = {"steps": [{"description": "Add age", "sql": "ALTER TABLE users ADD COLUMN age int"}]}
    first.write("bare.json", json.dumps(plan))
    done = first("apply", "--plan", "bare.json")
    assert applied(done) == 1
    assert "not bound to a state" in done.err


def test_p6_a_plan_that_fails_on_the_shadow_leaves_the_database_alone(
    first: Shell, sql: Sql
) -> None:
    plan = {
        "steps": [
            {"description": "Add a", "sql": "ALTER TABLE users ADD COLUMN a int"},
            {"description": "Break", "sql": "ALTER TABLE nosuch ADD COLUMN x int"},
        ]
    }
    first.write("broken.json", json.dumps(plan))
    columns = "select count(*) from pg_attribute where attrelid = 'users'::regclass and attnum > 0"
    before = sql(columns)
    done = first("apply", "--plan", "broken.json").refused("shadow", "step 2", "Break", "nosuch")
    assert done.json["success"] is False
    done = first("apply", "--plan", "broken.json", "--skip-shadow").refused("step 2", "Break")
    assert (done.json["state"], done.json["steps_applied"]) == ("rolled_back", 0)
    assert sql(columns) == before


def test_p6_a_database_or_shadow_that_is_down_is_an_error(grown: Shell) -> None:
    down = "postgres://me:s3cret@localhost:1/none"
    done = grown("apply", "--plan", "forward.json", "--db", down).refused("localhost")
    assert "s3cret" not in done.err + done.out
    done = grown("apply", "--plan", "forward.json", "--shadow-db", down).refused("localhost")
    assert "s3cret" not in done.err + done.out
    assert done.json["success"] is False


@pytest.mark.parametrize(
    ("rows", "change"),
    [
        ("insert into users(id, email) values (1, 'x')", ("email TEXT", "email INTEGER")),
        (
            "insert into users(id, email) values (1, 'x'), (2, 'x')",
            (");\n", ");\nCREATE UNIQUE INDEX one ON users(email);\n"),
        ),
        (
            "insert into users(id, email, created_at) values (1, 'x', null)",
            ("WITH TIME ZONE DEFAULT NOW()", "WITH TIME ZONE NOT NULL"),
        ),
    ],
    ids=["type", "unique", "not null"],
)
def test_p7_data_that_do_not_allow_a_step_stop_it(
    first: Shell, main: str, sql: Sql, rows: str, change: tuple[str, str]
) -> None:
    sql(rows)
    text = (first.folder / "schema.lp.sql").read_text()
    first.write("schema.lp.sql", text.replace(*change))
    before = first("introspect").out
    words = (
        "apply",
        "--auto-approve",
        "--allow-data-loss",
        "--from",
        main,
        "--to",
        "schema.lp.sql",
    )
    done = first(*words).refused("users")
    assert done.json["success"] is False
    assert first("introspect").out == before


def test_p8_flags_go_before_variables(pg: Shell, main: str, server: str) -> None:
    pg.save("m.json", "plan", "--to", "schema.lp.sql")
    pg.env |= {"DATABASE_URL": "postgres://bad:s3cret@localhost:1/x"}
    pg.env |= {"SHADOW_DATABASE_URL": "postgres://bad:s3cret@localhost:1/x"}
    done = pg("apply", "--plan", "m.json").refused()
    assert "s3cret" not in done.out + done.err
    assert applied(pg("apply", "--plan", "m.json", "--db", main, "--shadow-db", server)) == 1


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


def test_p11_what_loses_data_wants_consent(grown: Shell, main: str, sql: Sql) -> None:
    grown("apply", "--plan", "forward.json").succeeded()
    words = ("--from", main, "--to", "before.json")
    done = grown.save("drop.json", "plan", *words, "--validate")
    assert "Data loss" in done.err
    for call in (("apply", "--plan", "drop.json"), ("apply", "--auto-approve", *words)):
        done = grown(*call).refused("--allow-data-loss", "Drop table posts")
        assert done.json["error"]["code"] == "data_loss"
    assert ("posts",) in sql(RELATIONS)
    done = grown("rollback", "--plan", "drop.json", "--from", main).succeeded()
    assert any("posts" in text for text in done.descriptions)
    assert applied(grown("apply", "--plan", "drop.json", "--allow-data-loss")) > 0
    assert ("posts",) not in sql(RELATIONS)


@pytest.mark.parametrize(
    ("sql_text", "flags"),
    [
        ("ALTER TABLE users DROP COLUMN email", []),
        ("DROP TABLE users", ["--skip-shadow"]),
        ("DELETE FROM users", ["--skip-shadow"]),
        ("DO $$ BEGIN EXECUTE 'DROP TABLE users'; END $$", ["--trust-sql"]),
    ],
)
def test_p11_what_a_plan_by_hand_loses_wants_consent_too(
    grown: Shell, sql: Sql, sql_text: str, flags: list[str]
) -> None:
    grown.write("hand.json", json.dumps({"steps": [{"description": "Go", "sql": sql_text}]}))
    done = grown("apply", "--plan", "hand.json", *flags).refused("--allow-data-loss")
    assert done.json["error"]["code"] == "data_loss"
    assert sql("select count(*), count(email) from users") == [(2, 2)]
    grown("apply", "--plan", "hand.json", "--allow-data-loss", *flags).succeeded()


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
    assert steps(pg, main, "b.lp.sql") == []
    pg("rollback", "--plan", "plan.json", "--execute", *agreed).succeeded()
    assert steps(pg, main, "a.lp.sql") == []


def test_p15d_a_shadow_that_is_the_database_itself_can_do_no_harm(
    grown: Shell, main: str, sql: Sql
) -> None:
    grown.env["SHADOW_DATABASE_URL"] = main
    assert applied(grown("apply", "--plan", "forward.json")) > 0
    assert sql("select count(*) from users") == [(2,)]


def test_adoption_files_of_a_database_plan_to_nothing(grown: Shell, main: str, sql: Sql) -> None:
    grown("apply", "--plan", "forward.json").succeeded()
    words = ("introspect", "--format", "sql", "--output-dir", "adopted")
    done = grown(*words).succeeded()
    assert done.out == ""
    names = sorted(path.name for path in (grown.folder / "adopted").iterdir())
    assert len(names) >= 2
    assert all(name.endswith(".lp.sql") for name in names)
    grown("validate", "sql", "adopted").succeeded()
    assert steps(grown, main, "adopted") == []
    grown(*words).succeeded()
    sql("alter table users add column late int")
    grown(*words).refused("holds other files")
    grown.write("adopted/own.lp.sql", "CREATE TABLE own (id int PRIMARY KEY);")
    assert "own.lp.sql" in grown(*words).refused().err
    assert steps(grown, main, "adopted") != []


def test_p16_the_file_of_the_project_is_used_and_variables_go_before_it(
    pg: Shell, main: str, server: str
) -> None:
    del pg.env["DATABASE_URL"], pg.env["SHADOW_DATABASE_URL"]
    (pg.folder / ".git").mkdir()
    pg.write(
        "lockplane.toml",
        f'database_url = "{main}"\nshadow_database_url = "{server}"\nschema_path = "schema"\n',
    )
    assert applied(pg("apply", "--auto-approve")) == 1
    assert pg("plan").succeeded().json["steps"] == []
    pg("plan", DATABASE_URL="postgres://localhost:1/x").refused("localhost")


def test_a_protected_environment_refuses_the_flag(grown: Shell, main: str) -> None:
    grown.write("lockplane.toml", "[environments.live]\nprotected = true\n")
    del grown.env["SHADOW_DATABASE_URL"]  # a protected server takes no scratches
    grown("apply", "--plan", "forward.json", "--env", "live").succeeded()
    words = ("apply", "--auto-approve", "--allow-data-loss", "--to", "before.json")
    done = grown(*words, "--env", "live").refused("live", "protected")
    assert done.json["error"]["code"] == "data_loss"


def test_doctor_names_the_server_and_the_shadow(pg: Shell) -> None:
    done = pg("doctor").succeeded()
    assert re.search(r"✓ database: PostgreSQL \d+", done.out)
    assert "✓ shadow: scratches are made on PostgreSQL" in done.out
    assert "environment variable DATABASE_URL" in done.out
    done = pg("doctor", "--db", "postgres://me:s3cret@localhost:1/x")
    assert done.code == 1
    assert "✗ database:" in done.out
    assert "s3cret" not in done.out


def test_a_script_does_by_hand_what_apply_does(grown: Shell, main: str, sql: Sql) -> None:
    script = grown("plan", "--to", "schema.lp.sql", "--format", "sql").succeeded().out
    sql(script)
    assert steps(grown, main, "schema.lp.sql") == []
    assert sql("select count(*) from users") == [(2,)]


def test_doctor_says_what_a_role_may_not_do(
    first: Shell, as_user: Callable[..., str], sql: Sql
) -> None:
    sql("create role lockplane_guest login")
    try:
        done = first("doctor", "--db", as_user("lockplane_guest"))
    finally:
        sql("drop role lockplane_guest")
    assert done.code == 1
    assert "lockplane_guest may not create anything in schema public" in done.out
    assert "belong to roles that lockplane_guest is no member of" in done.out
    assert "GRANT" in done.out
