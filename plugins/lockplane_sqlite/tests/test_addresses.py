"""What names an SQLite database, and how it is opened."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from lockplane_core.errors import Busy, ConnectionFailed
from lockplane_sqlite import connecting
from lockplane_sqlite.address import address, claims, moved
from lockplane_sqlite.connecting import connect


def _make(path: Path, mode: str = "delete") -> None:
    """A database with an empty table t."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("CREATE TABLE t (a)")


PATHS = {
    "app.db": "app.db",
    "data/app.SQLITE3": "data/app.SQLITE3",
    "sqlite://app.db": "app.db",
    "sqlite://./my%20app.db": "my app.db",
    "sqlite:///var/app.db": "/var/app.db",
    "sqlite:////var/app.db": "/var/app.db",
    "sqlite://app.db?mode=ro": "app.db",
    "file:app.db": "app.db",
    "file:///var/app.db?cache=shared": "/var/app.db",
    "file://localhost/var/app.db": "/var/app.db",
    "odd?name#.db": "odd?name#.db",
}


@pytest.mark.parametrize(("url", "path"), PATHS.items())
def test_a_path_is_claimed_in_every_form(url: str, path: str) -> None:
    assert claims(url)
    assert address(url).path == Path(path)


@pytest.mark.parametrize("url", [":memory:", "sqlite://", "file::memory:", "file:x?mode=memory"])
def test_memory_is_claimed_in_every_form(url: str) -> None:
    assert claims(url)
    assert address(url).path is None


@pytest.mark.parametrize("url", ["postgres://host/x.db", "schema.lp.sql", "schema/", "notes.txt"])
def test_other_things_are_not_claimed(url: str) -> None:
    assert not claims(url)


def test_options_of_a_uri_are_kept(tmp_path: Path) -> None:
    _make(tmp_path / "a.db")
    session = connect(f"file:{tmp_path / 'a.db'}?mode=ro", "apply")
    with pytest.raises(ConnectionFailed, match="read-only"):
        session.execute("DROP TABLE t")
    session.close()


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("app.db", "../../app.db"),
        ("sqlite:app.db", "sqlite:../../app.db"),
        ("sqlite://data", "sqlite://../../data"),
        ("sqlite://../a%20b.db", "sqlite://../../../a%20b.db"),
        ("file:x/app.db?cache=shared#top", "file:../../x/app.db?cache=shared#top"),
        ("sqlite:///app.db", "sqlite:///app.db"),
        ("file:///app.db", "file:///app.db"),
        ("/app.db", "/app.db"),
        (":memory:", ":memory:"),
        ("file:x?mode=memory", "file:x?mode=memory"),
    ],
)
def test_a_relative_path_can_be_read_from_another_folder(url: str, seen: str) -> None:
    assert moved(url, "../..") == seen


def test_reading_a_missing_file_finds_nothing_and_makes_nothing(tmp_path: Path) -> None:
    session = connect(str(tmp_path / "a.db"), "read")
    assert session.query("SELECT * FROM sqlite_schema") == []
    session.close()
    assert list(tmp_path.iterdir()) == []


def test_reading_never_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    _make(path)
    session = connect(str(path), "read")
    with pytest.raises(ConnectionFailed, match="read-only"):
        session.execute("INSERT INTO t VALUES (1)")
    session.close()


def test_apply_makes_the_file_and_leaves_none_if_it_wrote_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    session = connect(str(path), "apply")
    session.close()
    assert not path.exists()
    session = connect(str(path), "apply")
    session.execute("CREATE TABLE t (a)")
    session.close()
    assert path.exists()


def test_an_empty_file_that_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    connect(str(path), "apply").close()
    assert path.exists()


UNUSABLE = {
    "text.db": "text.db is not an SQLite database",
    "folder.db": "folder.db is a folder",
}


@pytest.mark.parametrize("purpose", ["read", "apply"])
@pytest.mark.parametrize(("name", "message"), UNUSABLE.items())
def test_what_is_no_database_is_named(
    tmp_path: Path, name: str, message: str, purpose: str
) -> None:
    (tmp_path / "text.db").write_text("hello, this is no database", encoding="utf-8")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(ConnectionFailed, match=message):
        connect(str(tmp_path / name), purpose)  # type: ignore[arg-type]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match="there is no folder"):
        connect(str(tmp_path / "nowhere" / "a.db"), "apply")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write to everything")
def test_a_read_only_file_is_refused_for_apply(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    _make(path)
    path.chmod(0o444)
    with pytest.raises(ConnectionFailed, match="read-only"):
        connect(str(path), "apply")
    connect(str(path), "read").close()


def test_a_locked_file_is_busy_after_a_bounded_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.1)
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE t (a)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy, match=r"a\.db is locked"):
            connect(str(path), "read")
        other.execute("ROLLBACK")
    connect(str(path), "read").close()


CRASH = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN")
for number in range(2000):
    connection.execute("INSERT INTO t VALUES (zeroblob(500))")
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_database_that_a_crash_left_behind_is_read_as_it_was(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.db"
    _make(path, mode)
    subprocess.run([sys.executable, "-c", CRASH, str(path)], check=False)
    session = connect(str(path), "read")
    assert session.query("SELECT count(*) FROM t") == [(0,)]
    session.close()
