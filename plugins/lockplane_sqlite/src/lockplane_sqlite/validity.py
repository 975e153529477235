"""Validity: SQLite's own word on a statement, and the place that it means."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec

from lockplane_sqlite.address import MEMORY
from lockplane_sqlite.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_sqlite.splitting import Piece

SYNTAX_ERROR = "syntax_error"
DATABASE_ERROR = "database_error"

_SHOWN = 20
_SYNTAX = ("near ", "incomplete input", "unrecognized token")
# What other statements may yet provide, what the checks of schema files report under names of
# their own, and what a schema file must not hold anyway.
_LEFT_TO_OTHERS = (
    "no such table",
    "no such column",
    "no such index",
    "no such view",
    "no such trigger",
    "unknown column",
    "duplicate column name",
    "not authorized",
    "cannot start a transaction",
    "unknown database",
)


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a statement, and where in it."""

    id: str
    message: str
    at: int


class Validator:
    """An empty database in memory that compiles statements, and holds the tables among them.

    EXPLAIN compiles a statement and runs none of it. Tables and views are made, since triggers
    and indexes are compiled against them.
    """

    def __init__(self) -> None:
        self._connection = sqlite3.connect(MEMORY, isolation_level=None)

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()

    def problem(self, piece: Piece) -> Problem | None:
        """What SQLite says against a statement; None for nothing."""
        message = self._objection(piece.text)
        if message is not None and message.startswith("no such table: "):
            with self._stub(piece, message):
                return self._judged(piece, self._objection(piece.text))
        return self._judged(piece, message)

    def _judged(self, piece: Piece, message: str | None) -> Problem | None:
        if message is None:
            self._keep(piece)
            return None
        if message.startswith(_SYNTAX):
            return Problem(SYNTAX_ERROR, _worded(piece, message), self._place(piece, message))
        is_declaration = piece.tokens and piece.tokens[0].upper == "CREATE"
        if message.startswith(_LEFT_TO_OTHERS) or not is_declaration:
            return None
        return Problem(DATABASE_ERROR, message, self._place(piece, message))

    @contextmanager
    def _stub(self, piece: Piece, message: str) -> Iterator[None]:
        """A table of the missing name: SQLite reads no further than to a table that it lacks."""
        name = message.removeprefix("no such table: ").removeprefix("main.")
        is_of_view = "INSTEAD" in [token.upper for token in piece.tokens]
        body = f"VIEW {quote(name)} AS SELECT 1" if is_of_view else f"TABLE {quote(name)} (stub)"
        self._connection.execute("SAVEPOINT stub")
        try:
            with suppress(sqlite3.Error):
                self._connection.execute(f"CREATE {body}")
            yield
        finally:
            self._connection.execute("ROLLBACK TO stub")
            self._connection.execute("RELEASE stub")

    def _objection(self, sql: str) -> str | None:
        try:
            self._connection.execute(f"EXPLAIN {sql}")
        except sqlite3.Error as error:
            return str(error)
        return None

    def _keep(self, piece: Piece) -> None:
        words = [token.upper for token in piece.tokens[:2]]
        if words in (["CREATE", "TABLE"], ["CREATE", "VIEW"]):
            try:
                self._connection.execute(piece.text)
            except sqlite3.Error:
                return  # what compiles and yet fails, the scratch will report

    def _place(self, piece: Piece, message: str) -> int:
        """The first token with which SQLite says the same of the text up to it.

        It reads from left to right, and objects at the first token that can not follow.
        """
        if piece.open_quote is not None and message.startswith("unrecognized token"):
            return piece.open_quote
        if message == "incomplete input" or not piece.tokens:
            return piece.tokens[-1].start if piece.tokens else 0
        low, high = 1, len(piece.tokens)
        while low < high:
            middle = (low + high) // 2
            if self._objection(piece.text[: piece.tokens[middle - 1].end]) == message:
                high = middle
            else:
                low = middle + 1
        if low < len(piece.tokens) or message.startswith("near "):
            return piece.tokens[low - 1].start
        return _named(piece, message)


def _named(piece: Piece, message: str) -> int:
    """Where a column that a message names first stands; for one about the whole, its beginning."""
    for token in piece.tokens:
        if token.names and (f"[{token.value}]" in message or f".{token.value}:" in message):
            return token.start
    return 0


def _worded(piece: Piece, message: str) -> str:
    """SQLite's message in the words that other products use too."""
    if piece.open_quote is not None and message.startswith("unrecognized token"):
        rest = piece.text[piece.open_quote :].splitlines()[0]
        return f"this quote is never closed: {rest[:_SHOWN]}"
    if message.startswith("near "):
        token = message.removeprefix("near ").removesuffix(": syntax error")
        return f"syntax error at or near {token}"
    if message == "incomplete input":
        return "syntax error at end of statement"
    return message
