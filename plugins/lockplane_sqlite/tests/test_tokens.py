"""Tokens and names: what is one to SQLite, and what is not."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockplane_sqlite.quote import KEYWORDS, fold, quote
from lockplane_sqlite.tokens import Unterminated, canonical, end_of, scan

SAME = [
    ("a>0", "A > 0"),
    ("lower( name )", "LOWER(name) -- letters"),
    ("varchar(20)", "VARCHAR ( 20 )"),
    ("[t].[a]", "t.a"),
    ("select 1 from `t`", 'SELECT /* one */ 1\nFROM "t"'),
]
DIFFERENT = [
    ("'a'", "'A'"),
    ("'a b'", "'a  b'"),
    ('"a"', "a"),
    ("a||b", "a|b"),
    ("a - -1", "a - 1"),
    ("é", "É"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_means_the_same_has_one_canonical_form(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_means_something_else_has_another(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("text", [text for pair in SAME + DIFFERENT for text in pair])
def test_a_canonical_form_is_its_own(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


def test_tokens_cover_quotes_comments_and_operators() -> None:
    text = """a->>'$.x' <> "b""c" || [d] -- it's\n/* ' */ x'0F' != 1.5e3"""
    assert [token.text for token in scan(text)] == [
        "a", "->>", "'$.x'", "<>", '"b""c"', "||", "[d]", "x'0F'", "!=", "1.5e3",
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "offset"), [("a 'b", 2), ("-- it's\n\"x", 8), ("/* ' */ [x", 8)])
def test_an_open_quote_is_found(text: str, offset: int) -> None:
    with pytest.raises(Unterminated) as caught:
        scan(text)
    assert caught.value.offset == offset


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_every_name_can_be_quoted(name: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t ({quote(name)} TEXT)")
        told = connection.execute("SELECT name FROM pragma_table_info('t')").fetchall()
    assert told == [(name,)]


@pytest.mark.parametrize("word", sorted(KEYWORDS))
def test_keywords_are_quoted(word: str) -> None:
    assert quote(word.lower()) == f'"{word.lower()}"'


def test_plain_names_are_not_quoted() -> None:
    assert (quote("users"), quote("createdAt"), quote("_x1")) == ("users", "createdAt", "_x1")


def test_only_ascii_letters_are_folded() -> None:
    """SQLite holds É and é for two names."""
    assert fold("ÉAbc") == "Éabc"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("users (id)", "users"),
        ('"a ""b""" TEXT', '"a ""b"""'),
        ("[a b] TEXT", "[a b]"),
        ("'it''s' x", "'it''s'"),
        (f"'{'x' * 500}' y", f"'{'x' * 500}'"),
        (f"{'x' * 500}", "x" * 500),
        ("'open", "'open"),
        (f"'open{' x' * 200}", f"'open{' x' * 200}"),
        (",b", ","),
        ("", ""),
        (" a", ""),
        ("-- why\na", ""),
    ],
)
def test_a_token_ends_where_the_next_one_may_begin(text: str, word: str) -> None:
    assert end_of(f"é {text}", 2) == 2 + len(word)
