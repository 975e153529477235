"""The tokens are those of the server's own scanner, and go on where it stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pglast.parser import ParseError, scan

from lockplane_postgres.dialect import PostgresDialect
from lockplane_postgres.parse.lex import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable

_OURS = ("string", "dollar", "name", "comment")
_THEIRS = ("SCONST", "USCONST", "XCONST", "BCONST", "SQL_COMMENT", "C_COMMENT", "UIDENT")

pieces_of_sql = st.sampled_from(
    ["'", "''", '"', "E'", "e'\\'", "U&'", 'U&"', "b'", "$$", "$a$", "$é$", "$1", "$", "--", "\n",
     "\r", "/*", "*/", "\\", ";", " ", "a", "é", "𝄞", "1", "1.5", ".", "(", ")", "::", ":", "<=",
     "select", "\f", "a$b", "_", "n'x'", "x'0f'"]
)  # fmt: skip


def ours(text: str) -> list[tuple[int, int]]:
    return [(t.start, t.end) for t in tokens(text) if t.kind in _OURS]


def theirs(text: str) -> list[tuple[int, int]]:
    """Quotes and comments, by the server's scanner; raises where it does."""
    return [
        (t.start, t.end + 1)
        for t in scan(text)
        if t.name in _THEIRS or (t.name == "IDENT" and text[t.start] == '"')
    ]


@given(st.lists(pieces_of_sql, max_size=12).map("".join))
def test_quotes_and_comments_are_those_of_the_server(text: str) -> None:
    try:
        expected = theirs(text)
    except ParseError:
        return
    assert ours(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "E'a'\n'b\\'c'",
        "E'a' -- '\n 'b\\'c'",
        "'a'\n'b\\'",
        "'a' 'b'",
        "x'0f'''",
        "U&'a'\r\n'b'",
        "'a'\n--'\n'b'",
    ],
)
def test_a_string_goes_on_in_the_next_line_as_it_began(text: str) -> None:
    assert ours(text) == theirs(text)


@given(st.text() | st.lists(pieces_of_sql, max_size=20).map("".join))
def test_tokens_cover_any_text_in_order(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert token.start >= end
        assert token.end > token.start
        assert not text[end : token.start].strip(" \t\n\r\f\v")
        end = token.end
    assert not text[end:].strip(" \t\n\r\f\v")


def read(text: str) -> Iterable[tuple[str, str, bool]]:
    return [(t.kind, text[t.start : t.end], t.closed) for t in tokens(text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("'a", "string"),
        ("E'a\\'", "string"),
        ('"a""', "name"),
        ("$$a$", "dollar"),
        ("/* /* */", "comment"),
    ],
)
def test_what_is_not_closed_runs_to_the_end(text: str, kind: str) -> None:
    assert read(text) == [(kind, text, False)]


def test_a_carriage_return_ends_a_comment() -> None:
    """As it does for the server: what follows is run, so it must be seen."""
    text = "-- harmless\rDROP TABLE t;"
    assert [text[t.start : t.end] for t in tokens(text)][1:] == ["DROP", "TABLE", "t", ";"]
    assert isinstance(next(tokens(text)), Token)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("users (id)", "users"),
        ('"a ""b""" TEXT', '"a ""b"""'),
        ("$$ a b $$ x", "$$ a b $$"),
        ("'open", "'open"),
        (",b", ","),
        ("", ""),
        (" a", ""),
    ],
)
def test_the_dialect_knows_where_a_token_ends(text: str, word: str) -> None:
    assert PostgresDialect().token_end(f"é {text}", 2) == 2 + len(word)
