"""What a newcomer types on the first day, and what the answers must not leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Shell

    Sql = Callable[..., list[tuple[Any, ...]]]

TABLE = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\n"


@pytest.fixture
def shop(lockplane: Shell) -> Shell:
    """A folder with a schema, beside a SQLite database that is not there yet."""
    lockplane.env["DATABASE_URL"] = "app.db"
    lockplane.write("schema/users.lp.sql", TABLE)
    return lockplane


def test_a_run_says_what_it_was_done_to(shop: Shell) -> None:
    assert "✓ Applied 1 step to app.db." in shop("apply", "--auto-approve").succeeded().err
    assert "✓ Wrote 1 file to out" in shop("introspect", "--output-dir", "out").succeeded().err


def test_a_plan_to_read_is_not_taken_for_one_to_run(shop: Shell) -> None:
    done = shop("plan", "--format", "text", "--out", "plan.json").succeeded()
    assert "Warning: plan.json is for reading" in done.err
    shop("apply", "plan.json").refused("no JSON", "`lockplane plan --out FILE`")
    assert "Warning" not in shop("plan", "--format", "text", "--out", "plan.txt").succeeded().err
    assert "Warning" not in shop("plan", "--out", "plan.json").succeeded().err
    shop("apply", "schema/").refused("is a directory", "lockplane apply --to schema")


def test_a_rollback_names_its_plan_as_apply_does(shop: Shell) -> None:
    shop("plan", "--out", "plan.json").succeeded()
    shop("apply", "plan.json").succeeded()
    by_option = shop("rollback", "--plan", "plan.json").succeeded()
    assert shop("rollback", "plan.json").succeeded().json == by_option.json
    for words in ((), ("plan.json", "--plan", "plan.json")):
        done = shop("rollback", *words)
        assert done.code == 2
        assert "plan" in done.err.lower()


def test_a_rebuild_that_the_plan_announces_is_no_news(shop: Shell) -> None:
    shop("apply", "--auto-approve").succeeded()
    shop.write("schema/users.lp.sql", TABLE.replace("email TEXT NOT NULL", "email TEXT UNIQUE"))
    done = shop("plan", "--validate", "--format", "text").succeeded()
    assert "Rebuild table users" in done.out
    assert "Note" not in done.err


def test_what_is_left_out_of_an_adopted_schema_is_named(pg: Shell, sql: Sql) -> None:
    sql("CREATE TABLE parts (id int) PARTITION BY RANGE (id)")
    for words in (("--output-dir", "adopted"), ("--format", "sql"), ()):
        done = pg("introspect", *words).succeeded()
        assert "Note: not modelled, so left out: partitioned table public.parts" in done.err


def test_a_schema_that_nothing_is_in_is_told(pg: Shell) -> None:
    done = pg("plan", "--to", "schema.lp.sql", "--schema", "pubic").succeeded()
    assert "Note: neither side has anything in a schema 'pubic'" in done.err
    assert "neither" not in pg("plan", "--to", "schema.lp.sql", "--schema", "public").err
