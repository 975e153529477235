"""Data folders that are ready to start, copied from one that `initdb` made once."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lockplane_core.errors import ScratchError
from lockplane_postgres.server.account import hand_over, identity
from lockplane_postgres.server.failures import explained, from_os
from lockplane_postgres.server.process import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_postgres.server.account import Account
    from lockplane_postgres.server.binaries import Binaries

SUPERUSER = "lockplane"

_UNUSED_SECONDS = 60 * 24 * 3600
_INITDB_SECONDS = 300
_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth=trust",  # the socket lies in a folder that is the account's alone
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--wal-segsize=1",  # makes the folder, which is copied for each server, 15 MB smaller
)
_OPTIONS_SINCE = {
    14: ("--no-instructions",),
    17: ("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    18: ("--no-data-checksums",),  # before, they are off unless asked for
}


def fill(data: Path, binaries: Binaries, account: Account, cache: Path) -> None:
    """Make `data`, which must not exist, a folder that the account's server can start on.

    A cache that can not be used costs half a second and nothing else.
    """
    template = cache / "templates" / _name(binaries, account)
    if not _usable(template):
        with suppress(OSError):
            _make(template, data, binaries, account)
    if data.exists():
        return
    if _usable(template):
        copy_tree(template, data)
        hand_over(data, account)
    else:
        initdb(data, binaries, account)


def initdb(
    data: Path, binaries: Binaries, account: Account, options: Sequence[str] | None = None
) -> None:
    """Make a data folder from nothing; with the options of a throw-away server unless given."""
    what = f"initdb of PostgreSQL {binaries.version}"
    try:
        data.mkdir(mode=0o700)
        hand_over(data, account)
        done = subprocess.run(
            [binaries.bindir / "initdb", "-D", data, *(options or _options(binaries.major))],
            capture_output=True,
            check=False,
            cwd="/",
            env=environment(),
            errors="replace",
            text=True,
            timeout=_INITDB_SECONDS,
            **identity(account),
        )
    except OSError as error:
        raise from_os(what, error, data.parent.parent) from error
    except subprocess.TimeoutExpired:
        raise ScratchError(f"{what} did not end within {_INITDB_SECONDS} seconds") from None
    if done.returncode != 0:
        raise explained(what, done.stderr or done.stdout, data.parent.parent)


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder to a name that does not exist, with owners and permissions.

    `cp` takes half the time of `shutil.copytree`, and none where files can be cloned.
    """
    what = f"copying a data folder to {target}"
    try:
        if shutil.which("cp") is None:
            shutil.copytree(source, target, symlinks=True)
            return
        done = subprocess.run(
            ["cp", "-a", source, target],  # noqa: S607 - PATH knows where
            capture_output=True,
            check=False,
            env=environment(),
            errors="replace",
            text=True,
        )
    except OSError as error:
        raise from_os(what, error, target.parent.parent) from error
    if done.returncode != 0:
        raise explained(what, done.stderr, target.parent.parent)


def _usable(template: Path) -> bool:
    """Whether a template is there; its time says when it was last wanted."""
    with suppress(OSError):
        if template.is_dir():
            with suppress(OSError):  # a cache that can only be read
                os.utime(template)
            return True
    return False


def _options(major: int) -> tuple[str, ...]:
    newer = (options for since, options in _OPTIONS_SINCE.items() if major >= since)
    return (*_OPTIONS, *(option for options in newer for option in options))


def _name(binaries: Binaries, account: Account) -> str:
    """Equal for the same programs in two places, since each new venv has its own wheel."""
    sizes = ((binaries.bindir / name).stat().st_size for name in ("postgres", "initdb"))
    facts = (binaries.build, *sizes, *_options(binaries.major), account.uid)
    digest = hashlib.sha256("\0".join(map(str, facts)).encode()).hexdigest()
    return f"{binaries.version}-{digest[:16]}"


def _make(template: Path, data: Path, binaries: Binaries, account: Account) -> None:
    """Fill `data` and keep a copy of it, unless another run is just doing the same."""
    template.parent.mkdir(parents=True, exist_ok=True)
    with _alone(template.with_name(f"{template.name}.lock")):
        if not template.is_dir():
            _forget_unused(template.parent)
            initdb(data, binaries, account)
            with suppress(ScratchError):  # no room in the cache
                _keep(data, template)


def _keep(data: Path, template: Path) -> None:
    """Copy under another name first: a template is whole or not there."""
    with tempfile.TemporaryDirectory(dir=template.parent, prefix="making-") as making:
        copy_tree(data, Path(making, "data"))
        Path(making, "data").rename(template)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Make other runs wait; without locks each makes its own template, which does no harm."""
    import fcntl

    with lock.open("a") as file:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _forget_unused(templates: Path) -> None:
    for entry in templates.iterdir():
        with suppress(OSError):
            if entry.is_dir() and entry.stat().st_mtime < time.time() - _UNUSED_SECONDS:
                shutil.rmtree(entry)
