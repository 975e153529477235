"""PgSession: one psycopg connection, pinned to one way of speaking."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus

from lockplane_core.errors import Busy, ConnectionFailed, LockplaneError, StatementFailed
from lockplane_postgres.majors import SUPPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg.errors import Diagnostic

    from lockplane_core.spi.session import Row

_CHUNK = 50
"""Statements in one round trip; fifty were the fastest on PostgreSQL 15 and 18."""

_PINNED = {
    "bytea_output": "hex",
    "check_function_bodies": "off",
    "client_min_messages": "warning",
    "DateStyle": "ISO, YMD",
    "default_table_access_method": "heap",
    "default_tablespace": "",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "extra_float_digits": "1",
    "IntervalStyle": "postgres",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "row_security": "off",  # all rows or an error, never the visible ones alone
    "search_path": "public",
    "standard_conforming_strings": "on",
    "statement_timeout": "0",
    "synchronous_commit": "on",
    "TimeZone": "UTC",
    "xmloption": "content",
}
"""What a role or database may have set otherwise, and what catalog texts and DDL depend on."""

_READING = {"search_path": "", "jit": "off", "max_parallel_workers_per_gather": "0"}
"""For the catalogs alone, whose queries are guessed to be much longer than they are: compiling
them, or starting workers that fill their own caches, costs more than it saves."""

_OLDEST = 13
_ONE_NUMBER_SINCE = 10
_LOCK_TIMEOUT = "2s"
_CHECK_INTERVAL_SINCE = 140000
_BUSY = frozenset({
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "55006",  # object_in_use
    "55P03",  # lock_not_available
})  # fmt: skip


_UNHEEDED = {
    "01006": "It may not take away what others gave",  # privilege_not_revoked
    "01007": "It may not hand on what it may do itself",  # privilege_not_granted
}
"""What the server only warns of, and did not do, by SQLSTATE."""


class PgSession:
    """See `lockplane_core.spi.session.Session`."""

    dialect = "postgres"

    def __init__(self, connection: psycopg.Connection[Row], address: str) -> None:
        """Take over a connection in autocommit; `address` names it for people."""
        self.connection = connection
        self.address = address
        self.version = _version(connection)
        self._unheeded: list[tuple[str, str]] = []
        connection.add_notice_handler(self._noticed)
        self._pin(connection.info.server_version)

    def query(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        with self._explained():
            # Without parameters the text is sent as it is: a % in it means itself.
            self._unheeded.clear()
            cursor = self.connection.execute(sql, params or None)
            self._refuse_unheeded()
            return cursor.fetchall() if cursor.description else []

    def execute(self, sql: str) -> None:
        self.query(sql)

    def script(self, statements: Sequence[str]) -> None:
        for start in range(0, len(statements), _CHUNK):
            # A newline first: a statement may end in a comment that runs to the line's end.
            self.query("\n;\n".join(statements[start : start + _CHUNK]))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._explained(), self.connection.transaction():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read with nothing on the search path, so that every name is spelled in full.

        Inside a transaction it is a savepoint: what the transaction did must be seen, and no
        other snapshot can be had.
        """
        idle = self.connection.info.transaction_status == TransactionStatus.IDLE
        with self._explained(), self.connection.transaction(force_rollback=True):
            if idle:
                self.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # All of them again: behind a pooler this may be another backend than before.
            self.configure(_PINNED | _READING, local=True)
            yield

    def close(self) -> None:
        with suppress(Exception):
            self.connection.close()

    def configure(self, settings: Mapping[str, str], *, local: bool = False) -> None:
        """Change settings, for the transaction alone if `local`."""
        self.query(
            "SELECT set_config(name, value, %s) FROM unnest(%s::text[], %s::text[]) s(name, value)",
            (local, list(settings), list(settings.values())),
        )

    def _pin(self, number: int) -> None:
        settings = dict(_PINNED)
        if number >= _CHECK_INTERVAL_SINCE and self._watches_sockets():
            settings["client_connection_check_interval"] = "2s"
        self.configure(settings)
        # An own lock_timeout in the address, role or database is left as it is.
        self.query(
            "SELECT set_config('lock_timeout', %s, false) "
            "WHERE current_setting('lock_timeout') = '0'",
            (_LOCK_TIMEOUT,),
        )

    def _watches_sockets(self) -> bool:
        """Whether the server can notice a client that is gone: not on every system."""
        rows = self.query("SELECT version()")
        return not any(system in rows[0][0] for system in ("mingw", "Visual C++", "solaris"))

    def _noticed(self, notice: Diagnostic) -> None:
        """Its words are copied: they are gone with the result that it came with."""
        state = notice.sqlstate or ""
        if state in _UNHEEDED:
            self._unheeded.append((state, notice.message_primary or ""))

    def _refuse_unheeded(self) -> None:
        """Raise `StatementFailed` for what the server passed over with nothing but a warning."""
        for state, message in self._unheeded:
            raise StatementFailed(
                message,
                state=state,
                hint=f"{_UNHEEDED[state]}: run the plan as the owner, or as a role that has the "
                "privilege WITH GRANT OPTION.",
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise self._error(error) from error

    def _error(self, error: psycopg.Error) -> LockplaneError:
        state = error.sqlstate or ""
        if self.connection.closed or state.startswith(("08", "57P")):
            return ConnectionFailed(
                f"the connection to {self.address} is gone: {_message(error)}",
                hint="Run the same command again when the server is back.",
            )
        if state in _BUSY:
            return Busy(f"{self.address}: {_message(error)}", hint=_BUSY_HINT)
        # Of a text that is inside of the statement, or that a function of ours reads.
        position = error.diag.statement_position or error.diag.internal_position
        return StatementFailed(
            _message(error),
            state=state,
            position=int(position) - 1 if position else None,
            inside="" if error.diag.statement_position else error.diag.internal_query or "",
            hint=error.diag.message_hint or _WAYS_OUT.get(state, ""),
        )


_WAYS_OUT = {
    # insufficient_privilege
    "42501": "`lockplane doctor` says what this role may not do, and the GRANT that helps.",
    # active_sql_transaction: CREATE INDEX CONCURRENTLY, VACUUM, ALTER SYSTEM and their like
    "25001": 'In a plan written by hand, give its step "transaction": "outside".',
}
"""What helps where PostgreSQL itself gives no hint, by SQLSTATE."""

_BUSY_HINT = (
    "Another session holds a lock that is needed; try again when it is done, or allow more time "
    "with `lock_timeout` in the address (?options=-c%20lock_timeout%3D10s)."
)


def _message(error: psycopg.Error) -> str:
    primary = error.diag.message_primary
    if primary is None:
        return " ".join(str(error).split())
    detail = error.diag.message_detail
    return f"{primary} ({detail})" if detail else primary


def _version(connection: psycopg.Connection[Row]) -> str:
    """Before 10 the major had two numbers: 90624 is 9.6.24."""
    major, minor = divmod(connection.info.server_version, 10000)
    return f"{major}.{minor}" if major >= _ONE_NUMBER_SINCE else f"{major}.{minor // 100}"


def _refuse_old(connection: psycopg.Connection[Row], address: str) -> None:
    if connection.info.server_version < _OLDEST * 10000:
        raise ConnectionFailed(
            f"{address} is PostgreSQL {_version(connection)}, which is too old",
            hint=f"Lockplane works with PostgreSQL {_OLDEST} and newer; "
            f"{SUPPORTED[0]} to {SUPPORTED[-1]} are supported.",
        )


def open_session(conninfo: str, address: str, **options: Any) -> PgSession:
    """Connect; raises `psycopg.OperationalError` as the driver words it.

    Raises `ConnectionFailed` for a server that is too old, before it is asked anything.
    """
    connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=None, **options)
    try:
        _refuse_old(connection, address)
        return PgSession(connection, address)
    except BaseException:
        connection.close()
        raise
