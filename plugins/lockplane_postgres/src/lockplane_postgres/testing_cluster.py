"""A PostgreSQL of a test's own, for what no server has that others use: passwords, standby."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lockplane_postgres.server.account import hand_over, server_account
from lockplane_postgres.server.process import Postmaster
from lockplane_postgres.server.relocate import within_reach
from lockplane_postgres.server.run_folder import PORT, make_folder
from lockplane_postgres.server.search import cache_folder, choose
from lockplane_postgres.server.template import SUPERUSER, fill
from lockplane_postgres.testing import as_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lockplane_postgres.server.account import Account
    from lockplane_postgres.server.binaries import Binaries
    from lockplane_postgres.server.run_folder import RunFolder

_SECONDS = 60.0
_STATUS_LINE = 7
_OPTIONS = {
    "fsync": "off",
    "listen_addresses": "",
    "port": str(PORT),
    "restart_after_crash": "off",
    "shared_buffers": "16MB",
    "wal_level": "replica",
}


class Cluster:
    """A data folder, and a server on it that can be stopped, and started again."""

    def __init__(self, binaries: Binaries, account: Account, folder: RunFolder) -> None:
        self._binaries, self._account, self._folder = binaries, account, folder
        self._postmaster: Postmaster | None = None

    def url(self, name: str = "postgres", user: str = SUPERUSER, password: str = "") -> str:
        """The address of a database."""
        parts = f"host={self._folder.sockets} port={PORT} user={user} dbname={name}"
        return as_url(f"{parts} password={password}" if password else parts)

    def write(self, name: str, text: str) -> None:
        """A file in the data folder, for the next start (`pg_hba.conf`, `standby.signal`)."""
        path: Path = self._folder.data / name
        path.write_text(text)
        hand_over(path, self._account)

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        options = {**_OPTIONS, "unix_socket_directories": str(self._folder.sockets)}
        program = str(self._binaries.bindir / "postgres")
        words = [f"--{name}={value}" for name, value in options.items()]
        command = (program, "-D", str(self._folder.data), *words)
        self._postmaster = Postmaster(command, self._account, self._folder.log)
        end = time.monotonic() + _SECONDS
        while not self._is_ready():
            is_late = time.monotonic() > end
            if is_late or not self._postmaster.alive:
                raise RuntimeError(self._folder.log.read_text(errors="replace"))
            time.sleep(0.01)

    def stop(self) -> None:
        """Shut the server down in order."""
        if self._postmaster is None:
            return
        if self._postmaster.alive:
            os.kill(self._postmaster.pid, signal.SIGINT)
        end = time.monotonic() + _SECONDS
        while self._postmaster.alive and time.monotonic() < end:
            time.sleep(0.01)
        self._postmaster.quit()
        self._postmaster = None

    def _is_ready(self) -> bool:
        try:
            lines = (self._folder.data / "postmaster.pid").read_text(errors="replace").splitlines()
        except OSError:
            return False
        return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A fresh cluster, not started yet; its server and files are gone at the end."""
    account = server_account()
    binaries = within_reach(choose(None), account)
    folder = make_folder(account)
    own = Cluster(binaries, account, folder)
    try:
        fill(folder.data, binaries, account, cache_folder())
        yield own
    finally:
        own.stop()
        folder.remove()
