"""What went wrong with a server of ours, in words that say the way out."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from lockplane_core.errors import ScratchError

if TYPE_CHECKING:
    from pathlib import Path

_NO_ROOM = ("No space left on device", "Disk quota exceeded")
_NOT_RUNNABLE = (
    "error while loading shared libraries",  # glibc
    "Error loading shared library",  # musl
    "Error relocating",  # musl
    "Library not loaded",  # macOS
    "version `GLIBC",
)
_TAIL = 5


def tail(text: str) -> str:
    """The last lines that say something, on one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-_TAIL:]) or "it said nothing"


def explained(what: str, said: str, folder: Path) -> ScratchError:
    """The error for a program that failed with this output while it worked in the folder."""
    if any(phrase in said for phrase in _NO_ROOM):
        return no_room(folder)
    if any(phrase in said for phrase in _NOT_RUNNABLE):
        return ScratchError(
            f"{what} does not run on this machine: {tail(said)}",
            hint="install the library that it misses, or another PostgreSQL; "
            "or name a server with --shadow-db",
        )
    if "could not look up effective user ID" in said:
        return ScratchError(
            f"{what} failed: this user has no entry in the list of users: {tail(said)}",
            hint="give the user a line in /etc/passwd, or name a server with --shadow-db",
        )
    return ScratchError(
        f"{what} failed: {tail(said)}",
        hint="if this machine can not run a server, name one with --shadow-db",
    )


def no_room(folder: Path) -> ScratchError:
    """The error for a full disk."""
    return ScratchError(
        f"no disk room in {folder} for a throw-away PostgreSQL server",
        hint="free 100 MB there, or point TMPDIR at a folder on another disk",
    )


def from_os(what: str, error: OSError, folder: Path) -> ScratchError:
    """The error for a system call that failed while something was made in the folder."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return no_room(folder)
    return ScratchError(
        f"{what} failed: {error}",
        hint="point TMPDIR at a folder that can be written, or name a server with --shadow-db",
    )
