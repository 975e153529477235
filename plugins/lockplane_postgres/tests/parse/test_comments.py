"""Comments of a file with their places, and names as they are written in them."""

from __future__ import annotations

import pytest

from lockplane_core.model.node import Span
from lockplane_core.model.statement import Document
from lockplane_postgres.parse.comments import comments, names_in

TEXT = """\
-- one
/* two */ CREATE TABLE t ( -- three
  -- four
  ä int, b text DEFAULT '-- none', c text DEFAULT $$-- none$$
); --five
"""


def test_comments_are_found_by_tokens_with_what_follows_them() -> None:
    found = [(c.text, c.span.line, c.before, c.alone) for c in comments(Document("f", TEXT))]
    create, column = Span("f", 2, 11), Span("f", 4, 3)
    assert found == [
        ("one", 1, create, True),
        ("two", 2, create, True),
        ("three", 2, column, False),
        ("four", 3, column, True),
        ("five", 5, None, False),
    ]


def test_a_comment_that_never_ends_is_none() -> None:
    assert comments(Document("f", "SELECT 1 /* open")) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("users", ("users",)),
        ("Audit.Users", ("audit", "users")),
        ('"Old ""Name"""', ('Old "Name"',)),
        ('audit . "a.b"', ("audit", "a.b")),
        ("ÄB", ("Äb",)),
    ],
)
def test_names_are_read_as_the_server_reads_them(text: str, names: tuple[str, ...]) -> None:
    assert names_in(text) == names


@pytest.mark.parametrize("text", ["", "a b", "a.", ".a", "a;b", "'a'", '"open', 'U&"a"', "1"])
def test_what_is_no_name_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        names_in(text)
