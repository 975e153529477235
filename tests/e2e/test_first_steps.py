"""What a newcomer types on the first day, and what the answers must not leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.testing.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Callable

    Sql = Callable[..., list[tuple[Any, ...]]]

TABLE = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\n"


@pytest.fixture
def shop(lockplane: Shell) -> Shell:
    """A folder with a schema, beside a SQLite database that is not there yet."""
    lockplane.env["DATABASE_URL"] = "app.db"
    lockplane.write("schema/users.lp.sql", TABLE)
    return lockplane


def test_a_database_that_is_yet_to_be_made_is_told(shop: Shell) -> None:
    for words in (("plan",), ("plan", "--from", "app.db"), ("introspect",)):
        assert "Note: app.db is not there yet" in shop(*words).succeeded().err
    assert not (shop.folder / "app.db").exists()
    done = shop("apply", "--auto-approve").succeeded()
    assert done.json["notices"] == ["app.db was not there, and was made"]
    assert "not there" not in shop("apply", "--auto-approve").succeeded().err


@pytest.mark.parametrize(
    "words",
    [
        ("introspect", "ap.db"),
        ("diff", "ap.db", "schema/"),
        ("diff", "app.db", "sqlite://ap.db"),
        ("plan", "--to", "ap.db"),
        ("rollback", "plan.json", "--from", "ap.db"),
        ("apply", "plan.json", "--db", "ap.db"),
    ],
)
def test_a_slip_in_the_name_of_a_database_is_no_empty_database(
    shop: Shell, words: tuple[str, ...]
) -> None:
    """The plan to an empty database drops everything, and the one from it makes all anew."""
    shop("apply", "--auto-approve").succeeded()
    shop.write("schema/users.lp.sql", TABLE + "CREATE INDEX i ON users (email);\n")
    shop("plan", "--out", "plan.json").succeeded()
    shop(*words).refused("ap.db is not there", "`lockplane apply` or `lockplane init`")
    assert not (shop.folder / "ap.db").exists()


def test_the_doctor_misses_a_database(shop: Shell) -> None:
    shop.write("ab.db", "")
    done = shop("doctor", "--db", "ap.db")
    assert done.code == 1
    assert "✗ database: ap.db is not there\n    Did you mean 'ab.db'?" in done.out


def test_an_address_in_a_file_is_seen_from_its_folder(shop: Shell) -> None:
    """With a scheme as well as without; from a folder below it would be another database."""
    del shop.env["DATABASE_URL"]
    (shop.folder / ".git").mkdir()
    (shop.folder / "deep").mkdir()
    shop.write("dump.sql", TABLE)
    below = Shell(shop.folder / "deep")
    for url, path in (("sqlite://a", "a"), ("file:b.db?cache=shared", "b.db")):
        shop.write("lockplane.toml", f'database_url = "{url}"\nschema_path = "sql:dump.sql"\n')
        below("apply", "--auto-approve").succeeded()
        assert (shop.folder / path).exists()
        assert list(below.folder.iterdir()) == []


def test_a_file_of_sqlite_without_a_database_is_not_for_postgres(shop: Shell) -> None:
    del shop.env["DATABASE_URL"]
    shop.write("lockplane.toml", 'dialect = "sqlite"\n')
    shop("plan").refused("no database is named", code=2)


def test_a_plan_that_is_stale_is_told_before_its_loss_is_asked_about(shop: Shell) -> None:
    shop("apply", "--auto-approve").succeeded()
    shop.write("schema/users.lp.sql", "CREATE TABLE other (id INTEGER PRIMARY KEY);\n")
    shop("plan", "--out", "plan.json").succeeded()
    shop("apply", "plan.json").refused("loses data")
    shop("apply", "--auto-approve", "--allow-data-loss").succeeded()
    for more in ((), ("--allow-data-loss",)):
        shop("apply", "plan.json", *more).refused("already is in the state")


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
    sql("CREATE TYPE part AS (id int); CREATE TABLE parts OF part")
    for words in (("--output-dir", "adopted"), ("--format", "sql"), ()):
        done = pg("introspect", *words).succeeded()
        assert "Note: not modelled, so left out: typed table public.parts" in done.err


def test_a_schema_without_a_name_is_refused(pg: Shell, shop: Shell) -> None:
    for program in (pg, shop):
        program("plan", "--schema", "").refused("empty name", "'*' for all")


def test_a_product_without_schemas_says_so(shop: Shell) -> None:
    done = shop("plan", "--schema", "nope").succeeded()
    assert "Note: SQLite has no schemas, so 'nope' leaves nothing out" in done.err
    assert "no schemas" not in shop("plan", "--schema", "*").err


def test_a_schema_that_nothing_is_in_is_told(pg: Shell) -> None:
    done = pg("plan", "--to", "schema.lp.sql", "--schema", "pubic").succeeded()
    said = "Note: neither side has anything in a schema 'pubic'. Did you mean 'public'?"
    assert said in done.err
    assert "neither" not in pg("plan", "--to", "schema.lp.sql", "--schema", "public").err


# -- beginning -----------------------------------------------------------------------------


def test_init_of_a_target_may_be_told_to_ask_nothing(lockplane: Shell) -> None:
    assert "✓ Made app.db" in lockplane("init", "sqlite", "-y").succeeded().out
    lockplane("apply", "--auto-approve").succeeded()


def test_supabase_has_its_own_place_for_schema_files(lockplane: Shell, main: str) -> None:
    done = lockplane("init", "supabase", "--url", main).succeeded()
    assert "✓ Wrote supabase/schema/example.lp.sql" in done.out
    toml = (lockplane.folder / "lockplane.toml").read_text()
    assert 'schema_path = "supabase/schema"' in toml
    assert 'profiles = ["supabase"]' in toml
    assert "[default: 54322]" in lockplane("init", "supabase", "--help").succeeded().out


@pytest.mark.parametrize(
    ("words", "now"),
    [
        (("apply", "--target", "production"), "--env NAME"),
        (("plan", "--shadow-schema", "x"), "databases of their own"),
        (("init", "--supabase"), "lockplane init supabase"),
        (("apply", "--skip-shadow-db"), "--skip-shadow."),
    ],
)
def test_a_former_option_names_the_new_one(
    lockplane: Shell, words: tuple[str, ...], now: str
) -> None:
    lockplane(*words).refused("No such option", now, code=2)


def test_a_former_command_names_the_new_one(lockplane: Shell) -> None:
    lockplane("plan-rollback").refused("No such command", "lockplane rollback --plan FILE")


def test_turso_is_refused_with_a_way_round_it(lockplane: Shell) -> None:
    done = lockplane("introspect", "libsql://a.turso.io?authToken=hunter2")
    done.refused("no installed plugin handles libsql", "turso db shell NAME")
    assert "hunter2" not in done.err
