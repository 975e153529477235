"""The server that databases are measured on: a PostgreSQL of its own, and the CPU that it uses."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

_CHUNK = 50


class Bed:
    """A server for this run, with databases by name. Use it as a context manager."""

    def __init__(self) -> None:
        from lockplane_postgres.server import Servers

        self._servers = Servers()
        self._server = self._servers.shared_server(None)
        ((told,),) = self._query("SELECT pg_read_file('postmaster.pid')")
        self._pid = int(str(told).split()[0])
        self._children = Path(f"/proc/{self._pid}/task/{self._pid}/children")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.close()

    def dsn(self, database: str) -> str:
        """The address of one of its databases."""
        return self._server.dsn(database)

    def program(self, name: str) -> str:
        """A program of the server's own version, else the one that is installed."""
        own = self._server.binaries.bindir / name
        return str(own) if own.exists() else shutil.which(name) or ""

    def create(self, database: str, template: str = "template1") -> None:
        """A database, empty or as a copy."""
        self._query(f"CREATE DATABASE {database} TEMPLATE {template}")

    def drop(self, database: str) -> None:
        """Remove a database, and end whoever is still at work in it."""
        self._query(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def execute(self, database: str, statements: Iterable[str]) -> None:
        """Run statements, in chunks that are a transaction each."""
        import psycopg

        sql = list(statements)
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            for start in range(0, len(sql), _CHUNK):
                connection.execute(";\n".join(sql[start : start + _CHUNK]))

    def settle(self, database: str) -> None:
        """Vacuum it, as autovacuum soon would: whoever reads first pays for neither, then."""
        self.execute(database, ["VACUUM (ANALYZE)"])

    def disconnect(self) -> None:
        """End all sessions, those of a program that was stopped among them."""
        self._query(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )

    @property
    def counts_cpu(self) -> bool:
        """Whether the system tells what the server uses."""
        return self._children.exists()

    def cpu(self) -> float:
        """Seconds of CPU that the server and all its processes, past and present, have used."""
        if not self.counts_cpu:
            return 0.0
        children = self._children.read_text().split()
        return _used(self._pid) + sum(_used(int(child)) for child in children)

    def _query(self, sql: str) -> list[tuple[object, ...]]:
        import psycopg

        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []


def _used(pid: int) -> float:
    """CPU of a process and of its ended children: fields 14 to 17 of proc(5)'s stat."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # it ended meanwhile, and its parent has its time
        return 0.0
    ticks = stat.rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
