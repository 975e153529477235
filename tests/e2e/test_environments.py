"""Environments: one project, several databases, and the word that chooses among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lockplane_core.testing.shell import Shell

TOML = """\
default_environment = "dev"
schema_path = "schema"
dialect = "sqlite"

[environments.dev]
database_url = "dev.db"

[environments.live]
description = "mind the customers"
protected = true
"""
TABLE = "CREATE TABLE a (id INTEGER PRIMARY KEY);\n"


@pytest.fixture
def shop(lockplane: Shell) -> Shell:
    """Two environments: one in the file, one with its address in .env.live."""
    lockplane.write("lockplane.toml", TOML)
    lockplane.write(".env.live", "DATABASE_URL=live.db\n")
    lockplane.write("schema/a.lp.sql", TABLE)
    return lockplane


def steps(done: object) -> int:
    return len(done.succeeded().json["steps"])  # type: ignore[attr-defined]  # a Done


def test_each_environment_has_its_own_database(shop: Shell) -> None:
    shop("apply", "--auto-approve").succeeded()
    assert steps(shop("plan")) == 0
    assert steps(shop("plan", "--env", "live")) == 1
    assert steps(shop("plan", LOCKPLANE_ENV="live")) == 1
    assert steps(shop("plan", "--env", "dev", LOCKPLANE_ENV="live")) == 0
    assert not (shop.folder / "live.db").exists()


def test_flag_goes_before_variable_before_file(shop: Shell) -> None:
    """P16, and P8 for SQLite."""
    shop("apply", "--auto-approve", "--db", "flag.db", DATABASE_URL="variable.db").succeeded()
    shop("apply", "--auto-approve", DATABASE_URL="variable.db").succeeded()
    there = sorted(path.name for path in shop.folder.glob("*.db"))
    assert there == ["flag.db", "variable.db"]


def test_a_variable_that_goes_before_the_chosen_environment_is_told(shop: Shell) -> None:
    done = shop("plan", "--env", "live", DATABASE_URL="other.db").succeeded()
    assert "Note: DATABASE_URL is set and goes before the database_url" in done.err
    assert "DATABASE_URL" not in shop("plan", "--env", "live").err


def test_what_is_not_there_or_contradicts_is_refused_with_the_nearest(shop: Shell) -> None:
    shop("plan", "--env", "liv").refused("no environment 'liv'", "Did you mean 'live'?")
    shop("plan", DATABASE_URL="postgres://h/d").refused(
        "dialect 'sqlite' (lockplane.toml) contradicts", "DATABASE_URL", 'dialect = "postgres"'
    )
    shop("plan", "--dialect", "sqlit").refused("'sqlit'", "Did you mean 'sqlite'?")
    shop.write("lockplane.toml", TOML.replace("database_url", "databse_url"))
    shop("plan").refused("lockplane.toml", "databse_url", "Did you mean 'database_url'?")


def test_an_environment_without_a_database_takes_no_default(shop: Shell) -> None:
    shop.write(".env.live", "# nothing yet\n")
    shop("plan", "--env", "live").refused("'live' names no database", ".env.live")


def test_a_protected_environment_wants_a_person_for_what_is_lost(shop: Shell) -> None:
    shop("apply", "--env", "live", "--auto-approve").succeeded()
    plan = shop.save("plan.json", "plan", "--env", "live")
    assert steps(plan) == 0
    shop.write("schema/a.lp.sql", TABLE.replace("CREATE TABLE a", "CREATE TABLE b"))
    for words in (["--auto-approve"], ["--auto-approve", "--allow-data-loss"]):
        done = shop("apply", "--env", "live", *words).refused("environment live is protected")
        assert done.json["error"]["code"] == "data_loss"
    shop.save("lossy.json", "plan", "--env", "live")
    shop("apply", "--env", "live", "lossy.json", "--allow-data-loss").refused("protected")
    shop("apply", "--auto-approve").succeeded()  # dev is not


def test_a_rollback_on_a_protected_environment_is_held_to_the_same(shop: Shell) -> None:
    shop.save("plan.json", "plan", "--env", "live")
    shop("apply", "--env", "live", "plan.json").succeeded()
    words = ("rollback", "--env", "live", "--plan", "plan.json", "--execute", "--auto-approve")
    shop(*words, "--allow-data-loss").refused("environment live is protected")
    assert steps(shop("plan", "--env", "live")) == 0


def test_doctor_says_which_environment_and_where_from(shop: Shell) -> None:
    shop("apply", "--env", "live", "--auto-approve").succeeded()
    text = shop("doctor", "--env", "live").succeeded().out
    assert "environment: live, protected" in text
    assert "database URL: from .env.live" in text
