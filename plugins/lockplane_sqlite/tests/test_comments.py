"""Comments of a file with their places, and names as they are written in them."""

from __future__ import annotations

import pytest

from lockplane_core.model.node import Span
from lockplane_core.model.statement import Document
from lockplane_sqlite.comments import comments, names_in
from lockplane_sqlite.translate import translate

TEXT = """\
-- one
/* two */ CREATE TABLE t ( -- three
  -- four
  [a -- b] int, b text DEFAULT '-- none'
); --five"""


def test_comments_are_what_stands_between_tokens() -> None:
    found = [(c.text, c.span.line, c.before, c.alone) for c in comments(Document("f", TEXT))]
    create, column = Span("f", 2, 11), Span("f", 4, 3)
    assert found == [
        ("one", 1, create, True),
        ("two", 2, create, True),
        ("three", 2, column, False),
        ("four", 3, column, True),
        ("five", 5, None, False),
    ]


def test_places_are_those_of_the_file_before_it_was_translated() -> None:
    text = "CREATE TABLE t (a TIMESTAMP WITH TIME ZONE DEFAULT NOW(), -- x\n  b int);"
    translated, notices = translate(Document("f", text))
    assert notices
    (comment,) = comments(translated)
    assert comment.span == Span("f", 1, text.index("--") + 1)
    assert comment.before == Span("f", 2, 3)


def test_a_file_with_an_open_quote_has_none() -> None:
    assert comments(Document("f", "-- a\nSELECT 'open")) == []


@pytest.mark.parametrize(
    ("text", "name"), [("Users", "Users"), ('"a ""b"""', 'a "b"'), ("[a b]", "a b"), ("`c`", "c")]
)
def test_a_name_is_read_as_it_is_written(text: str, name: str) -> None:
    assert names_in(text) == (name,)


@pytest.mark.parametrize("text", ["", "a b", "main.users", "'a'", '"open', "1"])
def test_what_is_no_name_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        names_in(text)
