"""A text is split by tokens alone, and the pieces leave nothing out."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockplane_core.model.statement import Document
from lockplane_postgres import parse
from lockplane_postgres.parse.lex import tokens
from lockplane_postgres.parse.split import pieces

VALID = [
    "CREATE TABLE t (id integer, note text DEFAULT 'a;b');",
    'CREATE TABLE "T;" (id integer);',
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $x$ BEGIN RETURN 1; END; $x$;",
    "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;",
    "CREATE OR REPLACE PROCEDURE p() BEGIN /* ; */ ATOMIC SELECT 1; END;",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b);",
    "SELECT $$;$$, E'\\';', U&'d\\0061t;' /* ; /* ; */ ; */ -- ;\n;",
    "CREATE VIEW v AS SELECT CASE WHEN a THEN 1 END FROM t;",
    "SELECT 'é𝄞;' AS é𝄞;",
]
garbage = st.text(
    alphabet=st.sampled_from([*"abé𝄞 \n;()'\"$-/*\\.,:=<>0123456789", "\0", "\ud834", "\x0b"]),
    max_size=40,
) | st.sampled_from(
    ["CREATE TABEL x (", "'", '"', "$$", "/*", "*/", "BEGIN ATOMIC", "END;", "CREATE FUNCTION f(",
     "\nCREATE TABLE y (a", "\\connect x", "COPY t FROM stdin;\n1\n\\.\n", "E'\\", "U&'\\", "--"]
)  # fmt: skip
documents = st.lists(garbage | st.sampled_from(VALID).map("{}\n".format), max_size=8).map("".join)


@pytest.mark.parametrize("sql", VALID)
def test_a_statement_is_one_piece(sql: str) -> None:
    """Twice over, so that a piece too short or too long shows."""
    text = f"-- ; before\n{sql}\n{sql}"
    assert [text[p.start : p.end] for p in pieces(text)] == [sql, sql]


@given(documents)
def test_between_pieces_is_nothing_but_comments_and_space(text: str) -> None:
    end = 0
    for piece in pieces(text):
        assert piece.start >= end
        assert is_empty(text[end : piece.start])
        end = piece.end
    assert is_empty(text[end:])


def is_empty(text: str) -> bool:
    return all(token.kind == "comment" and token.closed for token in tokens(text))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(documents)
def test_nothing_makes_the_readers_raise(text: str) -> None:
    found = parse.parse(Document("f", text))
    assert all(error.span is not None for error in found.errors)
    places = [statement.span for statement in found.statements]
    assert places == sorted(places)
    assert [s.position for s in found.statements] == list(range(len(found.statements)))
    parse.script(Document("f", text))
    parse.split_script(text)
    parse.risks(text)
    parse.canonical(text)
    parse.class_of(text)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.sampled_from(VALID), min_size=1), st.sampled_from(["SELECT FROM FROM;", "CREATE;"])
)
def test_what_is_broken_costs_only_itself(statements: list[str], broken: str) -> None:
    text = "\n".join([broken, *statements, broken])
    found = parse.parse(Document("f", text))
    assert len(found.errors) == 2
    assert [s.sql.rstrip() for s in found.statements] == [bare(sql) for sql in statements]


def bare(sql: str) -> str:
    return sql.removesuffix(";").rstrip()
