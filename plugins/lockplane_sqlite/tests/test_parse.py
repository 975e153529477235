"""Parsing: statements with places, and every error in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.model.statement import Document
from lockplane_sqlite.parse import parse, risks, script

if TYPE_CHECKING:
    from lockplane_core.model.statement import Statement


def errors(text: str) -> list[tuple[int, int, str]]:
    found = parse(Document("f.lp.sql", text)).errors
    return [(e.span.line, e.span.column, e.message) for e in found if e.span]


def statements(text: str) -> tuple[Statement, ...]:
    parsed = parse(Document("f.lp.sql", text))
    assert parsed.errors == ()
    return parsed.statements


def only(text: str) -> Statement:
    (statement,) = statements(text)
    return statement


BROKEN = {
    "missing comma": (
        (
            "-- comment\nCREATE TABLE users (\n  id BIGINT PRIMARY KEY,\n"
            "  email TEXT NOT NULL\n  age INTEGER\n);\n"
        ),
        [(5, 3, 'syntax error at or near "age"')],
    ),
    "comma too many": (
        "CREATE TABLE posts (\n  title TEXT NOT NULL,\n);",
        [(3, 1, 'syntax error at or near ")"')],
    ),
    "several": (
        (
            "CREATE TABL a (x);\nCREATE TABLE b (x INT);\n"
            "CREATE INDEX ON b (x);\nCREATE TABLE c (x INT,,);"
        ),
        [
            (1, 8, 'syntax error at or near "TABL"'),
            (3, 14, 'syntax error at or near "ON"'),
            (4, 23, 'syntax error at or near ","'),
        ],
    ),
    "open parenthesis": (
        "CREATE TABLE a (id int\nCREATE TABLE b (x int);\nCREATE TABLE c (y int,,);",
        [(1, 20, "syntax error at end of statement"), (3, 23, 'syntax error at or near ","')],
    ),
    "open quote": (
        (
            "CREATE TABLE a (x TEXT DEFAULT 'it's);\n"
            "CREATE TABLE b (z TEXT DEFAULT 'q');\nCREATE TABLE c (y int,,);"
        ),
        [(1, 36, 'syntax error at or near "s"'), (3, 23, 'syntax error at or near ","')],
    ),
    "open name": (
        'CREATE TABLE a ("x int);\nCREATE TABLE b (y int,,);',
        [(1, 17, 'this quote is never closed: "x int);'), (2, 23, 'syntax error at or near ","')],
    ),
    "open trigger": (
        "CREATE TRIGGER g AFTER INSERT ON a BEGIN SELECT 1;\nCREATE TABLE b (y int,,);",
        [
            (1, 50, "syntax error at end of statement"),
            (2, 23, 'syntax error at or near ","'),
        ],
    ),
    "in the body of a trigger on a table of another file": (
        "CREATE TRIGGER g AFTER INSERT ON elsewhere\nBEGIN\n  UPDATE t SET a = ;\nEND;",
        [(3, 20, 'syntax error at or near ";"')],
    ),
    "after letters of several bytes": (
        "CREATE TABLE é (ß TEXT DEFAULT '€𝄞',, x int);",
        [(1, 37, 'syntax error at or near ","')],
    ),
    "unknown sign": ("SELECT # 1;", [(1, 8, 'unrecognized token: "#"')]),
    "what SQLite refuses though it reads it": (
        "CREATE TABLE a (x VARCHAR(3)) STRICT;\nCREATE TABLE b (\n  x INT DEFAULT (y)\n);",
        [
            (1, 17, 'unknown datatype for a.x: "VARCHAR(3)"'),
            (3, 3, "default value of column [x] is not constant"),
        ],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_error_is_found_at_its_place(name: str) -> None:
    text, wanted = BROKEN[name]
    assert errors(text) == wanted


FINE = [
    "",
    "-- nothing\n/* at ' all */",
    "CREATE TABLE a (x) /* the end of a file closes it",
    "CREATE VIEW v AS SELECT x FROM nowhere;",
    "CREATE INDEX i ON nowhere (x);",
    "CREATE TRIGGER g AFTER INSERT ON nowhere BEGIN SELECT 1; END;",
    "CREATE TRIGGER g INSTEAD OF INSERT ON nowhere BEGIN SELECT CASE WHEN 1 THEN 2 END; END;",
    "CREATE TABLE a (x INT REFERENCES nowhere (y));",
    "CREATE TABLE a (x INT) ; ; ;",
]


@pytest.mark.parametrize("text", FINE)
def test_what_other_files_may_provide_is_no_error(text: str) -> None:
    assert errors(text) == []


def test_a_table_is_declared_with_all_its_parts() -> None:
    statement = only(
        "CREATE TABLE posts (\n"
        "  id INTEGER PRIMARY KEY,\n"
        "  author varchar(20) REFERENCES Users (Id),\n"
        "  UNIQUE (author, id)\n"
        ");"
    )
    said = [(str(d.ref), d.role, d.of, d.detail, d.span.line) for d in statement.declares]
    assert said == [
        ("table posts", "table", (), "", 1),
        ("column posts.id", "column", (), "INTEGER", 2),
        ("column posts.author", "column", (), "varchar(20)", 3),
        ("primary key posts.primary key", "constraint", ("id",), "", 2),
        ("unique posts.author_id_key", "constraint", ("author", "id"), "", 4),
        ("foreign key posts.author_fkey", "constraint", ("author",), "", 3),
    ]
    (wanted,) = statement.requires
    assert (str(wanted.ref), wanted.role, wanted.of) == ("table Users", "table", ("Id",))
    assert statement.modifiers == {"primary_key", "foreign_key"}


def test_an_index_requires_its_table_first() -> None:
    statement = only("CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a, lower(b), c DESC) WHERE d > 1;")
    assert [str(d.ref) for d in statement.requires] == ["table t", "column t.a", "column t.c"]
    assert statement.declares[0].of == ("a", "c")
    assert statement.modifiers == {"if_not_exists"}


def test_a_trigger_requires_what_its_body_names() -> None:
    statement = only("CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; END;")
    assert [str(d.ref) for d in statement.requires] == ["table t", "table u", "view u"]


def test_alter_table_declares_and_drops() -> None:
    added, dropped = statements(
        "ALTER TABLE t ADD COLUMN a INT REFERENCES u;\nALTER TABLE t DROP b;"
    )
    assert [str(d.ref) for d in added.declares] == ["column t.a", "foreign key t.a_fkey"]
    assert [str(d.ref) for d in added.requires] == ["table t", "table u"]
    assert [str(d.ref) for d in dropped.drops] == ["column t.b"]


VERBS = {
    "BEGIN": "transaction",
    "SAVEPOINT x": "transaction",
    "PRAGMA foreign_keys = ON": "set",
    "INSERT INTO t VALUES (1)": "insert",
    "REPLACE INTO t VALUES (1)": "insert",
    "WITH x AS (SELECT 1) UPDATE t SET a = 1": "update",
    "DELETE FROM t": "delete",
    "WITH x AS (SELECT 1) SELECT * FROM x": "other",
    "VACUUM": "other",
    "DROP TABLE IF EXISTS t": "drop",
    "TRUNCATE TABLE t": "truncate",
}


@pytest.mark.parametrize(("sql", "verb"), VERBS.items())
def test_statements_have_their_verb(sql: str, verb: str) -> None:
    assert only(sql).verb == verb


def test_where_is_seen() -> None:
    every, some = statements("DELETE FROM t; DELETE FROM t WHERE a = 1;")
    assert ("where" in every.modifiers, "where" in some.modifiers) == (False, True)


UNSUPPORTED = [
    "CREATE TEMP TABLE t (a INT)",
    "CREATE TABLE temp.t (a INT)",
    "CREATE VIEW other.v AS SELECT 1",
    "CREATE TABLE t AS SELECT 1 AS a",
    "CREATE OR REPLACE VIEW v AS SELECT 1",
    "TRUNCATE t",
    "ALTER TABLE t RENAME TO u",
]


@pytest.mark.parametrize("sql", UNSUPPORTED)
def test_what_no_kind_models_is_named(sql: str) -> None:
    assert only(sql).unsupported


def test_main_is_our_own_database() -> None:
    statement = only("CREATE TABLE main.t (a INT)")
    assert not statement.unsupported
    assert str(statement.declares[0].ref) == "table t"


def test_a_generated_column_needs_no_type_and_says_so() -> None:
    text = "CREATE TABLE t (a INT, b, c AS (a + 1), d INT AS (a), e GENERATED ALWAYS AS (a) STORED)"
    details = {d.ref.name: d.detail for d in only(text).declares if d.role == "column"}
    assert details == {"a": "INT", "b": "", "c": "generated", "d": "INT", "e": "generated"}


def test_a_script_is_split_and_not_judged() -> None:
    text = ".mode box\nPRAGMA foreign_keys=OFF;\nINSERT INTO t VALUES('a\n.b');\nBROKEN;\n.quit\n"
    parsed = script(Document("dump.sql", text))
    assert [s.sql for s in parsed.statements] == [
        "PRAGMA foreign_keys=OFF",
        "INSERT INTO t VALUES('a\n.b')",
        "BROKEN",
    ]
    assert [(f.severity, f.span.line if f.span else 0) for f in parsed.errors] == [
        ("info", 1),
        ("info", 6),
    ]


def test_no_command_stands_inside_of_a_trigger() -> None:
    trigger = "CREATE TRIGGER r AFTER INSERT ON t BEGIN\nSELECT 1;\n.read x\n; END"
    parsed = script(Document("dump.sql", f"{trigger};\n.quit\n"))
    assert [s.sql for s in parsed.statements] == [trigger]
    assert [f.span.line for f in parsed.errors if f.span] == [5]


def test_a_script_with_an_open_quote_is_an_error() -> None:
    (error,) = script(Document("dump.sql", "SELECT 'x")).errors
    assert error.is_error


def test_risks_are_named() -> None:
    sql = "ATTACH 'x.db' AS x; VACUUM INTO 'y.db'; SELECT load_extension('z');"
    assert len(risks(sql)) == 3
    assert risks("SELECT 'ATTACH' -- VACUUM INTO") == ()
