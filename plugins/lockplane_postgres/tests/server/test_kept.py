"""Kept servers: made whole or not at all, started when wanted, stopped without a loss."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import ConnectionFailed
from lockplane_core.spi.shadow import ScratchRequest
from lockplane_postgres import addresses
from lockplane_postgres.keeper import PgKeeper
from lockplane_postgres.server import kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lockplane_postgres.server import Binaries


@pytest.fixture(autouse=True)
def home(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where kept servers of these tests lie; they end with the test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(open_folder))
    yield open_folder / "lockplane" / "postgres"
    for server in kept.every():
        server.stop()


def test_a_server_is_made_started_and_stopped_and_keeps_what_was_written(home: Path) -> None:
    server = kept.make("shop")
    assert server.pid
    assert [found.name for found in kept.every()] == ["shop"]
    session = addresses.connect("embedded:shop/postgres", "apply")
    session.execute("CREATE TABLE t AS SELECT 1 AS a")
    wanted = "SELECT current_setting('fsync'), current_setting('data_checksums')"
    assert session.query(wanted) == [("on", "on")]
    assert server.stop()
    session.close()
    assert not server.pid
    assert not server.stop()
    session = addresses.connect("embedded:shop/postgres", "read")
    assert session.query("SELECT a FROM t") == [(1,)]
    session.close()
    assert (home / "shop" / "log").stat().st_size
    assert [path.name for path in home.iterdir()] == ["shop"]


def test_a_name_that_is_taken_keeps_what_is_there(home: Path) -> None:
    (home / "shop" / "data").mkdir(parents=True)
    (home / "shop" / "data" / "mine").touch()
    with pytest.raises(ConnectionFailed, match="embedded:shop can not be made"):
        kept.make("shop")
    assert (home / "shop" / "data" / "mine").exists()
    assert [path.name for path in home.iterdir()] == ["shop"]


def test_data_of_a_major_that_is_not_here_say_how_to_get_it(home: Path, empty_cache: Path) -> None:
    (home / "old" / "data").mkdir(parents=True)
    (home / "old" / "data" / "PG_VERSION").write_text("13\n", "utf-8")
    with pytest.raises(ConnectionFailed, match="embedded:old can not be started") as caught:
        addresses.connect("embedded:old", "read")
    assert "no programs of PostgreSQL 13" in caught.value.message
    assert "lockplane shadow install 13" in caught.value.hint


def test_a_server_that_does_not_start_says_what_its_log_says(home: Path) -> None:
    server = kept.make("shop")
    server.stop()
    with (server.data / "postgresql.conf").open("a") as file:
        file.write("nonsense = 1\n")
    with pytest.raises(ConnectionFailed, match="nonsense") as caught:
        server.start()
    assert str(server.log) in caught.value.hint


@pytest.mark.parametrize("name", ["", "A", "1a", "a/b", "a b", "../a", "a" * 40])
def test_a_name_that_can_not_be(name: str) -> None:
    with pytest.raises(ConnectionFailed, match="can not name an embedded server"):
        kept.place(name)


def test_a_path_that_is_too_long_for_a_socket(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", f"/{'x' * 95}")
    with pytest.raises(ConnectionFailed, match="too long"):
        kept.place("shop")


def test_an_unknown_name_has_a_nearest_and_a_way_to_be_made(home: Path) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        addresses.connect("embedded:shop", "read")
    assert caught.value.hint == "Make it: lockplane init embedded --name shop"
    (home / "shop" / "data").mkdir(parents=True)
    (home / "shop" / "data" / "PG_VERSION").write_text("18\n", "utf-8")
    with pytest.raises(ConnectionFailed) as caught:
        addresses.connect("embedded:shp", "read")
    assert caught.value.hint.startswith("Did you mean embedded:shop?")


def test_the_address_is_ours_and_holds_no_secret() -> None:
    assert addresses.is_ours("embedded:shop")
    assert addresses.redact("embedded:shop/d") == "embedded:shop/d"
    assert not addresses.is_ours("embedded")


def test_a_stale_process_number_is_not_taken_for_a_server(home: Path) -> None:
    server = kept.place("shop")
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("18\n", "utf-8")
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n", "utf-8")
    assert server.pid == 0
    (held,) = [h for h in PgKeeper().status(ScratchRequest()) if h.name == "embedded:shop"]
    assert held.state == "stopped"
    assert PgKeeper().stop("other") is None
    stopped = PgKeeper().stop("embedded:shop")
    assert stopped
    assert stopped.state == "stopped"


def test_programs_that_can_not_be_reached_are_copied_beside_the_data(
    home: Path, as_root: None, programs: Callable[..., Binaries], tmp_path: Path
) -> None:
    """Root's server runs as `nobody`; its copy is not in a folder that others clean."""
    from lockplane_postgres.server.account import server_account
    from lockplane_postgres.server.relocate import within_reach

    hidden = programs("hidden/pg")
    hidden.bindir.parents[1].chmod(0o700)
    own = home / "programs"
    own.mkdir(parents=True)
    for folder in (own, home, home.parent):
        folder.chmod(0o755)
    copy = within_reach(hidden, server_account(), own)
    assert copy.bindir.is_relative_to(own)
