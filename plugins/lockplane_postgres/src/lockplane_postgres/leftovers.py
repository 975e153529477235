"""Leftovers: scratches that runs which died have left on a server that somebody named."""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.errors import Busy, StatementFailed
from lockplane_postgres.quote import quote
from lockplane_postgres.server.pids import began

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_postgres.session import PgSession

PREFIX = "lockplane_scratch_"
MARK = "lockplane scratch of "
NAMED = "lockplane.named"
"""The setting that is `on` in a scratch on a server that a user named: its roles are not ours."""
STALE_SECONDS = 3600
_OWNER = re.compile(rf"{MARK}(?P<host>.+):(?P<pid>\d+) [0-9a-f]+")

# A run has a session on its scratch as long as it works with it.
_FOUND = """
SELECT d.datname, shobj_description(d.oid, 'pg_database')
FROM pg_database d
WHERE starts_with(d.datname, %s)
  AND starts_with(coalesce(shobj_description(d.oid, 'pg_database'), ''), %s)
  AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)
ORDER BY 1
"""


class Leftover(msgspec.Struct, frozen=True):
    """A scratch of a run that is dead, and the mark that it bears."""

    name: str
    mark: str


def leftovers(session: PgSession) -> Iterator[Leftover]:
    """The scratches on a server whose run is dead.

    It is, if its process ran on this machine and is gone, or if nobody has been on the scratch
    though it is an hour old.
    """
    for name, mark in session.query(_FOUND, (PREFIX, MARK)):
        created = name.removeprefix(PREFIX).partition("_")[0]
        is_old = created.isdecimal() and time.time() - int(created) > STALE_SECONDS
        if is_old or _is_orphan(mark):
            yield Leftover(name, mark)


def drop(session: PgSession, leftover: Leftover) -> bool:
    """Drop it, unless somebody is on it or it bears another mark by now."""
    if Leftover(leftover.name, _mark(session, leftover.name)) != leftover:
        return False
    try:
        session.execute(f"DROP DATABASE {quote(leftover.name)}")  # without FORCE
    except (Busy, StatementFailed):
        return False
    return True


def _mark(session: PgSession, name: str) -> str:
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    rows = session.query(query, (name,))
    return str(rows[0][0]) if rows else ""


def _is_orphan(mark: str) -> bool:
    owner = _OWNER.fullmatch(mark)
    return bool(owner and owner["host"] == socket.gethostname() and not began(int(owner["pid"])))
