"""Annotations: what a schema file says of a name that was another one before."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lockplane_core.testing.shell import Shell

BEFORE = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\n"
AFTER = """\
-- Who is here.
-- lockplane: renamed_from=users
CREATE TABLE people (
  id INTEGER PRIMARY KEY,
  -- lockplane: renamed_from=email
  mail TEXT NOT NULL
);
"""


@pytest.fixture
def lite(lockplane: Shell, tmp_path: Path) -> Shell:
    """The program beside a SQLite database with two users."""
    lockplane.env |= {"DATABASE_URL": "app.db", "SHADOW_DATABASE_URL": ":memory:"}
    run(tmp_path, BEFORE, "INSERT INTO users VALUES (1, 'a'), (2, 'b')")
    return lockplane


def run(folder: Path, *statements: str) -> list[Any]:
    """Statements on the database behind the program's back; the rows of the last."""
    with closing(sqlite3.connect(folder / "app.db", isolation_level=None)) as connection:
        return [connection.execute(statement).fetchall() for statement in statements][-1]


def test_rows_stay_through_a_rename_and_its_rollback(lite: Shell, tmp_path: Path) -> None:
    lite.write("schema.lp.sql", AFTER)
    difference = lite("diff", "app.db", "schema.lp.sql").succeeded().json
    assert difference["renamed_tables"] == [{"from": "users", "to": "people"}]
    assert difference["renamed_columns"] == [{"from": "people.email", "to": "people.mail"}]
    plan = lite.save("plan.json", "plan", "--to", "schema.lp.sql", "--validate")
    assert plan.descriptions == [
        "Rename table users to people",
        "Rename column email of table people to mail",
    ]
    assert "RENAME TABLE people TO users" in plan.err
    lite("apply", "--plan", "plan.json").succeeded()
    assert run(tmp_path, "SELECT id, mail FROM people") == [(1, "a"), (2, "b")]
    lite("rollback", "--plan", "plan.json", "--execute", "--auto-approve").succeeded()
    assert run(tmp_path, "SELECT id, email FROM users") == [(1, "a"), (2, "b")]


def test_an_annotation_that_has_done_its_work_is_told_and_does_no_harm(lite: Shell) -> None:
    lite.write("schema.lp.sql", AFTER)
    lite("apply", "--to", "schema.lp.sql", "--auto-approve").succeeded()
    again = lite("plan", "--to", "schema.lp.sql").succeeded()
    assert again.json["steps"] == []
    assert "schema.lp.sql:2:1" in again.err
    assert "already" in again.err
    assert "delete the annotation" in again.err


def test_a_database_that_has_neither_name_is_made_by_the_same_file(lockplane: Shell) -> None:
    lockplane.env |= {"DATABASE_URL": "app.db", "SHADOW_DATABASE_URL": ":memory:"}
    lockplane.write("schema.lp.sql", AFTER)
    done = lockplane("apply", "--to", "schema.lp.sql", "--auto-approve").succeeded()
    assert done.json["steps_applied"] == 1


def test_the_guard_of_a_renamed_column_finds_its_rows(lite: Shell, tmp_path: Path) -> None:
    """It is asked after the rename, and in its transaction: nothing is left of it."""
    run(tmp_path, "DROP TABLE users", "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)")
    run(tmp_path, "INSERT INTO users VALUES (1, NULL)")
    lite.write("schema.lp.sql", AFTER)
    done = lite("apply", "--to", "schema.lp.sql", "--auto-approve")
    assert done.code == 1
    assert done.json["error"]["code"] == "data"
    assert "people.mail" in done.json["errors"][0]
    assert run(tmp_path, "SELECT email FROM users") == [(None,)]


PEOPLE = "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT NOT NULL);"
WRONG: dict[str, tuple[str, str, str]] = {
    "a key that nobody knows": (
        f"-- lockplane: rename_from=users\n{PEOPLE}",
        "Line 1: error: unknown annotation 'rename_from'. Did you mean 'renamed_from'?",
        "right above",
    ),
    "no name": (
        f"-- lockplane: renamed_from=\n{PEOPLE}",
        "Line 1: error: renamed_from names no",
        "",
    ),
    "no name of one thing": (
        f"-- lockplane: renamed_from=the users\n{PEOPLE}",
        "Line 1: error: renamed_from=the users names no table",
        "",
    ),
    "above nothing": (
        f"{PEOPLE}\n-- lockplane: renamed_from=users\n",
        "Line 2: error: nothing that has a name is declared right below",
        "",
    ),
    "above the end of a table": (
        "CREATE TABLE people (\n  id INTEGER PRIMARY KEY\n  -- lockplane: renamed_from=users\n);",
        "Line 3: error: nothing that has a name is declared right below",
        "",
    ),
    "at the end of a line": (
        "CREATE TABLE people (\n  id INTEGER PRIMARY KEY, -- lockplane: renamed_from=x\n  b TEXT);",
        "Line 2: error: this annotation stands behind something else",
        "line of its own",
    ),
    "one name for two": (
        (
            f"-- lockplane: renamed_from=users\n{PEOPLE}\n"
            "-- lockplane: renamed_from=users\nCREATE TABLE others (id INTEGER PRIMARY KEY);"
        ),
        "Line 1: error: table users can not have become two objects",
        "",
    ),
    "both are declared": (
        f"{BEFORE}-- lockplane: renamed_from=users\n{PEOPLE}",
        "Line 2: error: table users is declared as well",
        "Remove",
    ),
    "its own name": (
        f"-- lockplane: renamed_from=people\n{PEOPLE}",
        "Line 1: error: table people has this very name",
        "Delete",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_an_annotation_can_not_mean_is_told_with_its_place(lite: Shell, name: str) -> None:
    text, said, way_out = WRONG[name]
    lite.write("schema.lp.sql", text)
    lite("plan", "--to", "schema.lp.sql").refused("schema.lp.sql", said, way_out)
    found = lite("validate", "sql", "schema.lp.sql", "--format", "json", "--dialect", "sqlite")
    assert "annotation" in {issue["code"] for issue in found.json["issues"]}


def test_two_tables_that_are_both_there_are_no_rename(lite: Shell, tmp_path: Path) -> None:
    run(tmp_path, PEOPLE)
    lite.write("schema.lp.sql", f"-- lockplane: renamed_from=users\n{PEOPLE}")
    lite("plan", "--to", "schema.lp.sql").refused(
        "Line 1: error: table users and table people are both in the database",
        "delete the annotation",
    )


def test_a_slip_of_the_pen_is_no_new_table(lite: Shell) -> None:
    lite.write("schema.lp.sql", f"-- lockplane: renamed_from=user\n{PEOPLE}")
    lite("plan", "--to", "schema.lp.sql").refused(
        "Line 1: error: there is no table user, and users would be dropped",
        "Did you mean 'users'?",
    )


def test_a_rename_that_nobody_annotated_is_asked_about(lite: Shell) -> None:
    lite.write("schema.lp.sql", PEOPLE)
    done = lite("plan", "--to", "schema.lp.sql", "--validate").succeeded()
    assert done.descriptions == ["Create table people", "Drop table users"]
    assert "renamed_from=users" in done.err


def test_two_of_one_shape_that_exchange_their_names_are_told(lite: Shell, tmp_path: Path) -> None:
    """Nothing tells whether that was done already."""
    run(tmp_path, "CREATE TABLE a (id INTEGER)", "CREATE TABLE b (id INTEGER)")
    lite.write(
        "schema.lp.sql",
        f"{BEFORE}-- lockplane: renamed_from=b\nCREATE TABLE a (id INTEGER);\n"
        "-- lockplane: renamed_from=a\nCREATE TABLE b (id INTEGER);\n",
    )
    lite("plan", "--to", "schema.lp.sql").refused("Line 2: error:", "third name")


def test_a_function_that_names_the_old_table_is_refused(
    pg: Shell, sql: Callable[..., list[tuple[Any, ...]]]
) -> None:
    """Its source is text to the server, which goes on naming what is not there any more."""
    function = "CREATE FUNCTION many() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM users';"
    sql(BEFORE)
    sql(function)
    pg.write("schema.lp.sql", AFTER + function)
    pg("plan", "--to", "schema.lp.sql").refused("function public.many()", "users")


def test_a_program_that_names_the_old_table_is_told(
    pg: Shell, sql: Callable[..., list[tuple[Any, ...]]]
) -> None:
    """PostgreSQL looks up what a function in PL/pgSQL names when it runs, and not before."""
    function = (
        "CREATE FUNCTION many() RETURNS bigint LANGUAGE plpgsql\n"
        "AS 'BEGIN RETURN (SELECT count(*) FROM users); END';"
    )
    sql(BEFORE)
    sql(function)
    pg.write("schema.lp.sql", AFTER + function)
    done = pg("plan", "--to", "schema.lp.sql").succeeded()
    assert "function public.many() still names table public.users" in done.err


def test_postgres_keeps_rows_names_and_privileges(
    pg: Shell, sql: Callable[..., list[tuple[Any, ...]]]
) -> None:
    sql("CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL)")
    sql("INSERT INTO users (email) VALUES ('a'), ('b')")
    sql("GRANT SELECT (email) ON users TO PUBLIC")
    pg.write("schema.lp.sql", AFTER.replace("INTEGER", "serial"))
    plan = pg.save("plan.json", "plan", "--to", "schema.lp.sql", "--validate")
    assert plan.descriptions == [
        "Rename table users to people",
        "Rename column email of table people to mail",
        "Rename primary key users_pkey of table people to people_pkey",
        "Rename sequence users_id_seq to people_id_seq",
    ]
    pg("apply", "--plan", "plan.json").succeeded()
    assert sql("SELECT mail FROM people ORDER BY id") == [("a",), ("b",)]
    assert sql("INSERT INTO people (mail) VALUES ('c') RETURNING id") == [(3,)]
    assert sql("SELECT has_column_privilege('pg_monitor', 'people', 'mail', 'SELECT')") == [(True,)]
    pg("rollback", "--plan", "plan.json", "--execute", "--auto-approve").succeeded()
    assert sql("SELECT count(*) FROM users WHERE email > ''") == [(3,)]


def test_a_name_that_belongs_to_something_else_is_told(lite: Shell, tmp_path: Path) -> None:
    run(tmp_path, "CREATE VIEW people AS SELECT 1", "CREATE VIEW v AS SELECT * FROM people")
    lite.write("schema.lp.sql", AFTER)
    lite("plan", "--to", "schema.lp.sql").refused(
        "table users can not become table people: the name belongs to view people",
        "in a plan of its own",
    )


def test_what_holds_rows_and_has_no_rename_is_told(lite: Shell, tmp_path: Path) -> None:
    run(tmp_path, "CREATE VIRTUAL TABLE notes USING fts5(body)")
    lite.write(
        "schema.lp.sql",
        f"{BEFORE}-- lockplane: renamed_from=notes\nCREATE VIRTUAL TABLE memos USING fts5(body);",
    )
    lite("plan", "--to", "schema.lp.sql").refused("Line 2: error:", "can not be renamed")


# -- schema JSON -----------------------------------------------------------------------------

EVERYTHING = """\
-- lockplane: renamed_from=old_app
CREATE SCHEMA app;
-- lockplane: renamed_from=old_state
CREATE TYPE state AS ENUM (
  'new',
  -- lockplane: renamed_from='in work'
  'busy'
);
CREATE TYPE place AS (
  street text,
  -- lockplane: renamed_from="Zip"
  code text
);
-- lockplane: renamed_from=app.users
CREATE TABLE people (
  -- lockplane: renamed_from=nr
  id integer,
  s state,
  -- lockplane: renamed_from=users_pkey
  CONSTRAINT people_pkey PRIMARY KEY (id),
  -- lockplane: renamed_from=old_check
  CONSTRAINT chk CHECK (id > 0)
);
-- lockplane: renamed_from=old_idx
CREATE INDEX idx ON people (s);
-- lockplane: renamed_from=old_f
CREATE FUNCTION f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
-- lockplane: renamed_from=old_v
CREATE VIEW v AS SELECT id FROM people;
"""
BEFORE_ALL = """\
CREATE SCHEMA old_app;
CREATE TYPE old_state AS ENUM ('new', 'in work');
CREATE TYPE place AS (street text, "Zip" text);
CREATE TABLE old_app.users (
  nr integer CONSTRAINT users_pkey PRIMARY KEY, s old_state,
  CONSTRAINT old_check CHECK (nr > 0)
);
CREATE INDEX old_idx ON old_app.users (s);
CREATE FUNCTION old_f(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE VIEW old_v AS SELECT nr AS id FROM old_app.users;
"""


def test_schema_json_says_all_that_annotations_say(pg: Shell) -> None:
    """Both ways, and a plan from either is the same."""
    pg.write("s.lp.sql", EVERYTHING)
    pg.write("before.lp.sql", BEFORE_ALL)
    done = pg("convert", "-i", "s.lp.sql", "-o", "s.json").succeeded()
    assert "left out" not in done.err
    told = pg("convert", "-i", "s.json", "--to", "sql").succeeded().out
    assert told.count("-- lockplane: renamed_from=") == EVERYTHING.count("renamed_from=")
    pg.write("t.lp.sql", told)
    again = pg("convert", "-i", "t.lp.sql").succeeded().out
    assert again == (pg.folder / "s.json").read_text()
    pg("validate", "schema", "s.json").succeeded()
    plans = [
        pg("plan", "--from", "before.lp.sql", "--to", name, "--validate").succeeded().descriptions
        for name in ("s.lp.sql", "s.json")
    ]
    assert plans[0] == plans[1]
    assert "Rename value in work of enum state to busy" in plans[0]
    assert "Rename table app.users to people" in plans[0]
    assert all(said.startswith(("Rename", "Move")) for said in plans[0])


@pytest.mark.parametrize(
    ("renamed", "words"),
    [
        ('"a b"', ("Line 4", "names no table")),
        ("7", ("$.tables[0].renamed_from: expected a text",)),
        ('"t"', ("Line 4", "has this very name")),
        ('"u"', ("Line 4", "is declared as well")),
    ],
)
def test_what_schema_json_can_not_mean_is_an_error_at_its_place(
    lite: Shell, renamed: str, words: tuple[str, ...]
) -> None:
    columns = '"columns": [{"name": "id", "type": "INTEGER", "nullable": true}]'
    lite.write(
        "s.json",
        '{\n"dialect": "sqlite",\n"tables": [\n'
        f'{{"renamed_from":     {renamed}, "name": "t", {columns}}},\n'
        f'{{"name": "u", {columns}}}]\n}}\n',
    )
    lite("plan", "--to", "s.json").refused(*words)
    lite("validate", "schema", "s.json").refused()


def test_rows_stay_through_a_rename_that_schema_json_says(lite: Shell, tmp_path: Path) -> None:
    lite.write("s.lp.sql", AFTER)
    lite("convert", "-i", "s.lp.sql", "-o", "s.json").succeeded()
    lite("apply", "--to", "s.json", "--auto-approve").succeeded()
    assert run(tmp_path, "SELECT id, mail FROM people") == [(1, "a"), (2, "b")]
