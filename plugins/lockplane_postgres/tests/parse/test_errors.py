"""All syntax errors of a file are found in one pass, each in the server's words and place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import StatementFailed
from lockplane_core.model.statement import Document
from lockplane_postgres import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.statement import Parsed
    from lockplane_postgres.session import PgSession

Parse = "Callable[[str], Parsed]"


def errors(parsed: Parsed) -> list[tuple[int, int, str]]:
    return [(e.span.line, e.span.column, e.message) for e in parsed.errors if e.span]


def near(word: str) -> str:
    return f'syntax error at or near "{word}"'


def test_each_broken_statement_is_reported_where_it_breaks(parsed: Callable[[str], Parsed]) -> None:
    found = parsed(
        """-- comment
CREATE TABLE users (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL
  age INTEGER
);

CREATE TABLE posts (
  id BIGINT PRIMARY KEY,
  title TEXT NOT NULL,
);
"""
    )
    assert errors(found) == [(5, 3, near("age")), (11, 1, near(")"))]
    assert {(e.id, e.severity, e.code) for e in found.errors} == {
        ("syntax_error", "error", "LP001")
    }
    assert [e.suggestion for e in found.errors] == [
        'a comma may be missing before "age"',
        'take out the comma before ")"',
    ]


VALID = "CREATE TABLE fine (id integer);"
BROKEN = {
    "a parenthesis that is not closed": (
        "CREATE TABLE a (id integer;\n" + VALID,
        [(1, 27, near(";"))],
    ),
    "a parenthesis that is not closed, nor the statement": (
        "CREATE TABLE a (id integer\n\n" + VALID,
        [(3, 1, near("CREATE"))],
    ),
    "a comma before the next statement": (
        "CREATE TABLE a (id integer,\nALTER TABLE fine ADD x integer;\n" + VALID,
        [(2, 7, near("TABLE"))],
    ),
    "a parenthesis too many": ("CREATE TABLE a (x integer));\n" + VALID, [(1, 27, near(")"))]),
    "a quote that is not closed, with another one later": (
        "CREATE TABLE a (x text DEFAULT 'abc);\nCREATE TABLE b (y text DEFAULT 'x');\n" + VALID,
        [(1, 32, "unterminated quoted string at or near \"'abc);\"")],
    ),
    "a quote that is not closed, the last one": (
        "CREATE TABLE a (x text DEFAULT 'abc);\n" + VALID,
        [(1, 32, "unterminated quoted string at or near \"'abc);\"")],
    ),
    "a quote that is not opened": (
        "CREATE TYPE e AS ENUM (a', 'b');\nCREATE TYPE f AS ENUM ('a', 'b');\n" + VALID,
        [(1, 24, near("a"))],
    ),
    "a name that is not closed": (
        'CREATE TABLE "a (x text);\nCREATE TABLE "b" (x text);\n' + VALID,
        [(1, 14, 'unterminated quoted identifier at or near ""a (x text);"')],
    ),
    "a comment that is not closed": (
        "CREATE TABLE a (x integer) /* oops\n" + VALID,
        [(1, 28, 'unterminated /* comment at or near "/* oops"')],
    ),
    "a dollar quote that is not closed, with others later": (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1;\n"
        "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\n" + VALID,
        [(1, 49, 'unterminated dollar-quoted string at or near "$$ SELECT 1;"')],
    ),
    "an atomic body without its end": (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;\n" + VALID,
        [(1, 55, "syntax error at end of input")],
    ),
    "a semicolon that is missing": ("SELECT 1\n" + VALID, [(2, 1, near("CREATE"))]),
    "the end of the file": (
        VALID + "\nCREATE TABLE a (id integer\n",
        [(2, 27, "syntax error at end of input")],
    ),
    "a number that runs into a word": (
        "SELECT 1a;\n" + VALID,
        [(1, 8, 'trailing junk after numeric literal at or near "1a"')],
    ),
    "an escape that means nothing": (
        "SELECT U&'\\00';\n" + VALID,
        [(1, 11, "invalid Unicode escape")],
    ),
    "a command of psql": ("\\restrict abc\n" + VALID, [(1, 1, near("\\"))]),
    "a zero byte, after which the grammar sees nothing": (
        "SELECT 1;\0 DROP TABLE x y;\n" + VALID,
        [(1, 10, 'invalid byte sequence for encoding "UTF8": 0x00'), (1, 25, near("y"))],
    ),
    "half of a surrogate pair": (
        "SELECT '\ud834';\n" + VALID,
        [(1, 9, 'invalid byte sequence for encoding "UTF8"')],
    ),
    "several, one after another": (
        f"CREATE TABEL a ();\n{VALID}\nCREATE INDEX ON;\nDROP TABLE;\n",
        [(1, 8, near("TABEL")), (3, 16, near(";")), (4, 11, near(";"))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_an_error_hides_no_other_statement(case: str, parsed: Callable[[str], Parsed]) -> None:
    sql, expected = BROKEN[case]
    found = parsed(sql)
    assert errors(found) == expected
    assert VALID[:-1] in [statement.sql for statement in found.statements]


def test_what_stands_in_a_dollar_quote_is_no_statement(parsed: Callable[[str], Parsed]) -> None:
    """The body is no reason to doubt its quotes, as all of them are closed."""
    body = "$$\nCREATE TABLE inside (id integer);\n$$"
    found = parsed(f"CREATE FUNCTION f() RETURNZ void AS {body} LANGUAGE sql;\n{VALID}")
    assert errors(found) == [(1, 21, near("RETURNZ"))]
    assert [s.sql for s in found.statements] == [VALID[:-1]]


def test_a_lone_semicolon_is_no_statement(parsed: Callable[[str], Parsed]) -> None:
    found = parsed(f"SELEC 1;;\n;{VALID};")
    assert [s.sql for s in found.statements] == [VALID[:-1]]


def test_two_valid_statements_without_a_semicolon_are_both_kept(
    parsed: Callable[[str], Parsed],
) -> None:
    found = parsed("CREATE TABLE a (id integer)\nCREATE TABLE b (id integer);")
    assert [e.suggestion for e in found.errors] == [
        "a semicolon may be missing at the end of the statement before"
    ]
    assert [s.declares[0].ref.name for s in found.statements] == ["a", "b"]


def test_places_are_counted_in_characters_of_any_width(parsed: Callable[[str], Parsed]) -> None:
    found = parsed("-- é𝄞\nCREATE TABLE é𝄞 (\n  é𝄞é integer 𝄞 integer\n);\n/* 𝄞 */ DROP TABEL é;")
    assert errors(found) == [(3, 15, near("𝄞")), (5, 14, near("TABEL"))]


def test_carriage_returns_and_a_byte_order_mark_are_characters_that_say_nothing(
    parsed: Callable[[str], Parsed],
) -> None:
    """The mark of a file is gone by now; places are those of the text that is handed in."""
    found = parsed("\ufeffCREATE TABEL a ();\r\nDROP TABEL b;\r\n")
    assert errors(found) == [(1, 9, near("TABEL")), (2, 6, near("TABEL"))]


HINTS = {
    "CREATE TABEL a (id integer);": '"TABEL" may be meant as TABLE',
    "CREATE TABLE a (id integer PRIMERY KEY);": '"PRIMERY" may be meant as PRIMARY',
    "CREATE VIEW v AS SELECT 1 FORM t;": '"FORM" may be meant as FROM',
    "CREATE TABLE `a` (id integer);": "PostgreSQL quotes names with double quotes, not with `",
    "CREATE TABLE a (id integer;": "a closing parenthesis may be missing",
    "CREATE TABLE a (id integer));": "this parenthesis closes none",
    "GRANT some thing else now;": "",
}


@pytest.mark.parametrize("sql", HINTS)
def test_a_hint_is_given_where_the_parser_agrees(sql: str, parsed: Callable[[str], Parsed]) -> None:
    (error,) = parsed(sql).errors
    assert error.suggestion == HINTS[sql]


def test_an_expression_of_hundreds_of_levels_is_no_error(parsed: Callable[[str], Parsed]) -> None:
    """It can not be read here, which is said of the statement; the server may well take it."""
    deep = "CREATE VIEW v AS SELECT " + " || ".join(["a"] * 3000) + " FROM t;\n"
    found = parsed(deep + VALID)
    assert found.errors == ()
    assert found.statements[0].unsupported == "an expression of hundreds of levels"
    assert found.statements[1].sql == VALID[:-1]


def test_more_levels_than_the_grammar_takes_are_an_error(parsed: Callable[[str], Parsed]) -> None:
    found = parsed(f"SELECT {'(' * 20_000}1{')' * 20_000};\n{VALID}")
    assert [e.message[:16] for e in found.errors] == ["memory exhausted"]
    assert [s.sql for s in found.statements] == [VALID[:-1]]


SERVER_SAYS = [
    "CREATE TABLE t (a integer b integer)",
    "CREATE TABLE t (a integer,)",
    "CREATE TABLE t (a integer",
    "SELECT 'é𝄞' FORM é𝄞 x y",
    "SELECT 'é𝄞",
    'SELECT "é𝄞',
    "SELECT $é$ x",
    "SELECT /* é /* 𝄞 */",
    "SELECT 1a",
    "SELECT U&'\\00'",
    "SELECT E'\\xqq' x y z",
    "CREATE INDEX ON t (a) WHERE",
]


@pytest.mark.parametrize("sql", SERVER_SAYS)
def test_words_and_place_are_those_of_the_server(sql: str, session: PgSession) -> None:
    with pytest.raises(StatementFailed) as caught:
        session.execute(sql)
    (error,) = parse.parse(Document("f", sql)).errors
    assert error.span
    assert caught.value.message.startswith(error.message)
    assert caught.value.position == error.span.column - 1
