"""What a server takes on trust: bodies of functions, views and triggers are read all the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Done, Shell

    Sql = Callable[..., list[tuple[Any, ...]]]

TABLE = "CREATE TABLE t (id int PRIMARY KEY);\n"
BROKEN = """\
CREATE TABLE t (id int PRIMARY KEY);

CREATE FUNCTION one(a int, "ä" text) RETURNS int
LANGUAGE plpgsql
AS $body$
BEGIN
  -- ä
  RETRUN a;
END
$body$;
CREATE FUNCTION fine() RETURNS int LANGUAGE sql AS 'SELECT one(1, NULL)';
CREATE FUNCTION two(t) RETURNS int LANGUAGE sql AS $$
  SELECT id,
         nosuch
  FROM t
$$;
CREATE PROCEDURE three() LANGUAGE plpgsql AS '
DECLARE x nosuchtype;
BEGIN
END';
"""
FOUND = [
    (8, 'function public.one(integer, text): syntax error at or near "RETRUN"'),
    (14, 'function public.two(public.t): column "nosuch" does not exist'),
    (18, 'function public.three(): type "nosuchtype" does not exist'),
]


def issues(done: Done) -> list[tuple[int, str]]:
    """Line and message of each error in a report."""
    lines = [line.strip() for line in done.err.splitlines() if line.startswith("  Line")]
    split = [line.removeprefix("Line ").partition(": error: ") for line in lines]
    return [(int(number), said.partition(" [")[0]) for number, _, said in split]


def test_every_broken_body_is_refused_at_its_line(pg: Shell, sql: Sql) -> None:
    sql(TABLE)
    pg.write("broken.lp.sql", BROKEN)
    for words in (
        ("plan", "--to", "broken.lp.sql"),
        ("plan", "--to", "broken.lp.sql", "--validate"),
        ("diff", pg.env["DATABASE_URL"], "broken.lp.sql"),
        ("apply", "--auto-approve", "--to", "broken.lp.sql"),
        ("apply", "--auto-approve", "--skip-shadow", "--to", "broken.lp.sql"),
    ):
        done = pg(*words).refused("broken.lp.sql", "Correct it", "Found 3 errors")
        assert issues(done) == FOUND
    assert pg("introspect").json["tables"][0]["name"] == "t"
    assert "functions" not in pg("introspect").json


def test_schema_json_is_held_to_the_same(pg: Shell) -> None:
    pg.write("broken.lp.sql", BROKEN)
    done = pg("convert", "--input", "broken.lp.sql", "--output", "broken.json").succeeded()
    warned = [line for line in done.err.splitlines() if line.startswith("Warning")]
    assert warned[0] == f"Warning: broken.lp.sql:8:3: {FOUND[0][1]}"
    assert all(line.endswith(said) for line, (_, said) in zip(warned, FOUND, strict=True))
    done = pg("plan", "--to", "broken.json").refused("Create function one(integer, text)")
    assert sorted(said for _, said in issues(done)) == sorted(said for _, said in FOUND)


def test_what_was_wrong_before_is_told_and_left(pg: Shell, sql: Sql) -> None:
    sql("SET check_function_bodies = off; " + BROKEN)
    assert pg("diff", pg.env["DATABASE_URL"], "schema.lp.sql").succeeded().json
    pg.write("broken.lp.sql", BROKEN)
    done = pg("plan", "--to", "broken.lp.sql").succeeded()
    assert done.json["steps"] == []
    assert done.err.count("Note: not touched by this plan, and wrong: function public.") == 3
    pg.write("broken.lp.sql", BROKEN + "CREATE TABLE other (id int PRIMARY KEY);\n")
    pg("apply", "--auto-approve", "--to", "broken.lp.sql").succeeded()
    assert sql("SELECT count(*) FROM other") == [(0,)]
    pg.write("broken.lp.sql", BROKEN.replace("RETRUN a", "RETRUN 2"))
    done = pg("plan", "--to", "broken.lp.sql").refused()
    assert issues(done) == FOUND[:1]


def test_a_plan_by_hand_is_held_to_what_it_makes(pg: Shell, sql: Sql) -> None:
    sql("SET check_function_bodies = off; " + BROKEN)
    for body, is_right in (("SELECT nosuch()", False), ("SELECT 1", True)):
        made = f"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '{body}'"
        pg.write("plan.json", json.dumps({"steps": [{"description": "Make f", "sql": made}]}))
        done = pg("apply", "--plan", "plan.json")
        if is_right:
            done.succeeded()
        else:
            done.refused("makes function public.f()", "function nosuch() does not exist")
            assert done.json["error"]["code"] == "proof_failed"
            assert sql("SELECT to_regproc('f')") == [(None,)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "CREATE VIEW w AS SELECT * FROM t;\n\nCREATE VIEW v AS SELECT nope FROM t;\n",
            4,
            "view v: no such column: nope",
        ),
        (
            "CREATE TRIGGER tr AFTER INSERT ON t BEGIN\n  DELETE FROM nope;\nEND;\n",
            2,
            "trigger tr: no such table: main.nope",
        ),
    ],
)
def test_sqlite_reads_views_and_triggers(
    lockplane: Shell, text: str, line: int, words: str
) -> None:
    lockplane.write("schema.lp.sql", TABLE + text)
    for command in ("plan", "apply"):
        more = ("--auto-approve",) if command == "apply" else ()
        done = lockplane(command, *more, "--db", "app.db", "--to", "schema.lp.sql").refused(words)
        assert issues(done)[0][0] == line
    assert not (lockplane.folder / "app.db").exists()


def test_a_view_that_loses_its_column_is_refused(lockplane: Shell) -> None:
    view = "CREATE VIEW v AS SELECT label FROM t;\n"
    lockplane.env["DATABASE_URL"] = "app.db"
    lockplane.write("one.lp.sql", f"CREATE TABLE t (id INTEGER PRIMARY KEY, label TEXT);\n{view}")
    lockplane("apply", "--auto-approve", "--to", "one.lp.sql").succeeded()
    lockplane.write("two.lp.sql", f"CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);\n{view}")
    for words in (("plan", "--to"), ("diff", "app.db"), ("apply", "--auto-approve", "--to")):
        lockplane(*words, "two.lp.sql").refused("two.lp.sql", "view v: no such column: label")
