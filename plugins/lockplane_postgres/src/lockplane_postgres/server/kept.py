"""Kept servers: PostgreSQL servers of our own that stay, addressed as `embedded:NAME`.

One lies in a folder of the user's data, listens on a socket in it and nowhere else, writes
safely to disk, and is started when somebody connects. It runs until it is stopped.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lockplane_core.errors import ConnectionFailed, LockplaneError
from lockplane_core.nearest import nearest
from lockplane_postgres.server.account import can_enter, hand_over, identity, server_account
from lockplane_postgres.server.failures import tail
from lockplane_postgres.server.pids import is_postmaster_of
from lockplane_postgres.server.process import environment
from lockplane_postgres.server.relocate import within_reach
from lockplane_postgres.server.run_folder import PORT, SOCKET_PATH_BYTES
from lockplane_postgres.server.search import find_cached, find_embedded, find_installed
from lockplane_postgres.server.template import SUPERUSER, initdb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_postgres.server.binaries import Binaries

SCHEME = "embedded:"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_ROOT_FOLDER = "/var/lib/lockplane/postgres"
_SECONDS = 60
_POLL_SECONDS = 0.01
_INITDB = (f"--username={SUPERUSER}", "--auth=trust", "--encoding=UTF8", "--locale=C")
_INITDB_SINCE = {
    14: ("--no-instructions",),
    17: ("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
}
_CHECKSUMS = "--data-checksums"  # the default since 18, and good for disks before


class Kept:
    """A kept server by name, whether it runs or not."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.data = path / "data"
        self.sockets = path / "s"
        self.log = path / "log"

    @property
    def address(self) -> str:
        """How Lockplane is told to use it."""
        return f"{SCHEME}{self.name}"

    @property
    def major(self) -> int:
        """The major that its data are of; 0 if they can not be read."""
        with suppress(OSError, ValueError):
            return int((self.data / "PG_VERSION").read_text())
        return 0

    @property
    def pid(self) -> int:
        """The process of the running server, or 0."""
        with suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            return pid if is_postmaster_of(pid, self.data) else 0
        return 0

    def url(self, database: str = "") -> str:
        """Its address for every other program."""
        from urllib.parse import quote, urlencode

        query = urlencode({"host": str(self.sockets), "port": PORT, "user": SUPERUSER})
        return f"postgresql:///{quote(database or self.name, safe='')}?{query}"

    def start(self) -> None:
        """Have it running; raises `ConnectionFailed`."""
        if self.pid:
            return
        try:
            with _alone(self.path):
                if not self.pid:
                    self._start()
        except (LockplaneError, OSError) as error:
            where = f"Its log is {self.log}, its data are in {self.data}."
            raise _failed(f"{self.address} can not be started", error, where) from error

    def stop(self) -> bool:
        """End it as soon as its sessions are rolled back; False if it does not run.

        Raises `ConnectionFailed` if it does not end.
        """
        pid = self.pid
        if not pid:
            return False
        os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown: it writes all to disk
        deadline = time.monotonic() + _SECONDS
        while is_postmaster_of(pid, self.data):
            if time.monotonic() > deadline:
                raise ConnectionFailed(
                    f"{self.address} (process {pid}) did not stop within {_SECONDS} seconds",
                    hint=f"It may be writing to disk: look into {self.log}.",
                )
            time.sleep(_POLL_SECONDS)
        return True

    def _start(self) -> None:
        account = server_account()
        binaries = within_reach(programs(self.major), account, self.path / "programs")
        # The server's account may not make files in the folder, which belongs to us.
        self.log.touch(mode=0o600)
        if account.switched:
            os.chown(self.log, account.uid, account.gid)
        done = subprocess.run(
            [
                *(binaries.bindir / "pg_ctl", "start", "-D", self.data, "-l", self.log),
                *("--silent", "--wait", f"--timeout={_SECONDS}"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C at the terminal is not for the server
            check=False,
            cwd="/",
            env=environment(),
            errors="replace",
            text=True,
            **identity(account),
        )
        if done.returncode != 0:
            said = self.log.read_text(errors="replace") or done.stderr
            raise ConnectionFailed(tail(said))


def every() -> list[Kept]:
    """The servers that are there, by name."""
    base = _base()
    found = sorted(base.iterdir()) if base.is_dir() else []
    return [Kept(path.name, path) for path in found if (path / "data" / "PG_VERSION").is_file()]


def named(name: str) -> Kept:
    """The server of that name. Raises `ConnectionFailed` with the nearest name."""
    names = {kept.name: kept for kept in every()}
    if name in names:
        return names[name]
    near = nearest(name, names)
    make = f"lockplane init embedded --name {name}" if _NAME.fullmatch(name) else ""
    guess = f"Did you mean {SCHEME}{near}? " if near else ""
    raise ConnectionFailed(
        f"there is no server {SCHEME}{name}",
        hint=f"{guess}{f'Make it: {make}' if make else _NAMES}",
    )


def place(name: str) -> Kept:
    """Where a server of that name will be. Raises `ConnectionFailed` for a name it can't have."""
    if not _NAME.fullmatch(name):
        raise ConnectionFailed(f"{name!r} can not name an embedded server", hint=_NAMES)
    kept = Kept(name, _base() / name)
    socket = kept.sockets / f".s.PGSQL.{PORT}.lock"
    if len(os.fsencode(socket)) > SOCKET_PATH_BYTES:
        raise ConnectionFailed(
            f"the path of the socket is too long for this system: {socket}",
            hint="Choose a shorter name, or point XDG_DATA_HOME at a shorter path.",
        )
    return kept


def programs(major: int | None = None) -> Binaries:
    """The programs for data of that major, or for new data. Raises `ConnectionFailed`."""
    embedded = find_embedded()
    if embedded and major in (None, embedded.major):
        return embedded
    if major is None:
        raise ConnectionFailed(
            "no PostgreSQL came with this installation",
            hint="Name the major of another: lockplane shadow install 18, then say --major 18.",
        )
    found = find_cached(major) or find_installed(major)
    if found is None:
        raise ConnectionFailed(
            f"there are no programs of PostgreSQL {major} here",
            hint=f"Fetch them: lockplane shadow install {major}",
        )
    return found


def make(name: str, major: int | None = None) -> Kept:
    """Make a server and start it; it has no database of its own yet.

    All of it is there afterwards, or nothing. Raises `ConnectionFailed`.
    """
    kept = place(name)
    base = kept.path.parent
    try:
        account = server_account()
        base.mkdir(parents=True, exist_ok=True, mode=0o711 if account.switched else 0o700)
        if not can_enter(account, base):
            raise PermissionError(f"user `nobody`, as whom it runs, can not enter {base}")
        with tempfile.TemporaryDirectory(dir=base, prefix=".making-") as making:
            new = Kept(name, Path(making, name))
            _fill(new, kept, major)
            new.path.rename(kept.path)
    except (LockplaneError, OSError) as error:
        where = f"It would be {kept.path}."
        raise _failed(f"{kept.address} can not be made", error, where) from error
    kept.start()
    return kept


def _failed(what: str, error: LockplaneError | OSError, where: str) -> ConnectionFailed:
    if isinstance(error, LockplaneError):
        return ConnectionFailed(f"{what}: {error.message}", hint=error.hint or where)
    return ConnectionFailed(f"{what}: {error}", hint=where)


_NAMES = "A name has lower case letters, digits, - and _, begins with a letter, and is short."


def _fill(new: Kept, final: Kept, major: int | None) -> None:
    """Make the folder of a server that will be renamed to that of `final`."""
    account = server_account()
    new.path.mkdir(mode=0o711 if account.switched else 0o700)
    new.path.parent.chmod(0o711 if account.switched else 0o700)
    binaries = within_reach(programs(major), account, new.path / "programs")
    initdb(new.data, binaries, account, _initdb_options(binaries.major))
    with (new.data / "postgresql.conf").open("a") as file:
        file.write(_settings(final))
    new.sockets.mkdir(mode=0o700)
    hand_over(new.sockets, account)


def _settings(kept: Kept) -> str:
    sockets = str(kept.sockets).replace("'", "''")
    return (
        "\n# Lockplane: reached through this socket alone.\n"
        "listen_addresses = ''\n"
        f"unix_socket_directories = '{sockets}'\n"
        f"port = {PORT}\n"
        f"cluster_name = 'lockplane {kept.name}'\n"
    )


def _initdb_options(major: int) -> list[str]:
    newer = (options for since, options in _INITDB_SINCE.items() if major >= since)
    return [*_INITDB, _CHECKSUMS, *(option for options in newer for option in options)]


def _base() -> Path:
    """The folder of all kept servers; it need not exist.

    Root's own folders are closed to `nobody`, as whom root's servers run.
    """
    from platformdirs import user_data_path

    if os.geteuid() == 0 and not os.environ.get("XDG_DATA_HOME"):
        return Path(_ROOT_FOLDER)
    return user_data_path("lockplane", appauthor=False) / "postgres"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Make others who would start the server wait."""
    import fcntl

    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
