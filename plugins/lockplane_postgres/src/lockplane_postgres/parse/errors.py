"""Errors: every syntax error of a text, each as the server words it and where it points.

The grammar stops at the first error of what it is given. So a text that does not parse is taken
piece by piece, and a piece that does not parse is looked into for the place where the next
statement seems to begin: a quote, a parenthesis or a semicolon may be missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockplane_core.model.finding import Finding
from lockplane_core.spi.patience import Patience
from lockplane_postgres.parse.hints import hint
from lockplane_postgres.parse.lex import tokens
from lockplane_postgres.parse.split import Piece, indent_of, next_piece, opening_inside, openings
from lockplane_postgres.parse.tree import RawStatement, statements_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.node import Span
    from lockplane_postgres.parse.lex import Token

ID = "syntax_error"
CODE = "LP001"
_ZERO = "\0"
_BYTE_ORDER_MARK = "\ufeff"
_PATIENCE = 20
"""How often the rest of a text is read through to learn whether its quotes are balanced."""
_NOT_TEXT = 'invalid byte sequence for encoding "UTF8"'


class Fault(NamedTuple):
    """A syntax error: the server's words, its character in the text, and what may help."""

    message: str
    position: int
    suggestion: str = ""

    def finding(self, span: Span) -> Finding:
        """The fault as it is reported."""
        return Finding(
            id=ID,
            code=CODE,
            severity="error",
            message=self.message,
            span=span,
            suggestion=self.suggestion,
        )


class Part(NamedTuple):
    """A part of a text, in characters, and the statements in it.

    None of them if it is valid, but has an expression of more levels than can be read.
    """

    start: int
    end: int
    statements: list[RawStatement] | None


def cleaned(text: str) -> tuple[str, list[Fault]]:
    """The text without what no server accepts as text, character for character.

    A NUL would end it for the grammar, which is written in C: what follows would go unread. A byte
    order mark says nothing, but it is a character: what follows it stays where it is.
    """
    faults = [Fault(f"{_NOT_TEXT}: 0x00", at) for at in _all(text, _ZERO)]
    try:
        text.encode()
    except UnicodeEncodeError:
        bad = [at for at, char in enumerate(text) if _is_surrogate(char)]
        faults += [Fault(_NOT_TEXT, at) for at in bad]
        text = text.encode(errors="replace").decode()
    if text.startswith(_BYTE_ORDER_MARK):
        text = " " + text[1:]
    return text.replace(_ZERO, " "), faults


def _all(text: str, char: str) -> Iterator[int]:
    at = text.find(char)
    while at >= 0:
        yield at
        at = text.find(char, at + 1)


def _is_surrogate(char: str) -> bool:
    return "\ud800" <= char <= "\udfff"


def parts(text: str) -> Iterator[Part | Fault]:
    """The statements that parse, and an error for each piece that does not, in their order."""
    recovery, patience = _Recovery(text), Patience()
    start = 0
    while (piece := next_piece(text, start)) is not None:
        error = _attempt(text, piece.start, piece.end)
        if isinstance(error, Part):
            yield error
            start = piece.end
        else:
            found, start = recovery.from_(piece, error)
            yield from found
            if start < piece.end and not patience.lasts(len(text) - start):
                yield Fault(Patience.MESSAGE, start, Patience.WAY_OUT)
                return


def _attempt(text: str, start: int, end: int) -> Part | Fault:
    """The statements of a part of the text, or why it does not parse."""
    from pglast.parser import ParseError

    try:
        return Part(start, end, statements_of(text[start:end]))
    except ParseError as error:
        message, position = error.args[0], error.args[1]
        return Fault(_first_line(message), end if position is None else start + position)
    except RecursionError:
        return Part(start, end, None)


def _first_line(message: str) -> str:
    """The server quotes all that follows a quote which is not closed; one line says enough."""
    line, newline, _ = message.partition("\n")
    return f'{line}"' if newline else line


class _Recovery:
    """Finds out what a piece that does not parse is, and where to go on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.patience = _PATIENCE
        self.ends_open: bool | None = None

    def from_(self, piece: Piece, fault: Fault) -> tuple[list[Part | Fault], int]:
        """What to report of a piece, and the character from which to read on."""
        found, start = self._judge(piece, fault)
        if start != piece.end:
            self.ends_open = None  # what follows is read with other quotes in mind
        return found, start

    def _judge(self, piece: Piece, fault: Fault) -> tuple[list[Part | Fault], int]:
        for token in piece.tokens:
            if token.start > fault.position or (token.start == fault.position and token.closed):
                break
            cut = self._cut_inside(piece, token)
            if cut is not None:
                return self._unclosed(piece, token, cut)
        return self._ordinary(piece, fault)

    # -- a quote that is not closed ----------------------------------------------------------

    def _cut_inside(self, piece: Piece, token: Token) -> int | None:
        """Where a quote or comment should have ended long before, if it should have."""
        if token.kind not in ("string", "name", "dollar", "comment"):
            return None
        if not token.closed:
            opening = opening_inside(self.text, token, indent_of(self.text, piece))
            return token.end if opening is None else opening
        # Whole statements stand in dollar quotes and comments for good reasons, so those are
        # only doubted where some quote of the text is not closed in the end.
        if token.kind in ("string", "name") or self._some_quote_stays_open(piece):
            return opening_inside(self.text, token, indent_of(self.text, piece))
        return None

    def _some_quote_stays_open(self, piece: Piece) -> bool:
        if not piece.closed:
            return True
        if self.ends_open is None and self.patience:
            self.patience -= 1
            self.ends_open = any(not token.closed for token in tokens(self.text, piece.end))
        return bool(self.ends_open)

    def _unclosed(self, piece: Piece, token: Token, cut: int) -> tuple[list[Part | Fault], int]:
        fault = _attempt(self.text, piece.start, cut)
        if isinstance(fault, Part):  # pragma: no cover - an open quote never parses
            return [fault], cut
        line = self.text.count("\n", 0, cut) + 1
        words = f"it runs up to line {line}, where another statement seems to begin"
        suggestion = "" if cut == token.end else words
        return [fault._replace(suggestion=suggestion)], cut

    # -- anything else -----------------------------------------------------------------------

    def _ordinary(self, piece: Piece, fault: Fault) -> tuple[list[Part | Fault], int]:
        found = openings(self.text, piece)
        if found and fault.position >= piece.end:
            return self._endless(piece, found[0].start)
        before = [opening for opening in found if opening.start <= fault.position]
        if before and fault.position < before[-1].header:
            return self._unended(piece, fault, before[-1].start)
        suggestion = hint(self.text, piece, min(fault.position, piece.end))
        after = [opening.start for opening in found if opening.start > fault.position]
        # A quote too few turns what follows inside out, so statements may stand in its strings.
        after += [
            cut
            for token in piece.tokens
            if token.start > fault.position and (cut := self._cut_inside(piece, token)) is not None
        ]
        return [fault._replace(suggestion=suggestion)], min(after, default=piece.end)

    def _endless(self, piece: Piece, following: int) -> tuple[list[Part | Fault], int]:
        """A statement that takes in all that follows, such as a body without its END."""
        return [_attempt(self.text, piece.start, self._before(piece, following).end)], following

    def _before(self, piece: Piece, position: int) -> Piece:
        return Piece(tuple(token for token in piece.tokens if token.start < position))

    def _unended(
        self, piece: Piece, fault: Fault, following: int
    ) -> tuple[list[Part | Fault], int]:
        """A statement that ran into the next one."""
        first = _attempt(self.text, piece.start, following)
        if isinstance(first, Part):
            semicolon = "a semicolon may be missing at the end of the statement before"
            return [first, fault._replace(suggestion=semicolon)], following
        suggestion = hint(self.text, self._before(piece, following), following)
        return [fault._replace(suggestion=suggestion)], following
