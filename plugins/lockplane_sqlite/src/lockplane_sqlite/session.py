"""Session: one connection of the standard library's sqlite3, in autocommit."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, nullcontext, suppress
from itertools import count
from typing import TYPE_CHECKING

from lockplane_core.errors import Busy, ConnectionFailed, LockplaneError, StatementFailed
from lockplane_sqlite.quote import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from lockplane_core.spi.session import Row

_BUSY = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED"})
_GONE = words(
    "SQLITE_CANTOPEN SQLITE_NOTADB SQLITE_READONLY SQLITE_IOERR SQLITE_PERM SQLITE_CORRUPT "
    "SQLITE_FULL SQLITE_AUTH_USER SQLITE_NOLFS SQLITE_PROTOCOL"
)


class SqliteSession:
    """`where` is what messages call the database; `on_close` runs once, after it is closed."""

    dialect = "sqlite"

    def __init__(
        self,
        connection: sqlite3.Connection,
        where: str,
        *,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self.version = sqlite3.sqlite_version
        self.where = where
        self._connection = connection
        self._on_close = on_close
        self._savepoints = count(1)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def query(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """Run one statement and return all its rows."""
        try:
            return self._connection.execute(sql, tuple(params)).fetchall()
        except sqlite3.Error as error:
            raise failure(error, self.where) from error

    def execute(self, sql: str) -> None:
        """Run one statement, exactly as it is written."""
        self.query(sql)

    def script(self, statements: Sequence[str]) -> None:
        """Run several statements; sqlite3's own executescript would commit first."""
        for statement in statements:
            self.query(statement)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """BEGIN IMMEDIATE, or a savepoint inside.

        A deferred one could fail halfway, and at once, when it wants to write.
        """
        if self.in_transaction:
            name = f"lockplane_{next(self._savepoints)}"
            begin, commit = f"SAVEPOINT {name}", (f"RELEASE {name}",)
            rollback: tuple[str, ...] = (f"ROLLBACK TO {name}", f"RELEASE {name}")
        else:
            begin, commit, rollback = "BEGIN IMMEDIATE", ("COMMIT",), ("ROLLBACK",)
        self.execute(begin)
        try:
            yield
            self.script(commit)
        except BaseException:
            self._undo(rollback)
            raise

    def _undo(self, statements: Sequence[str]) -> None:
        """Take a transaction back; after some errors SQLite has done so already."""
        with suppress(LockplaneError):
            if self.in_transaction:
                self.script(statements)

    def snapshot(self) -> AbstractContextManager[None]:
        """A deferred transaction, which sees one moment from its first query on."""
        return nullcontext() if self.in_transaction else self._reading()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        self.execute("BEGIN")
        try:
            yield
        finally:
            self._undo(("ROLLBACK",))

    def close(self) -> None:
        """End the connection; an open transaction is rolled back."""
        with suppress(sqlite3.Error):
            self._connection.close()
        done, self._on_close = self._on_close, lambda: None
        done()


def failure(error: sqlite3.Error, where: str) -> LockplaneError:
    """Our error for one of sqlite3's; `state` is the name of SQLite's extended result code."""
    state = getattr(error, "sqlite_errorname", None) or ""
    primary = "_".join(state.split("_")[:2])
    if primary in _BUSY:
        return Busy(
            f"{where} is locked by another connection",
            hint="Another program writes to it, or has a transaction open. Try again when it "
            "is done.",
        )
    if primary in _GONE:
        return unusable(error, where, primary)
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return ConnectionFailed(f"the connection to {where} is closed")
    return StatementFailed(str(error), state=state)


_REASONS = {
    "SQLITE_NOTADB": ("is not an SQLite database", "Name another file, or remove this one."),
    "SQLITE_READONLY": ("is read-only", "Allow writing to the file and to its folder."),
    "SQLITE_CORRUPT": ("is damaged", "See https://sqlite.org/recovery.html."),
    "SQLITE_IOERR": (
        "could not be read or written: the system reports an error of input or output",
        "Look at the disk, and at what may be written there (quota, ulimit); then try again.",
    ),
    "SQLITE_FULL": ("can not grow: the disk is full", "Make room, and try again."),
}


def unusable(error: sqlite3.Error, where: str, primary: str) -> ConnectionFailed:
    """The error for a database that can not be used at all."""
    reason, hint = _REASONS.get(
        primary,
        (f"can not be opened: {error}", "Look whether the file and its folder may be read."),
    )
    return ConnectionFailed(f"{where} {reason}", hint=hint)
