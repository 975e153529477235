"""What is managed: patterns by name and kind, and profiles of what others own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lockplane_core.testing.shell import Shell

    Sql = Callable[..., list[tuple[Any, ...]]]

SUPABASE = """\
CREATE SCHEMA auth; CREATE SCHEMA storage; CREATE SCHEMA realtime; CREATE SCHEMA extensions;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);
CREATE TABLE storage.objects (id uuid PRIMARY KEY, bucket_id text);
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
CREATE TABLE realtime.messages (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE realtime.messages_2026_01_01 PARTITION OF realtime.messages
  FOR VALUES FROM ('2026-01-01') TO ('2026-01-02');
CREATE FUNCTION extensions.set_graphql_placeholder() RETURNS event_trigger
  LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER issue_graphql_placeholder ON sql_drop
  EXECUTE FUNCTION extensions.set_graphql_placeholder();
CREATE EVENT TRIGGER pgrst_ddl_watch ON ddl_command_end
  EXECUTE FUNCTION extensions.set_graphql_placeholder();
CREATE PUBLICATION supabase_realtime;
CREATE PUBLICATION supabase_realtime_messages_publication FOR TABLE realtime.messages;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
CREATE TABLE public.notes (id bigint PRIMARY KEY, owner uuid REFERENCES auth.users (id));
CREATE FUNCTION public.greet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.greet();
CREATE POLICY mine ON storage.objects USING (bucket_id = 'mine');
"""
"""What the platform makes in a project, and at the end what a user does."""

NOTES = """\
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY);
CREATE TABLE notes (id bigint PRIMARY KEY, owner uuid REFERENCES auth.users (id), body text);
CREATE FUNCTION greet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
"""


@pytest.fixture
def scoped(pg: Shell, tmp_path: Path) -> Shell:
    """The program beside an empty database, with no schema files but those of the test."""
    (tmp_path / "schema/users.lp.sql").unlink()
    return pg


def test_without_a_profile_all_of_a_platform_would_be_managed(scoped: Shell, sql: Sql) -> None:
    """Schemas that no file names are left alone anyway; what is in none is not."""
    sql(SUPABASE)
    scoped.write("schema/notes.lp.sql", NOTES)
    plan = scoped("plan").succeeded()
    assert "Drop event trigger pgrst_ddl_watch" in plan.descriptions
    assert "Drop publication supabase_realtime" in plan.descriptions


def test_a_profile_leaves_a_platform_alone_and_lets_it_be_referred_to(
    scoped: Shell, sql: Sql
) -> None:
    sql(SUPABASE)
    scoped.write("lockplane.toml", 'profiles = ["supabase"]\n')
    scoped.write("schema/notes.lp.sql", NOTES)
    plan = scoped.save("plan.json", "plan", "--validate")
    assert plan.descriptions == ["Add column body to table notes"]
    assert "that `exclude` or a profile names are not managed" in plan.err
    scoped("apply", "--plan", "plan.json").succeeded()
    again = scoped("plan", "--exit-code").succeeded()
    assert again.descriptions == []
    back = ("rollback", "--plan", "plan.json", "--execute", "--allow-data-loss")
    scoped(*back, "--auto-approve").succeeded()
    assert sql("SELECT count(*) FROM pg_event_trigger") == [(2,)]
    assert sql("SELECT count(*) FROM pg_publication") == [(2,)]


def test_what_include_names_is_managed_on_a_table_of_somebody_else(
    scoped: Shell, sql: Sql, main: str
) -> None:
    sql(SUPABASE)
    parts = '["trigger:auth.users.*", "policy:storage.*"]'
    scoped.write("lockplane.toml", f'profiles = ["supabase"]\ninclude = {parts}\n')
    done = scoped("introspect", "--format", "sql", "--output-dir", "schema").succeeded()
    assert "that `exclude` or a profile names are not managed" in done.err
    assert scoped("plan").succeeded().descriptions == []
    trigger = next(
        path
        for path in (scoped.folder / "schema").iterdir()
        if "on_auth_user_created" in path.read_text()
    )
    lines = trigger.read_text().split(";\n\n")
    trigger.write_text(";\n\n".join(line for line in lines if "CREATE TRIGGER" not in line))
    plan = scoped.save("plan.json", "plan", "--validate")
    assert plan.descriptions == ["Drop trigger on_auth_user_created on table auth.users"]
    scoped("apply", "--plan", "plan.json").succeeded()
    assert scoped("plan").succeeded().descriptions == []


@pytest.mark.parametrize("form", ["sql", "json"])
def test_what_is_referred_to_is_written_down_and_not_managed(
    scoped: Shell, sql: Sql, form: str
) -> None:
    sql(SUPABASE)
    scoped.write("lockplane.toml", 'profiles = ["supabase"]\n')
    text = scoped("introspect", "--format", form).succeeded().out
    assert "notes" in text
    assert "users" in text  # notes refers to it
    assert "objects" not in text
    name = "all.lp.sql" if form == "sql" else "all.json"
    scoped.write(name, text)
    assert scoped("plan", "--to", name).succeeded().descriptions == []
    if form == "sql":
        assert "-- Not managed" in text.partition("CREATE TABLE auth.users")[0]
        scoped.write(name, text.replace("email text,", "").replace("email text", "n int"))
        assert scoped("plan", "--to", name).succeeded().descriptions == []


def test_a_file_that_lacks_what_is_not_managed_is_told_to_declare_it(scoped: Shell) -> None:
    scoped.write("lockplane.toml", 'profiles = ["supabase"]\n')
    scoped.write("schema/a.lp.sql", "CREATE TABLE a (u uuid REFERENCES auth.users (id));")
    scoped("plan").refused("auth.users is not managed here. Declare what you use of it")


def test_a_diff_shows_nothing_of_what_is_left_out(scoped: Shell, sql: Sql, main: str) -> None:
    sql(SUPABASE)
    scoped.write("lockplane.toml", 'profiles = ["supabase"]\n')
    scoped.write("schema/notes.lp.sql", NOTES)
    found = scoped("diff", main, "schema").succeeded().json
    assert list(found) == ["modified_tables"]


def test_doctor_suggests_a_profile_once(scoped: Shell, sql: Sql) -> None:
    scoped.write("lockplane.toml", "")
    assert "profiles" not in scoped("doctor").out
    sql(SUPABASE)
    advised = scoped("doctor").succeeded().out
    assert 'profiles = ["supabase"]' in advised
    assert "PostGIS" not in advised
    scoped.write("lockplane.toml", 'profiles = ["supabase"]\n')
    assert "Supabase" not in scoped("doctor").succeeded().out


# -- patterns --------------------------------------------------------------------------------


def test_kinds_and_names_are_left_out_and_taken_in(scoped: Shell, sql: Sql) -> None:
    sql("CREATE TABLE a (id int PRIMARY KEY); CREATE VIEW v AS SELECT id FROM a")
    sql("CREATE PUBLICATION p; CREATE TABLE tmp_1 (id int PRIMARY KEY); COMMENT ON TABLE a IS 'x'")
    scoped.write("schema/a.lp.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")
    patterns = '["view:*", "publication:p", "public.tmp_*", "comment:*"]'
    scoped.write("lockplane.toml", f"exclude = {patterns}\n")
    plan = scoped("plan").succeeded()
    assert plan.descriptions == []
    assert "4 objects that `exclude` or a profile names are not managed" in plan.err
    scoped.write("lockplane.toml", f'exclude = {patterns}\ninclude = ["public.tmp_1"]\n')
    assert scoped("plan").succeeded().descriptions == ["Drop table tmp_1"]


def test_only_some_kinds(scoped: Shell, sql: Sql) -> None:
    """All is left out but what is named."""
    sql("CREATE TABLE a (id int PRIMARY KEY); CREATE VIEW v AS SELECT id FROM a; CREATE TABLE b ()")
    scoped.write("schema/a.lp.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")
    scoped.write("lockplane.toml", 'exclude = ["*"]\ninclude = ["table:*"]\n')
    assert scoped("plan").succeeded().descriptions == ["Drop table b"]


def test_an_environment_has_patterns_of_its_own(scoped: Shell, sql: Sql, main: str) -> None:
    sql("CREATE PUBLICATION p")
    scoped.write("schema/a.lp.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")
    toml = '[environments.here]\nexclude = ["publication:p"]\n[environments.there]\n'
    scoped.write("lockplane.toml", toml)
    assert scoped("plan", "--env", "here").succeeded().descriptions == ["Create table a"]
    assert "Drop publication p" in scoped("plan", "--env", "there").succeeded().descriptions


def test_what_goes_takes_nothing_along_that_is_left_out(scoped: Shell, sql: Sql) -> None:
    sql("CREATE TABLE a (id int PRIMARY KEY, x int); CREATE VIEW v AS SELECT x FROM a")
    scoped.write("schema/a.lp.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")
    scoped.write("lockplane.toml", 'exclude = ["view:*"]\n')
    scoped("plan").refused("view public.v is left out of management")


def test_what_is_made_again_takes_nothing_along_that_is_left_out(scoped: Shell, sql: Sql) -> None:
    sql("CREATE VIEW a AS SELECT 1 AS x, 2 AS y; CREATE VIEW b AS SELECT x FROM a")
    scoped.write("schema/a.lp.sql", "CREATE VIEW a AS SELECT 1 AS x;\n")
    scoped.write("lockplane.toml", 'exclude = ["public.b"]\n')
    scoped("plan").refused("view public.b is left out of management", "made again")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('exclude = ["event_triger:x"]', ("event_triger", "Did you mean 'event_trigger'?")),
        ('include = ["tabel:x"]', ("tabel", "Did you mean 'table'?")),
        ('profiles = ["supabse"]', ("supabse", "Did you mean 'supabase'?")),
        ('exclude = ["table:"]', ("'table:' names nothing", "KIND:GLOB")),
        ('exclude = [":x"]', ("':x' names nothing",)),
    ],
)
def test_what_nobody_knows_is_an_error_with_the_nearest(
    scoped: Shell, setting: str, words: tuple[str, ...]
) -> None:
    scoped.write("schema/a.lp.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")
    scoped.write("lockplane.toml", setting + "\n")
    scoped("plan").refused("lockplane.toml", *words)


def test_doctor_tells_what_is_managed_only_if_somebody_asks(scoped: Shell, sql: Sql) -> None:
    sql("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; CREATE TYPE part AS (id int)")
    sql("CREATE TABLE parts OF part")
    out = scoped("doctor").succeeded().out
    assert "not managed unless asked for, so never changed: default acl" in out
    assert 'manage = ["privileges"] in lockplane.toml, or `--manage privileges`' in out
    assert "not modelled, so never changed: typed table public.parts" in out
    scoped.write("lockplane.toml", 'manage = ["privileges"]\n')
    assert "default acl" not in scoped("doctor").succeeded().out


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        ("table:orders", "'table:*.orders' would fit"),
        ("orders", "'*.orders' would fit"),
        ("table:public.odrers", ""),
        ("unmodelled:seal *", ""),
    ],
)
def test_a_pattern_that_fits_nothing_is_told(
    scoped: Shell, sql: Sql, pattern: str, advice: str
) -> None:
    """A name is written with its schema: `table:orders` is no table of PostgreSQL's."""
    sql("CREATE TABLE orders (id int PRIMARY KEY)")
    scoped.write("schema/a.lp.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")
    for setting in ("exclude", "include"):
        scoped.write("lockplane.toml", f'{setting} = ["{pattern}"]\nprofiles = ["supabase"]\n')
        done = scoped("plan").succeeded()
        notes = [line for line in done.err.splitlines() if "fits nothing" in line]
        assert len(notes) == 1
        assert notes[0].startswith(f"Note: {setting}: {pattern!r} fits nothing on either side")
        assert notes[0].endswith(advice or "on either side")


@pytest.mark.parametrize("pattern", ["public", "*.orders", "table:public.orders", "table:*.a"])
def test_a_pattern_that_fits_one_of_both_sides_is_no_news(
    scoped: Shell, sql: Sql, pattern: str
) -> None:
    sql("CREATE TABLE orders (id int PRIMARY KEY)")
    scoped.write("schema/a.lp.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")
    scoped.write("lockplane.toml", f'exclude = ["{pattern}"]\n')
    assert "fits nothing" not in scoped("plan").succeeded().err


def test_a_pattern_that_fits_nothing_is_told_of_sqlite_as_well(lockplane: Shell) -> None:
    lockplane.write("schema/a.lp.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")
    lockplane.write("lockplane.toml", 'exclude = ["table:b", "table:a"]\n')
    done = lockplane("plan", "--db", "app.db").succeeded()
    assert "Note: exclude: 'table:b' fits nothing on either side\n" in done.err
    assert "'table:a'" not in done.err


def test_a_profile_is_for_its_product_alone(scoped: Shell) -> None:
    scoped.write("schema/a.lp.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")
    scoped.write("lockplane.toml", 'dialect = "sqlite"\nprofiles = ["supabase"]\n')
    scoped("plan", "--db", "app.db").refused("there is no profile 'supabase' for sqlite")


# -- partitions ------------------------------------------------------------------------------

PARTED = """\
CREATE TABLE events (
  id bigint NOT NULL, at date NOT NULL, kind text NOT NULL, old int, PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX events_old ON events (old);
"""
CHILDREN = """\
CREATE SCHEMA partman;
CREATE TABLE partman.template_public_events (LIKE public.events);
CREATE TABLE events_p20260101 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_default PARTITION OF events DEFAULT;
INSERT INTO events VALUES (1, '2026-01-01', 'a', 1), (2, '2027-01-01', 'b', 2);
"""
AFTER = """\
CREATE TABLE events (
  id bigint NOT NULL, at date NOT NULL, kind text NOT NULL, more int DEFAULT 7,
  PRIMARY KEY (id, at), CONSTRAINT events_kind CHECK (kind <> '')
) PARTITION BY RANGE (at);
CREATE INDEX events_kind_idx ON events (kind);
CREATE TABLE tmp_p1 (id int PRIMARY KEY);
"""


def test_partitions_that_somebody_makes_follow_their_parent(scoped: Shell, sql: Sql) -> None:
    sql(PARTED + CHILDREN + "CREATE TABLE tmp_p1 (id int PRIMARY KEY)")
    scoped.write("lockplane.toml", 'profiles = ["pg_partman"]\n')
    scoped.write("schema/events.lp.sql", AFTER)
    plan = scoped.save("plan.json", "plan", "--validate")
    assert "events_p2026" not in "".join(plan.descriptions)
    scoped("apply", "--plan", "plan.json", "--allow-data-loss").succeeded()
    assert scoped("plan").succeeded().descriptions == []
    assert sql("SELECT id, more FROM events_p20260101") == [(1, 7)]
    assert sql(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'events_kind_idx'::regclass"
    ) == [(True,)]
    children = "SELECT count(*) FROM pg_indexes WHERE tablename = 'events_p20260101'"
    assert sql(children) == [(2,)]
    back = ("rollback", "--plan", "plan.json", "--execute", "--allow-data-loss")
    scoped(*back, "--auto-approve").succeeded()
    assert sql("SELECT id, old FROM events_p20260101") == [(1, None)]


# -- SQLite ----------------------------------------------------------------------------------


def test_a_rebuild_keeps_the_parts_that_are_left_out(lockplane: Shell) -> None:
    """SQLite makes the table again, and what is left out has to be there afterwards."""
    lockplane.env |= {"DATABASE_URL": "app.db", "SHADOW_DATABASE_URL": ":memory:"}
    with closing(sqlite3.connect(lockplane.folder / "app.db")) as connection:
        connection.executescript(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT, legacy TEXT);"
            "CREATE INDEX theirs ON a (legacy);"
            "CREATE TRIGGER hears AFTER INSERT ON a BEGIN SELECT 1; END;"
            "INSERT INTO a VALUES (1, '2', 'y');"
        )
    lockplane.write("lockplane.toml", 'exclude = ["trigger:*", "index:*", "column:a.legacy"]\n')
    lockplane.write("schema/a.lp.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER);\n")
    lockplane.save("plan.json", "plan", "--validate")
    lockplane("apply", "--plan", "plan.json").succeeded()
    assert lockplane("plan").succeeded().descriptions == []
    with closing(sqlite3.connect(lockplane.folder / "app.db")) as connection:
        found = connection.execute("SELECT name FROM sqlite_schema ORDER BY name").fetchall()
        assert [name for (name,) in found] == ["a", "hears", "theirs"]
        assert connection.execute("SELECT * FROM a").fetchall() == [(1, 2, "y")]


# -- strict ----------------------------------------------------------------------------------

DEPENDING = """\
CREATE SCHEMA other;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION other.g() RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION f() DEPENDS ON EXTENSION plpgsql;
ALTER FUNCTION other.g() DEPENDS ON EXTENSION plpgsql;
"""
WANTED = """\
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE a (id int);
"""


@pytest.fixture
def strict(scoped: Shell, sql: Sql) -> Shell:
    """The same in a strict project, beside functions with something that nobody models."""
    sql(DEPENDING)
    scoped.write("schema/a.lp.sql", WANTED)
    scoped.write("lockplane.toml", "strict = true\n")
    return scoped


def test_a_strict_project_fails_on_what_nobody_models(strict: Shell, sql: Sql, main: str) -> None:
    """Each is named, but for what is in a schema that is not managed; nothing is changed."""
    for words in (
        ("plan",),
        ("diff", main, "schema"),
        ("introspect", "--schema", "public"),
        ("convert", "-i", main, "--to", "json", "--schema", "public"),
        ("apply", "--auto-approve"),
    ):
        done = strict(*words).refused("dependence on an extension f()", "--no-strict")
        assert "g()" not in done.err
    assert done.json["error"]["code"] == "strict"
    assert sql("SELECT to_regclass('public.a')") == [(None,)]
    assert "✗ not modelled" in strict("doctor").out
    assert strict("plan", "--no-strict").succeeded().descriptions == ["Create table a"]


def test_a_strict_project_can_leave_things_out(strict: Shell) -> None:
    left = 'exclude = ["unmodelled:dependence on *"]\n'
    strict.write("lockplane.toml", f"strict = true\n{left}")
    plan = strict.save("plan.json", "plan")
    assert plan.descriptions == ["Create table a"]
    assert "not modelled" not in plan.err
    strict.write("lockplane.toml", "strict = true\n")
    assert strict("apply", "--plan", "plan.json").succeeded().json["steps_applied"] == 1


def test_a_plan_made_elsewhere_is_held_to_strictness_where_it_runs(strict: Shell) -> None:
    strict.save("plan.json", "plan", "--no-strict")
    done = strict("apply", "--plan", "plan.json").refused("dependence on an extension f()")
    assert done.json["error"]["code"] == "strict"
    strict("apply", "--plan", "plan.json", "--no-strict").succeeded()
