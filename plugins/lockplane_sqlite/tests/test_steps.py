"""Steps: their words, effects and statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import UnsupportedChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.step import Step

    Schema = Callable[[str, str], str]

TYPE = ["change type of users.age from INTEGER to TEXT", "change default of users.age"]
TYPE_BACK = ["change type of users.age back to INTEGER", "restore default for users.age"]
MANY = [
    "add check (b <> '')",
    "allow nulls in t.b",
    "drop column c",
    "add column d",
    "add primary key (a)",
    "make it STRICT",
    "drop unique constraint on (a)",
]
MANY_BACK = [
    "drop check (b <> '')",
    "require non-null in t.b",
    "add column c",
    "drop column d",
    "drop primary key (a)",
    "make it no longer STRICT",
    "add unique constraint on (a)",
]
SEQUENCE = (
    "INSERT INTO sqlite_sequence (name, seq)"
    " SELECT 't_new', seq FROM sqlite_sequence WHERE name = 't'"
)
VIEW = """
CREATE TABLE t (a INTEGER);
CREATE VIEW v AS SELECT a FROM t;
CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN SELECT 1; END;
"""
REBUILT = """
CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a {0});
CREATE INDEX i ON t (a);
CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;
"""

DESCRIBED = {
    "create table": (
        "",
        "CREATE TABLE users (id INTEGER PRIMARY KEY);",
        ["Create table users"],
        ["Rollback: Drop table users"],
    ),
    "add column": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY);",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, age INTEGER);",
        ["Add column age to table users"],
        ["Rollback: Drop column age from table users"],
    ),
    "index": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY);",
        "CREATE TABLE users (id INTEGER PRIMARY KEY); CREATE INDEX by_id ON users (id);",
        ["Create index by_id on table users"],
        ["Rollback: Drop index by_id"],
    ),
    "type": (
        "CREATE TABLE users (id INTEGER PRIMARY KEY, age INTEGER);",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, age TEXT DEFAULT '1');",
        [f"Rebuild table users ({'; '.join(TYPE)})"],
        [f"Rollback: Rebuild table users ({'; '.join(TYPE_BACK)})"],
    ),
    "several at once": (
        "CREATE TABLE t (a INTEGER UNIQUE, b TEXT NOT NULL, c TEXT);",
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT CHECK (b <> ''), d TEXT) STRICT;",
        [f"Rebuild table t ({'; '.join(MANY)})"],
        [f"Rollback: Rebuild table t ({'; '.join(MANY_BACK)})"],
    ),
    "view and trigger": (
        "CREATE TABLE t (a INTEGER);",
        VIEW,
        ["Create view v", "Create trigger g on view v"],
        ["Rollback: Drop view v"],
    ),
}


@pytest.mark.parametrize("name", DESCRIBED)
def test_steps_are_described_in_the_agreed_words(
    lockplane: Lockplane, schema: Schema, name: str
) -> None:
    before, after, forward, backward = DESCRIBED[name]
    plan = lockplane.plan(schema("before", before), schema("after", after)).plan
    assert [step.description for step in plan.steps] == forward
    assert [undo.step.description for undo in plan.undo] == backward


def steps(lockplane: Lockplane, schema: Schema, before: str, after: str) -> tuple[Step, ...]:
    return lockplane.plan(schema("before", before), schema("after", after)).plan.steps


def test_dropping_names_what_is_lost(lockplane: Lockplane, schema: Schema) -> None:
    found = steps(
        lockplane,
        schema,
        "CREATE TABLE t (a INTEGER, b TEXT); CREATE TABLE u (a TEXT); CREATE INDEX i ON t (a);",
        "CREATE TABLE t (a INTEGER); CREATE INDEX i ON t (a);",
    )
    assert [(step.description, step.effects) for step in found] == [
        ("Drop column b from table t", ("data_loss", "rewrite", "breaking")),
        ("Drop table u", ("data_loss", "breaking")),
    ]


def test_a_generated_column_holds_nothing_to_lose(lockplane: Lockplane, schema: Schema) -> None:
    (step,) = steps(
        lockplane,
        schema,
        "CREATE TABLE t (a INTEGER, b INTEGER AS (a + 1));",
        "CREATE TABLE t (a INTEGER);",
    )
    assert "data_loss" not in step.effects


def test_a_rebuild_is_one_step_with_all_it_takes(lockplane: Lockplane, schema: Schema) -> None:
    (step,) = steps(lockplane, schema, REBUILT.format("INTEGER"), REBUILT.format("TEXT"))
    assert step.sql == (
        "CREATE TABLE t_new (\n  id INTEGER PRIMARY KEY AUTOINCREMENT,\n  a TEXT\n)",
        "INSERT OR ABORT INTO t_new (id, a)\nSELECT id, a FROM t",
        "DELETE FROM sqlite_sequence WHERE name = 't_new'",
        SEQUENCE,
        "DROP TABLE t",
        "PRAGMA legacy_alter_table = ON",
        "ALTER TABLE t_new RENAME TO t",
        "PRAGMA legacy_alter_table = OFF",
        "CREATE INDEX i ON t (a)",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
    )
    assert step.effects == ("rewrite", "scan")
    assert [(str(lock.ref), lock.mode, lock.blocks) for lock in step.locks] == [
        ("table t", "RESERVED", ("writes", "ddl"))
    ]


def test_rows_keep_their_rowid(lockplane: Lockplane, schema: Schema) -> None:
    """Full text search with external content, for one, refers to rows by it."""
    (step,) = steps(lockplane, schema, "CREATE TABLE t (a INT);", "CREATE TABLE t (a TEXT);")
    assert step.sql[1] == "INSERT OR ABORT INTO t_new (rowid, a)\nSELECT rowid, a FROM t"


def test_a_new_integer_key_takes_the_rowids(lockplane: Lockplane, schema: Schema) -> None:
    (step,) = steps(
        lockplane,
        schema,
        "CREATE TABLE t (a INT);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT);",
    )
    assert step.sql[1] == "INSERT OR ABORT INTO t_new (id, a)\nSELECT rowid, a FROM t"


def test_a_step_names_the_line_that_wants_it(lockplane: Lockplane, schema: Schema) -> None:
    (step,) = steps(
        lockplane, schema, "CREATE TABLE t (a INT);", "CREATE TABLE t (\n  a INT,\n  b TEXT\n);"
    )
    assert step.span is not None
    assert step.span.line == 3


def test_a_virtual_table_that_changes_names_the_way_out(
    lockplane: Lockplane, schema: Schema
) -> None:
    with pytest.raises(UnsupportedChange, match="search can not be changed in place") as caught:
        steps(
            lockplane,
            schema,
            "CREATE VIRTUAL TABLE search USING fts5(a);",
            "CREATE VIRTUAL TABLE search USING fts5(a, b);",
        )
    assert "fill it" in caught.value.hint
