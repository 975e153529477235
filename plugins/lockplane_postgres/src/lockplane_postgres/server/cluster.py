"""A running throw-away server."""

from __future__ import annotations

import atexit
import os
import threading
import time
from typing import TYPE_CHECKING, Self

from lockplane_core.errors import ScratchError
from lockplane_postgres.server.account import server_account
from lockplane_postgres.server.conninfo import written
from lockplane_postgres.server.failures import explained, from_os, tail
from lockplane_postgres.server.process import Postmaster
from lockplane_postgres.server.relocate import within_reach
from lockplane_postgres.server.run_folder import PORT, make_folder
from lockplane_postgres.server.search import cache_folder
from lockplane_postgres.server.template import SUPERUSER, fill

if TYPE_CHECKING:
    from lockplane_postgres.server.account import Account
    from lockplane_postgres.server.binaries import Binaries
    from lockplane_postgres.server.run_folder import RunFolder

START_SECONDS = 60.0
_POLL_SECONDS = 0.002
_STATUS_LINE = 7  # of postmaster.pid, since PostgreSQL 10
_SETTINGS = {
    "autovacuum": "off",
    "cluster_name": "lockplane",
    "dynamic_shared_memory_type": "mmap",  # lies in the data folder: nothing stays in /dev/shm
    "fsync": "off",
    "full_page_writes": "off",
    "huge_pages": "off",
    "jit": "off",
    "listen_addresses": "",
    "log_checkpoints": "off",
    "log_min_messages": "log",  # without the errors of statements, which may show data
    "max_connections": "20",
    "max_locks_per_transaction": "1024",  # a transaction that makes a table holds 19
    "max_wal_senders": "0",
    "max_worker_processes": "0",
    "restart_after_crash": "off",  # a crash shall be seen
    "shared_buffers": "32MB",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "wal_level": "minimal",
}
_SETTINGS_SINCE = {18: {"io_method": "sync"}}  # spares three worker processes


class Server:
    """A PostgreSQL server that Lockplane started, and that ends with this process.

    Use it as a context manager or call `stop`; at exit it is stopped in any case.
    """

    def __init__(self, binaries: Binaries, folder: RunFolder, postmaster: Postmaster) -> None:
        self.binaries = binaries
        self._folder = folder
        self._postmaster = postmaster
        self._owner = os.getpid()
        self._lock = threading.Lock()
        atexit.register(self.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def place(self) -> str:
        """Where the programs come from, for people."""
        return self.binaries.origin

    @property
    def major(self) -> int:
        return self.binaries.major

    @property
    def version(self) -> str:
        return self.binaries.version

    @property
    def alive(self) -> bool:
        """Whether it runs, and was started by this very process and not before a fork."""
        return self._owner == os.getpid() and self._postmaster.alive

    def dsn(self, dbname: str = "postgres") -> str:
        """The conninfo of a database on it.

        It leaves nothing to PGHOSTADDR, PGOPTIONS and their like: whatever the environment
        says, this is our server.
        """
        values = {
            "host": str(self._folder.sockets),
            "hostaddr": "",
            "port": str(PORT),
            "user": SUPERUSER,
            "dbname": dbname,
            "options": "",
            "client_encoding": "UTF8",
            "sslmode": "disable",
            "channel_binding": "disable",
            "gssencmode": "disable",
        }
        return written(values)

    def failure(self) -> ScratchError | None:
        """Why the server died by itself; None if it did not."""
        if self.alive or self._owner != os.getpid() or not self._folder.path.exists():
            return None
        return _died(self.binaries, self._folder)

    def stop(self) -> None:
        """End the server and remove its folder; once is enough, and more is harmless."""
        if self._owner != os.getpid():  # a child after a fork: the server is our parent's
            return
        with self._lock:
            self._postmaster.quit()
            self._folder.remove()
        atexit.unregister(self.stop)


def start(binaries: Binaries, *, timeout: float = START_SECONDS) -> Server:
    """Start a server of its own on an empty cluster; raises `ScratchError`."""
    account = server_account()
    runnable = within_reach(binaries, account)
    folder = make_folder(account)
    try:
        fill(folder.data, runnable, account, cache_folder())
        postmaster = _launch(runnable, account, folder)
        try:
            _wait_until_ready(binaries, postmaster, folder, timeout)
        except BaseException:
            postmaster.quit()
            raise
    except BaseException:  # Ctrl-C too leaves nothing behind
        folder.remove()
        raise
    return Server(binaries, folder, postmaster)


def _launch(binaries: Binaries, account: Account, folder: RunFolder) -> Postmaster:
    settings = dict(_SETTINGS)
    for since, newer in _SETTINGS_SINCE.items():
        settings |= newer if binaries.major >= since else {}
    settings |= {"port": str(PORT), "unix_socket_directories": str(folder.sockets)}
    options = [f"--{name}={value}" for name, value in settings.items()]
    command = (str(binaries.bindir / "postgres"), "-D", str(folder.data), *options)
    try:
        return Postmaster(command, account, folder.log)
    except OSError as error:
        raise from_os(f"starting {command[0]}", error, folder.path.parent) from error


def _wait_until_ready(
    binaries: Binaries, postmaster: Postmaster, folder: RunFolder, timeout: float
) -> None:
    deadline = time.monotonic() + timeout
    while not _is_ready(folder):
        if not postmaster.alive:
            raise _died(binaries, folder)
        if time.monotonic() > deadline:
            raise ScratchError(
                f"PostgreSQL {binaries.version} from {binaries.bindir} was not ready within "
                f"{timeout:g} seconds: {tail(_log(folder))}",
                hint="try again when the machine is less busy, or name a server with --shadow-db",
            )
        time.sleep(_POLL_SECONDS)


def _is_ready(folder: RunFolder) -> bool:
    """What `pg_ctl --wait` reads: the server writes there that it takes connections."""
    try:
        lines = (folder.data / "postmaster.pid").read_text(errors="replace").splitlines()
    except OSError:
        return False
    return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"


def _died(binaries: Binaries, folder: RunFolder) -> ScratchError:
    what = f"the throw-away PostgreSQL {binaries.version} from {binaries.bindir}"
    return explained(what, _log(folder), folder.path.parent)


def _log(folder: RunFolder) -> str:
    try:
        return folder.log.read_text(errors="replace")
    except OSError:
        return ""
