"""Session: the only way to talk to a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

Row = tuple[Any, ...]


class Session(Protocol):
    """One connection, in autocommit unless inside `transaction()`.

    Every method raises `ConnectionFailed` when the connection is gone, `Busy` when a lock or
    the database file can not be had in time, and `StatementFailed` for any other refusal of
    the server.
    """

    dialect: str
    version: str

    def query(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """Run one statement and return all its rows."""
        ...

    def execute(self, sql: str) -> None:
        """Run one statement, exactly as it is written."""
        ...

    def script(self, statements: Sequence[str]) -> None:
        """Run several statements, in as few round trips as the product allows."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction, or a savepoint inside one: left with an exception, it is undone."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """One consistent read: what is queried inside is the same moment, and writes nothing."""
        ...

    def close(self) -> None:
        """End the connection; never raises."""
        ...
