"""The PostgreSQL programs that a throw-away server is made of."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from lockplane_postgres.server.failures import tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_postgres.server.account import Identity

Origin = Literal["installed", "cached", "embedded"]

_OLDEST_MAJOR = 13
_ANSWER_SECONDS = 20


class Binaries(msgspec.Struct, frozen=True, kw_only=True):
    """The programs of one PostgreSQL: where they lie, and which they are.

    `version` is the number alone (`18.6`), `build` what the program says of itself.
    """

    bindir: Path
    sharedir: Path
    major: int
    version: str
    build: str
    origin: Origin


class Unusable(msgspec.Struct, frozen=True, kw_only=True):
    """Programs that lie where they should and do not run."""

    bindir: Path
    reason: str


def probe(bindir: Path, origin: Origin, major: int | None = None) -> Binaries | Unusable | None:
    """The server programs in a folder; None if there are none, or none of that major.

    A folder with the clients alone (`psql`, `pg_dump`) holds no server. The major is read
    from a data file first, so that programs of another major need not be run.
    """
    bindir = bindir.resolve()
    if not all(os.access(bindir / name, os.X_OK) for name in ("postgres", "initdb")):
        return None
    sharedir = next((place for place in _sharedirs(bindir) if _major_of(place)), None)
    if sharedir is None:
        return Unusable(bindir=bindir, reason="its data files (postgres.bki) are not found")
    found = _major_of(sharedir)
    if found < _OLDEST_MAJOR or (major is not None and found != major):
        return None
    build = said(bindir / "postgres", "--version")
    number = re.search(r"\(PostgreSQL\) (\d\S*)", build)
    if number is None:
        return Unusable(bindir=bindir, reason=tail(build))
    return Binaries(
        bindir=bindir,
        sharedir=sharedir,
        major=found,
        version=number[1],
        build=build,
        origin=origin,
    )


def has_extension(binaries: Binaries, name: str) -> bool:
    """Whether CREATE EXTENSION would find this extension."""
    control = binaries.sharedir / "extension" / f"{name}.control"
    return Path(name).name == name and control.is_file()


def said(program: Path, option: str, who: Identity | None = None) -> str:
    """What a program answers to an option, or why it does not answer."""
    try:
        answer = subprocess.run(
            [program, option],
            capture_output=True,
            check=False,
            cwd="/",
            errors="replace",
            text=True,
            timeout=_ANSWER_SECONDS,
            **(who or {"user": None, "group": None, "extra_groups": None}),
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return (answer.stdout if answer.returncode == 0 else answer.stderr).strip()


def said_folder(program: Path, option: str) -> Iterator[Path]:
    """The folder that `pg_config` answers; nothing if it answers something else."""
    answer = said(program, option)
    if answer.startswith("/") and "\n" not in answer:
        yield Path(answer)


def _sharedirs(bindir: Path) -> Iterator[Path]:
    """Where the data files of the server may lie, the surest place first."""
    yield bindir.parent / "share"
    if bindir.parent.parent == Path("/usr/lib/postgresql"):
        yield Path("/usr/share/postgresql", bindir.parent.name)
    if os.access(bindir / "pg_config", os.X_OK):
        # Homebrew: not the folder of the formula but one that extensions share with it.
        yield from said_folder(bindir / "pg_config", "--sharedir")
    yield from (bindir.parent / "share" / name for name in ("postgresql", "pgsql"))


def _major_of(sharedir: Path) -> int:
    """The major in the first line of `postgres.bki` (`# PostgreSQL 18`); 0 if there is none."""
    try:
        with (sharedir / "postgres.bki").open(encoding="utf-8", errors="replace") as file:
            found = re.match(r"# PostgreSQL (\d+)", file.readline())
    except OSError:
        return 0
    return int(found[1]) if found else 0
