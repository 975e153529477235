"""What runs that were killed have left behind, found by their marker."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lockplane_postgres.server.pids import began, is_postmaster_of
from lockplane_postgres.server.run_folder import PREFIX, bases, claim, read_marker

if TYPE_CHECKING:
    from collections.abc import Iterator

_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.01
_YOUNG_SECONDS = 3600


class Reaped(msgspec.Struct, frozen=True, kw_only=True):
    """A folder that was removed; `stopped` is the server that still ran in it, or 0."""

    path: Path
    owner: int
    created: float
    stopped: int = 0


def reap() -> tuple[Reaped, ...]:
    """Remove the folders of runs that are dead, and end the servers that still work in them.

    Looked at is only what belongs to us, bears our marker, and whose process is gone: its
    lock is free and its number unused or given to another process. Never raises.
    """
    return tuple(found for path in _ours() if (found := _reaped(path)))


def runs() -> Iterator[tuple[Path, int, bool]]:
    """The folders of runs, the process of each, and whether that is dead."""
    for path in _ours():
        marker = read_marker(path)
        if marker is not None:
            yield path, marker.pid, began(marker.pid) != marker.began


def _ours() -> Iterator[Path]:
    for base in bases():
        with suppress(OSError), os.scandir(base) as entries:
            found = [entry for entry in entries if entry.name.startswith(PREFIX)]
            for entry in sorted(found, key=lambda entry: entry.name):
                with suppress(OSError):
                    mine = entry.stat(follow_symlinks=False).st_uid == os.geteuid()
                    if mine and entry.is_dir(follow_symlinks=False):
                        yield Path(entry.path)


def _reaped(path: Path) -> Reaped | None:
    marker = read_marker(path)
    if marker is None:
        _remove_if_empty(path)
        return None
    if began(marker.pid) == marker.began:
        return None
    lock = claim(path)
    if lock is None:
        return None
    with lock:
        stopped = _stop_server(path / "data")
        shutil.rmtree(path, ignore_errors=True)
    return Reaped(path=path, owner=marker.pid, created=marker.created, stopped=stopped)


def _remove_if_empty(path: Path) -> None:
    """A run that was killed before it could write its marker leaves an empty folder."""
    with suppress(OSError):
        if path.stat().st_mtime < time.time() - _YOUNG_SECONDS:
            path.rmdir()


def _stop_server(data: Path) -> int:
    """End the server whose number stands in the data folder, if it is at work there."""
    pid = _written_pid(data)
    if not is_postmaster_of(pid, data):
        return 0
    for number in (signal.SIGQUIT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + _STOP_SECONDS
        while is_postmaster_of(pid, data) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
    return pid


def _written_pid(data: Path) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int((data / "postmaster.pid").read_text().split()[0])
    return 0
