"""Connecting: opening a database without making or changing anything that was not asked for."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from lockplane_core.errors import ConnectionFailed
from lockplane_sqlite.address import MEMORY, Address, address
from lockplane_sqlite.features import MINIMUM
from lockplane_sqlite.session import SqliteSession, failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lockplane_core.spi.dialect import Purpose

BUSY_SECONDS = 5.0

# A crash left something to recover, which takes the right to write.
_TO_RECOVER = frozenset(
    {
        "SQLITE_READONLY_ROLLBACK",
        "SQLITE_READONLY_RECOVERY",
        "SQLITE_READONLY_CANTINIT",
        "SQLITE_CANTOPEN",
    }
)


def connect(url: str, purpose: Purpose) -> SqliteSession:
    """A session on a database. Raises `ConnectionFailed`, or `Busy` after a bounded wait."""
    if sqlite3.sqlite_version_info < MINIMUM:
        wanted = ".".join(str(part) for part in MINIMUM)
        raise ConnectionFailed(
            f"this Python has SQLite {sqlite3.sqlite_version}, and {wanted} is needed",
            hint="Use a newer Python, or a newer libsqlite3.",
        )
    found = address(url)
    if found.path is None:
        return memory(found.uri("memory") if found.options else MEMORY)
    if found.path.is_dir():
        raise ConnectionFailed(f"{found.path} is a folder, not an SQLite database")
    opened = _reading if purpose == "read" else _writing
    return opened(found, found.path)


def memory(uri: str = MEMORY) -> SqliteSession:
    """A session on a database in memory."""
    return SqliteSession(_open(uri, uri), uri)


def _reading(found: Address, path: Path) -> SqliteSession:
    """A session that writes nothing; a file that is not there is an empty database."""
    if not path.exists():
        session = memory()
        session.execute("PRAGMA query_only = ON")
        return session
    where = str(path)
    try:
        return SqliteSession(_probed(found.uri("ro"), where), where)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") not in _TO_RECOVER:
            raise failure(error, where) from error
    try:
        session = SqliteSession(_probed(found.uri("rw"), where), where)
    except sqlite3.Error as error:
        raise failure(error, where) from error
    session.execute("PRAGMA query_only = ON")
    return session


def _writing(found: Address, path: Path) -> SqliteSession:
    """A session that may write, and makes the file if need be."""
    where = str(path)
    is_new = not path.exists()
    if not is_new and not os.access(path, os.W_OK):
        raise ConnectionFailed(f"{where} is read-only", hint="Allow writing to it, and try again.")
    if is_new and not path.absolute().parent.is_dir():
        raise ConnectionFailed(
            f"{where} can not be made: there is no folder {path.parent}", hint="Make it first."
        )
    try:
        connection = _probed(found.uri("rwc"), where)
    except sqlite3.Error as error:
        raise failure(error, where) from error
    return SqliteSession(connection, where, on_close=_removal(path) if is_new else lambda: None)


def _removal(path: Path) -> Callable[[], None]:
    """Remove the file that opening made, if nothing was written to it."""

    def remove() -> None:
        with suppress(OSError):
            if path.stat().st_size == 0:
                path.unlink()

    return remove


def _probed(uri: str, where: str) -> sqlite3.Connection:
    """An open connection whose file is a database: SQLite looks at it no earlier than it must."""
    connection = _open(uri, where)
    try:
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _open(uri: str, where: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(
            uri,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            uri=uri.startswith("file:"),
        )
    except sqlite3.Error as error:
        raise failure(error, where) from error
