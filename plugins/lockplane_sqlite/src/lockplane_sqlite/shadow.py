"""Shadow: scratches in memory, or in a file of their own beside the one that a user named."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from lockplane_core.errors import ScratchError
from lockplane_core.spi.shadow import ScratchRequest, Shadow
from lockplane_sqlite.address import MEMORY, address, claims
from lockplane_sqlite.session import SqliteSession

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lockplane_core.spi.session import Session

MARKER = "lockplane-scratch"
APPLICATION_ID = 0x4C506C73
"""Stands in the head of each scratch that is a file (PRAGMA application_id)."""
_SIDECARS = ("", "-journal", "-wal", "-shm")
_DENIED_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer"})


class SqliteShadow(Shadow):
    """The SQLite of this Python; `folder` is where scratches get files, None means in memory."""

    def __init__(self, folder: Path | None) -> None:
        self.version = sqlite3.sqlite_version
        place = f"in a new file in {folder}" if folder else "in memory"
        self.judge = f"SQLite {self.version}, {place}"
        self._folder = folder

    @contextmanager
    def scratch(self) -> Iterator[Session]:
        """A session on a database that nobody else has, gone at the end."""
        path = self._folder / f"{MARKER}-{secrets.token_hex(8)}.db" if self._folder else None
        try:
            connection = sqlite3.connect(path or MEMORY, isolation_level=None)
        except sqlite3.Error as error:
            raise ScratchError(f"no scratch can be made {self.judge}: {error}") from error
        session = SqliteSession(connection, "the scratch")
        try:
            session.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.set_authorizer(_authorize)
            yield session
        finally:
            session.close()
            if path is not None:
                remove(path)


def shadow(request: ScratchRequest) -> SqliteShadow:
    """The shadow of a request. A file that it names is never opened: scratches are beside it."""
    url = request.shadow_url
    if not url:
        return SqliteShadow(None)
    if not claims(url):
        scheme, separator, _ = url.partition("://")  # what follows may hold a password
        named = f"{scheme}://…" if separator else url
        raise ScratchError(
            f"the shadow {named} is no SQLite database",
            hint="Leave --shadow-db (SHADOW_DATABASE_URL) out: scratches are made in memory.",
        )
    path = address(url).path
    if path is None:
        return SqliteShadow(None)
    folder = path.absolute().parent
    if not folder.is_dir():
        raise ScratchError(f"the shadow {path} has no folder {folder}", hint="Make it first.")
    return SqliteShadow(folder)


def _authorize(
    action: int, first: str | None, second: str | None, _: str | None, __: str | None
) -> int:
    """Deny what reaches beyond the scratch.

    VACUUM attaches the file that it writes: one without a name (then it may), or that of INTO.
    """
    if action == sqlite3.SQLITE_ATTACH and first not in ("", MEMORY):
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _DENIED_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def remove(path: Path) -> None:
    """Remove a scratch with all that SQLite puts beside it."""
    for sidecar in _SIDECARS:
        with suppress(OSError):
            path.with_name(path.name + sidecar).unlink(missing_ok=True)
