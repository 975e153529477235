from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import ScratchError
from lockplane_postgres.server import run_folder
from lockplane_postgres.server.account import Account, server_account
from lockplane_postgres.server.run_folder import bases, make_folder, read_marker

if TYPE_CHECKING:
    from collections.abc import Callable

_MEMORY = Path(run_folder._MEMORY)


@pytest.fixture
def placed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """Where a folder is made when the user names no place."""
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)

    def place() -> Path:
        folder = make_folder(server_account())
        folder.remove()
        return folder.path.parent

    return place


@pytest.mark.skipif(not _MEMORY.is_dir(), reason="this system has no folder in memory")
@pytest.mark.parametrize(("free", "in_memory"), [(2**40, True), (2**31, False)])
def test_memory_is_taken_where_there_is_plenty(
    placed: Callable[[], Path], monkeypatch: pytest.MonkeyPatch, free: int, *, in_memory: bool
) -> None:
    """On ext4 a server that follows another one starts three to ten times slower."""
    monkeypatch.setattr(run_folder, "_free_bytes", lambda _: 2**40)
    monkeypatch.setattr(run_folder, "_free_memory", lambda: free)
    assert (placed() == _MEMORY) is in_memory


def test_the_place_that_the_user_names_comes_first(temporary: Path) -> None:
    assert bases()[0] == temporary


def test_a_folder_bears_our_marker_and_is_closed_to_others(temporary: Path) -> None:
    folder = make_folder(server_account())
    marker = read_marker(folder.path)
    assert marker
    assert marker.pid == os.getpid()
    assert folder.path.stat().st_uid == os.geteuid()
    assert folder.sockets.stat().st_mode & 0o777 == 0o700
    folder.remove()
    assert not folder.path.exists()


def test_no_place_at_all_is_an_error_that_names_tmpdir(temporary: Path) -> None:
    temporary.chmod(0o700)
    stranger = Account(uid=54321, gid=54321, switched=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_folder, "_MEMORY", str(temporary))
        patch.setattr(run_folder, "_TEMPORARY", (str(temporary),))
        with pytest.raises(ScratchError, match="no folder for a throw-away") as caught:
            make_folder(stranger)
    assert "TMPDIR" in caught.value.hint
