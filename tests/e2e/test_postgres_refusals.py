"""Scenarios P: what keeps a plan from running, and what it would lose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Shell

    Sql = Callable[..., list[tuple[Any, ...]]]

RELATIONS = "select relname from pg_class where relnamespace = 'public'::regnamespace order by 1"


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
    assert done.applied == 1
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
    assert grown("apply", "--plan", "drop.json", "--allow-data-loss").applied > 0
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


def test_p15d_a_shadow_that_is_the_database_itself_can_do_no_harm(
    grown: Shell, main: str, sql: Sql
) -> None:
    grown.env["SHADOW_DATABASE_URL"] = main
    assert grown("apply", "--plan", "forward.json").applied > 0
    assert sql("select count(*) from users") == [(2,)]


def test_a_protected_environment_refuses_the_flag(grown: Shell, main: str) -> None:
    grown.write("lockplane.toml", "[environments.live]\nprotected = true\n")
    del grown.env["SHADOW_DATABASE_URL"]  # a protected server takes no scratches
    grown("apply", "--plan", "forward.json", "--env", "live").succeeded()
    words = ("apply", "--auto-approve", "--allow-data-loss", "--to", "before.json")
    done = grown(*words, "--env", "live").refused("live", "protected")
    assert done.json["error"]["code"] == "data_loss"
