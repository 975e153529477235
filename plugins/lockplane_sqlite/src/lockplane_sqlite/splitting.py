"""Splitting: a script as statements, also where quotes or parentheses are left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.spi.patience import Patience
from lockplane_sqlite.tokens import Token, Unterminated, scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RESUMES = frozenset({"CREATE", "ALTER", "DROP"})
"""First words of statements that stand inside no other statement."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One statement without its semicolon: it begins at `start` of the whole text.

    Places of `tokens` count from the piece's own beginning. `open_quote` is the place of a quote
    that nothing closes; then the piece ends where the next statement seems to begin.
    """

    text: str
    start: int
    tokens: tuple[Token, ...]
    open_quote: int | None = None

    @property
    def end(self) -> int:
        """Where it ends in the whole text."""
        return self.start + len(self.text)


def pieces(text: str, start: int = 0, patience: Patience | None = None) -> Iterator[Piece]:
    """The statements of a text from `start` on.

    Behind an open quote it is read once more while `patience` lasts; then one piece is the rest.
    """
    patience = patience or Patience()
    again: int | None = start
    while again is not None:
        start, again = again, None
        try:
            tokens: Sequence[Token] = scan(text[start:])
        except Unterminated as problem:
            *whole, broken = list(_runs(problem.tokens, keep_last=True)) or [()]
            yield from (_piece(text, start, run) for run in whole)
            begin = start + (broken[0].start if broken else problem.offset)
            again = resumption(text, begin, len(text))
            if again and not patience.lasts(len(text) - again):
                again = None
            yield _broken(text[begin:again].rstrip(), begin)
        else:
            yield from (_piece(text, start, run) for run in _runs(tokens))


def _broken(text: str, start: int) -> Piece:
    """A piece up to where the next one begins, which may be ahead of the quote left open."""
    try:
        return Piece(text=text, start=start, tokens=tuple(scan(text)))
    except Unterminated as problem:
        return Piece(text=text, start=start, tokens=problem.tokens, open_quote=problem.offset)


def ended(tokens: Sequence[Token]) -> Iterator[tuple[Sequence[Token], Token | None]]:
    """The tokens of each statement and the semicolon that ends it, which the last may lack.

    A trigger ends at the semicolon after the END that follows another one.
    """
    run: list[Token] = []
    for token in tokens:
        if token.upper != ";" or _is_in_trigger(run):
            run.append(token)
            continue
        yield run, token
        run = []
    yield run, None


def _runs(tokens: Sequence[Token], *, keep_last: bool = False) -> Iterator[Sequence[Token]]:
    """The tokens of each statement that has any; those of the last one in any case."""
    for run, semicolon in ended(tokens):
        if run or (keep_last and semicolon is None):
            yield run


def _is_in_trigger(run: Sequence[Token]) -> bool:
    words = [token.upper for token in run[:3]]
    if words[:2] != ["CREATE", "TRIGGER"] and words not in (
        ["CREATE", "TEMP", "TRIGGER"],
        ["CREATE", "TEMPORARY", "TRIGGER"],
    ):
        return False
    return [token.upper for token in run[-2:]] != [";", "END"]


def _piece(text: str, start: int, run: Sequence[Token]) -> Piece:
    begin, end = start + run[0].start, start + run[-1].end
    tokens = tuple(_moved(token, -run[0].start) for token in run)
    return Piece(text=text[begin:end], start=begin, tokens=tokens)


def _moved(token: Token, by: int) -> Token:
    return token._replace(start=token.start + by, end=token.end + by)


def resumption(text: str, start: int, end: int) -> int | None:
    """Where, after `start`, a line begins like a statement: as far to the left as the one there.

    Only asked inside a statement that SQLite refuses: it may have swallowed those after it.
    """
    indent = start - (text.rfind("\n", 0, start) + 1)
    place = text.find("\n", start, end)
    while place != -1:
        first = place + 1 + indent
        line = text[place + 1 : first]
        word = text[first : first + 7].split(maxsplit=1)[:1]
        if not line.strip() and word and word[0].upper() in _RESUMES and not text[first].isspace():
            return first
        place = text.find("\n", place + 1, end)
    return None
