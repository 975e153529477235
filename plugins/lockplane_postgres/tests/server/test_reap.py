from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_postgres.server import Binaries, reap, start
from lockplane_postgres.server.pids import began, is_postmaster_of
from lockplane_postgres.server.run_folder import Marker, bases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NO_PROCESS = 2**22 + 1


@pytest.fixture
def leave(temporary: Path) -> Callable[..., Path]:
    """Makes a folder as a run leaves it."""

    def one(name: str, *, pid: int = _NO_PROCESS, since: str = "long ago") -> Path:
        folder = temporary / f"lockplane-pg-{name}"
        (folder / "data").mkdir(parents=True)
        marker = Marker(pid=pid, began=since, created=time.time())
        (folder / "marker.json").write_bytes(msgspec.json.encode(marker))
        return folder

    return one


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def _removed(temporary: Path) -> list[Path]:
    return [found.path for found in reap() if found.path.is_relative_to(temporary)]


def test_a_dead_run_is_reaped(leave: Callable[..., Path], temporary: Path) -> None:
    folder = leave("dead")
    found = [one for one in reap() if one.path == folder]
    assert [(one.owner, one.stopped) for one in found] == [(_NO_PROCESS, 0)]
    assert not folder.exists()
    assert not _removed(temporary)


def test_a_number_that_another_process_has_now_does_not_protect(
    leave: Callable[..., Path], temporary: Path
) -> None:
    assert _removed(temporary) == [] != [leave("reused", pid=os.getpid())] == _removed(temporary)


def test_the_folder_of_a_living_run_stays(embedded: Binaries, temporary: Path) -> None:
    with start(embedded) as server:
        assert server._folder.path.is_relative_to(temporary)
        assert not _removed(temporary)
        assert server.alive


def test_a_lock_that_is_held_protects_whoever_the_process_is(
    leave: Callable[..., Path], temporary: Path
) -> None:
    """The process of another container has a number that means nothing here."""
    import fcntl

    folder = leave("locked")
    with (folder / "marker.json").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert not _removed(temporary)
    assert _removed(temporary) == [folder]


def test_what_bears_no_marker_stays(temporary: Path) -> None:
    (temporary / "lockplane-pg-other" / "data").mkdir(parents=True)
    broken = temporary / "lockplane-pg-broken"
    broken.mkdir()
    (broken / "marker.json").write_text("{")
    (temporary / "lockplane-pg-file").touch()
    (temporary / "lockplane-pg-link").symlink_to(broken)
    assert not _removed(temporary)
    assert len(list(temporary.iterdir())) == 4


def test_an_empty_folder_goes_when_it_is_old(temporary: Path) -> None:
    for name, age in (("young", 60), ("old", 7200)):
        folder = temporary / f"lockplane-pg-{name}"
        folder.mkdir()
        os.utime(folder, (time.time() - age,) * 2)
    reap()
    assert [path.name for path in temporary.iterdir()] == ["lockplane-pg-young"]


@pytest.mark.usefixtures("as_root")
def test_what_belongs_to_somebody_else_stays(leave: Callable[..., Path], temporary: Path) -> None:
    os.chown(leave("strange"), 54321, 54321)
    assert not _removed(temporary)


def test_a_process_that_is_no_server_of_that_folder_is_not_ended(
    leave: Callable[..., Path], temporary: Path, bystander: subprocess.Popen[bytes]
) -> None:
    folder = leave("lying")
    (folder / "data" / "postmaster.pid").write_text(f"{bystander.pid}\n")
    assert _removed(temporary) == [folder]
    assert bystander.poll() is None


def test_a_living_server_is_told_from_that_of_another_folder(
    embedded: Binaries, leave: Callable[..., Path], temporary: Path
) -> None:
    with start(embedded) as server:
        pid = server._postmaster.pid
        assert is_postmaster_of(pid, server._folder.data)
        folder = leave("lying")
        (folder / "data" / "postmaster.pid").write_text(f"{pid}\n")
        assert _removed(temporary) == [folder]
        assert server.alive


def test_a_server_that_outlived_its_run_is_ended(
    script: Callable[[str], Any], temporary: Path
) -> None:
    """As it happens where the kernel has no such signal."""
    run = script("process._dies_with = lambda parent: None; tell(start_one()); time.sleep(600)")
    left = run.told()
    run.process.kill()
    run.process.wait()
    assert left.running
    found = [one for one in reap() if one.path == left.folder]
    assert [(one.owner, one.stopped) for one in found] == [(run.process.pid, left.pid)]
    assert left.ended()
    assert not left.folder.exists()


def test_processes_are_told_apart_by_when_they_began(bystander: subprocess.Popen[bytes]) -> None:
    assert began(bystander.pid) == began(bystander.pid) != ""
    assert began(_NO_PROCESS) == ""


def test_the_same_is_known_where_there_is_no_proc(
    embedded: Binaries, bystander: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lockplane_postgres.server.pids._has_proc", lambda: False)
    assert began(bystander.pid) == began(bystander.pid) != ""
    assert began(_NO_PROCESS) == ""
    with start(embedded) as server:
        assert is_postmaster_of(server._postmaster.pid, server._folder.data)
        assert not is_postmaster_of(bystander.pid, server._folder.data)


def test_folders_are_looked_for_where_they_may_be_made(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bases()[0] == temporary
    assert len(bases()) == len(set(bases()))
    with_name = set(bases())
    monkeypatch.delenv("TMPDIR")
    assert set(bases()) == with_name
