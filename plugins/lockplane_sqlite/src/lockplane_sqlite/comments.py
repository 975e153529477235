"""Comments of a schema file, and names as they are written in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Span
from lockplane_core.model.statement import Comment, Document
from lockplane_sqlite.tokens import Lines, Unterminated, behind_comment, scan

if TYPE_CHECKING:
    from collections.abc import Iterator


def comments(document: Document) -> list[Comment]:
    """All comments: what stands between the tokens and is no white space."""
    try:
        found = scan(document.text)
    except Unterminated:
        return []  # the parser says what is wrong
    size = len(document.text)
    gaps = zip([0, *(t.end for t in found)], [*(t.start for t in found), size], strict=True)
    lines = Lines(document.original or document.text)
    return [comment for start, end in gaps for comment in _between(document, lines, start, end)]


def _between(document: Document, lines: Lines, start: int, end: int) -> Iterator[Comment]:
    """The comments in a gap, which ends where the next token begins."""
    text, at = document.text, start
    before = _span(document, lines, end) if end < len(text) else None
    while at < end:
        behind = behind_comment(text, at)
        if behind is None:
            at += 1
            continue
        line = text.rfind("\n", 0, at) + 1
        yield Comment(
            text=_words(text[at : min(behind, end)]),
            span=_span(document, lines, at),
            before=before,
            alone=not text[line:at].strip(),
        )
        at = behind


def _span(document: Document, lines: Lines, offset: int) -> Span:
    line, column = lines.at(document.in_file(offset))
    return Span(document.name, line, column)


def _words(comment: str) -> str:
    bare = comment.removesuffix("*/") if comment.startswith("/*") else comment
    return bare[2:].strip()


def names_in(text: str) -> tuple[str, ...]:
    """The one name that is expected. Raises `ValueError`."""
    try:
        found = scan(text)
    except Unterminated:
        found = []
    if len(found) != 1 or found[0].kind not in ("word", "name"):
        raise ValueError("that is no name; one with other signs in it goes in double quotes")
    return (found[0].value,)
