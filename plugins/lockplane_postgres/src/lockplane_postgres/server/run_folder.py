"""The folder that one server of ours lives in, and the mark by which it is known."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from lockplane_core.errors import ScratchError
from lockplane_postgres.server.account import can_enter
from lockplane_postgres.server.failures import from_os
from lockplane_postgres.server.pids import began

if TYPE_CHECKING:
    from lockplane_postgres.server.account import Account

PREFIX = "lockplane-pg-"
PORT = 5432  # names the socket; nothing listens on the network

_MARKER = "marker.json"
_MEMORY = "/dev/shm"  # noqa: S108 - as below
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - mkdtemp makes it safe
_ROOMY_BYTES = 4 * 1024**3
SOCKET_PATH_BYTES = 103  # the limit of macOS; Linux allows four more


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a folder: a process, when that process began, and when it made the folder."""

    pid: int
    began: str
    created: float


class RunFolder:
    """A folder of ours with the data, socket and log of one server.

    It belongs to us, so that what the server's account writes can not pass for our marker;
    `data` and `sockets` inside are the account's alone. The marker stays locked while this
    process lives.
    """

    def __init__(self, path: Path, account: Account) -> None:
        self.path = path
        self.data = path / "data"
        self.sockets = path / "s"
        self.log = path / "log"
        self._marker = _mark(path)
        self.sockets.mkdir(mode=0o700)
        if account.switched:
            path.chmod(0o711)
            os.chown(self.sockets, account.uid, account.gid)

    def remove(self) -> None:
        """Take the folder away, marker and all."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._marker.close()


def make_folder(account: Account) -> RunFolder:
    """A new folder where the account can reach it and its socket's path is short enough."""
    base = _base(account)
    try:
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        try:
            return RunFolder(path, account)
        except OSError:
            shutil.rmtree(path, ignore_errors=True)
            raise
    except OSError as error:
        raise from_os(f"making a folder in {base}", error, base) from error


def bases() -> list[Path]:
    """The folders in which ours may lie, the preferred one first."""
    candidates = [*_TEMPORARY]
    with suppress(FileNotFoundError):
        candidates.insert(0, tempfile.gettempdir())
    # With TMPDIR the user says where; without it, memory is free of ext4's dislike of
    # giving out again the inodes that it got back in the last minute (3 to 10 times slower).
    named = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    candidates.insert(1 if named else 0, _MEMORY)
    folders = (Path(base) for base in candidates)
    return list(dict.fromkeys(folder.resolve() for folder in folders if folder.is_dir()))


def read_marker(path: Path) -> Marker | None:
    """The marker in a folder; None if there is none that we understand."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((path / _MARKER).read_bytes(), type=Marker)
    return None


def claim(path: Path) -> IO[bytes] | None:
    """Take over the marker's lock, which its process held for life; None if it still does."""
    import fcntl

    with suppress(OSError):
        file = (path / _MARKER).open("rb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
        else:
            return file
    return None


def _mark(path: Path) -> IO[bytes]:
    """Write the marker so that it is locked from the moment it can be seen."""
    import fcntl

    unseen = path / f"{_MARKER}.new"
    file = unseen.open("wb")
    with suppress(OSError):  # a file system without locks: the process number must do
        fcntl.flock(file, fcntl.LOCK_EX)
    marker = Marker(pid=os.getpid(), began=began(os.getpid()), created=time.time())
    file.write(msgspec.json.encode(marker))
    file.flush()
    unseen.rename(path / _MARKER)
    return file


def _base(account: Account) -> Path:
    for base in bases():
        socket = base / f"{PREFIX}12345678" / "s" / f".s.PGSQL.{PORT}.lock"
        short = len(os.fsencode(socket)) <= SOCKET_PATH_BYTES
        if short and os.access(base, os.W_OK) and can_enter(account, base) and _roomy(base):
            return base
    looked = ", ".join(map(str, bases()))
    raise ScratchError(
        f"no folder for a throw-away PostgreSQL server: looked at {looked}; it must be "
        "writable, its path short, and open to user `nobody` if lockplane runs as root",
        hint="point TMPDIR at such a folder",
    )


def _roomy(base: Path) -> bool:
    """Whether a server may grow there; disks are not asked, memory must have plenty."""
    return base != Path(_MEMORY) or min(_free_bytes(base), _free_memory()) >= _ROOMY_BYTES


def _free_bytes(base: Path) -> int:
    return shutil.disk_usage(base).free


def _free_memory() -> int:
    with suppress(OSError, StopIteration, ValueError), Path("/proc/meminfo").open() as lines:
        line = next(line for line in lines if line.startswith("MemAvailable:"))
        return int(line.split()[1]) * 1024
    return 0
