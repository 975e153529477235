"""Files of scratches that dead runs left are found by name, mark and age."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from lockplane_core.spi.shadow import ScratchRequest
from lockplane_sqlite.keeper import SqliteKeeper
from lockplane_sqlite.shadow import APPLICATION_ID, MARKER, shadow

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.spi.keeper import Holding

NAME = f"{MARKER}-0123456789abcdef.db"


def put(path: Path, *, mark: int = APPLICATION_ID, age: float = 7200) -> Path:
    """A database that was last touched so many seconds ago."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {mark}")
        connection.execute("CREATE TABLE t (a)")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def cleaned(folder: Path) -> list[Holding]:
    return list(SqliteKeeper().clean(ScratchRequest(shadow_url=str(folder / "shadow.db"))))


def test_a_leftover_is_listed_and_removed_with_its_journal(tmp_path: Path) -> None:
    path = put(tmp_path / NAME)
    (tmp_path / f"{NAME}-journal").touch()
    request = ScratchRequest(shadow_url=str(tmp_path / "shadow.db"))
    (held,) = SqliteKeeper().status(request)
    assert (held.state, held.detail) == ("leftover", str(path))
    (held,) = cleaned(tmp_path)
    assert held.state == "removed"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_one_is_a_leftover_too(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.touch()
    os.utime(path, (0, 0))
    assert len(cleaned(tmp_path)) == 1


@pytest.mark.parametrize(
    ("name", "mark", "age"),
    [
        (NAME, APPLICATION_ID, 60),
        (NAME, 7, 7200),
        ("shadow.db", APPLICATION_ID, 7200),
        (f"{MARKER}-mine.db", APPLICATION_ID, 7200),
    ],
)
def test_what_may_be_in_use_or_is_not_ours_stays(
    tmp_path: Path, name: str, mark: int, age: float
) -> None:
    path = put(tmp_path / name, mark=mark, age=age)
    before = path.read_bytes()
    assert cleaned(tmp_path) == []
    assert path.read_bytes() == before


def test_without_a_shadow_of_ones_own_there_is_nothing_to_look_at() -> None:
    for url in ("", ":memory:"):
        assert list(SqliteKeeper().clean(ScratchRequest(shadow_url=url))) == []


def test_a_scratch_in_a_file_bears_the_mark(tmp_path: Path) -> None:
    with shadow(ScratchRequest(shadow_url=str(tmp_path / "shadow.db"))).scratch() as session:
        assert session.query("PRAGMA application_id") == [(APPLICATION_ID,)]
        (path,) = tmp_path.iterdir()
        assert path.name.startswith(MARKER)
    assert list(tmp_path.iterdir()) == []
