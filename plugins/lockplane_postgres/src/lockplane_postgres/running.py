"""Running a plan on a target: the lock against a second run, segments, and what is refused."""

from __future__ import annotations

import hashlib
import random
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from lockplane_core.errors import Busy, LockplaneError, Refused
from lockplane_postgres.quote import spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.plan import Segment
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.session import Row
    from lockplane_postgres.session import PgSession

KEY = int.from_bytes(hashlib.sha256(b"lockplane\0v1\0apply\0db").digest()[:8], "big", signed=True)
"""One lock for each database: dependencies and roles reach across schemas."""

_SHORTEST, _LONGEST = 0.05, 2.0
_IDLE = "60s"

_SESSION = """l.pid, a.usename, a.application_name, a.client_addr::text, a.state,
       extract(epoch FROM clock_timestamp() - a.state_change)::int"""
_HOLDERS = f"""
SELECT {_SESSION}
FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32) | l.objid::bigint = %s
"""
_ON_RELATION = f"""
SELECT DISTINCT {_SESSION}
FROM pg_locks l
JOIN pg_class c ON c.oid = l.relation
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_activity a USING (pid)
WHERE l.granted AND l.pid <> pg_backend_pid() AND n.nspname = %s AND c.relname = %s
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY 1
"""
_STATE = """
SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', pg_backend_pid()
"""


@contextmanager
def exclusive(session: PgSession, wait: float) -> Iterator[None]:
    """Hold the advisory lock on this very session; it ends with the session at the latest."""
    _acquire(session, wait)
    try:
        yield
    finally:
        with suppress(LockplaneError):
            session.query("SELECT pg_advisory_unlock(%s)", (KEY,))


def _acquire(session: PgSession, wait: float) -> None:
    """Poll: waiting inside the server would hold a snapshot that VACUUM and others wait for."""
    deadline, pause = time.monotonic() + wait, 3 * _SHORTEST
    while session.query("SELECT pg_try_advisory_lock(%s)", (KEY,)) != [(True,)]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise _busy(session)
        time.sleep(min(left, random.uniform(_SHORTEST, pause)))  # noqa: S311 - no secret
        pause = min(_LONGEST, pause * 1.5)


def _busy(session: PgSession) -> Busy:
    rows = session.query(_HOLDERS, (KEY,))
    if not rows:
        return Busy(
            "another run of lockplane just held the lock", hint="Try the same command again."
        )
    return Busy(
        f"another run holds the lock of this database: {_holder(rows[0])}",
        hint="Wait until it is done. If it is dead, end it: "
        f"SELECT pg_terminate_backend({rows[0][0]});",
    )


def _holder(row: Row) -> str:
    """A session as `_SESSION` reads it, in words."""
    pid, user, program, host, state, seconds = row
    where = f"from {host}" if host else "on the server itself"
    return (
        f"process {pid}, {user or 'unknown user'} {where}, {program or 'unnamed program'}, "
        f"{state or 'state not visible'} for {seconds or 0} s"
    )


def holders(session: PgSession, refs: Iterable[Ref]) -> list[str]:
    """Who holds locks on relations, as far as this role may see it."""
    relations = dict.fromkeys(ref.path[:2] for ref in refs)
    return [
        f"{spoken(relation)} is locked by {_holder(row)}"
        for relation in relations
        for row in session.query(_ON_RELATION, relation)
    ]


@contextmanager
def segment(session: PgSession, part: Segment) -> Iterator[None]:
    """A transaction in which `public` is the search path; for `outside`, just the latter."""
    if part.transaction == "outside":
        session.configure({"search_path": "public"})
        with patient(session):
            yield
        return
    with session.transaction():
        local = {"search_path": "public", "idle_in_transaction_session_timeout": _IDLE}
        session.configure(local, local=True)
        yield


@contextmanager
def patient(session: PgSession) -> Iterator[None]:
    """No limit for waiting: CREATE INDEX CONCURRENTLY waits for each transaction under way.

    Nobody who reads or writes waits behind it meanwhile (manual, sql-createindex), and giving
    up would leave an invalid index behind.
    """
    ((limit,),) = session.query("SELECT current_setting('lock_timeout')")
    session.configure({"lock_timeout": "0"})
    try:
        yield
    finally:
        with suppress(LockplaneError):
            session.configure({"lock_timeout": limit})


def preflight(session: PgSession) -> None:
    """Refuse a standby, a read-only session, and a pooler that changes the connection."""
    ((standby, read_only, pid),) = session.query(_STATE)
    if standby:
        raise Refused(
            f"{session.address} is a standby, which can not be changed",
            hint="Name the primary; with several hosts, add target_session_attrs=read-write.",
        )
    if read_only:
        raise Refused(
            f"{session.address} is read-only (default_transaction_read_only is on)",
            hint="Use another role or database, or add "
            "?options=-c%20default_transaction_read_only%3Doff to the address.",
        )
    if session.connection.info.backend_pid != pid:
        raise Refused(
            f"{session.address} goes through a pooler in transaction mode, which hands each "
            "transaction to another connection: the run could not keep its lock",
            hint="Name the server's own port (often 5432 in place of 6543 or 6432; at some "
            "providers the host without `-pooler`).",
        )
