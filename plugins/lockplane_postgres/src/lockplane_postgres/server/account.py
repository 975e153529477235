"""Who a throw-away server runs as, and what that account can reach."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, TypedDict

import msgspec

from lockplane_core.errors import ScratchError

if TYPE_CHECKING:
    from pathlib import Path


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The user that owns a server and its files; `switched` when it is not our own."""

    uid: int
    gid: int
    switched: bool = False


class Identity(TypedDict):
    """What `subprocess` must be told so that a program runs as an account."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


def server_account() -> Account:
    """Our own user, or `nobody` for root, as which PostgreSQL refuses to run."""
    refuse_windows()
    return _nobody() if os.geteuid() == 0 else Account(uid=os.geteuid(), gid=os.getegid())


def refuse_windows() -> None:
    """Raise `ScratchError` on the one system where we can not start a server yet."""
    if sys.platform == "win32":
        raise ScratchError(
            "Lockplane can not start its own PostgreSQL server on Windows yet",
            hint="name a server for the scratch databases with --shadow-db",
        )


def _nobody() -> Account:
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise ScratchError(
            "PostgreSQL does not run as root, and there is no user `nobody` to run it as",
            hint="run lockplane as another user, or name a server with --shadow-db",
        ) from None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, switched=True)


def identity(account: Account) -> Identity:
    """The arguments of `subprocess` that make a program run as the account."""
    if not account.switched:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def can_read(account: Account, path: Path) -> bool:
    """Whether the account may read a file, or list a folder, at the end of this path."""
    if not account.switched:
        return os.access(path, os.R_OK)
    wanted = stat.S_IROTH | stat.S_IXOTH if path.is_dir() else stat.S_IROTH
    return can_enter(account, path.parent) and _may(account, path, wanted)


def can_enter(account: Account, folder: Path) -> bool:
    """Whether the account may pass through the folder and everything above it."""
    if not account.switched:
        return os.access(folder, os.X_OK)
    resolved = folder.resolve()
    return all(_may(account, part, stat.S_IXOTH) for part in (resolved, *resolved.parents))


def _may(account: Account, path: Path, wanted: int) -> bool:
    """Whether the account has the permission bits, given as those of `others`."""
    try:
        found = path.stat()
    except OSError:
        return False
    if found.st_uid == account.uid:
        granted = found.st_mode >> 6
    elif found.st_gid == account.gid:
        granted = found.st_mode >> 3
    else:
        granted = found.st_mode
    return granted & wanted == wanted


def hand_over(path: Path, account: Account) -> None:
    """Make the account own a folder of ours and all that is in it."""
    if not account.switched or path.lstat().st_uid == account.uid:
        return
    for folder, _, files in os.walk(path):
        for name in (".", *files):
            os.chown(os.path.join(folder, name), account.uid, account.gid, follow_symlinks=False)  # noqa: PTH118 - a thousand paths, hot
