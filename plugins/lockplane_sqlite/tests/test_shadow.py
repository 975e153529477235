"""Scratches: in memory, or in files of their own; nothing reaches beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import ScratchError, StatementFailed
from lockplane_core.spi.shadow import ScratchRequest
from lockplane_sqlite.shadow import shadow

if TYPE_CHECKING:
    from pathlib import Path


def test_a_scratch_is_empty_and_alone() -> None:
    found = shadow(ScratchRequest())
    with found.scratch() as one, found.scratch() as two:
        one.execute("CREATE TABLE t (a)")
        assert two.query("SELECT * FROM sqlite_schema") == []
    assert "in memory" in found.judge


def test_a_shadow_file_that_exists_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "shadow.db"
    path.write_bytes(b"precious")
    with shadow(ScratchRequest(shadow_url=str(path))).scratch() as session:
        session.execute("CREATE TABLE t (a)")
        assert len(list(tmp_path.iterdir())) > 1
    assert [file.name for file in tmp_path.iterdir()] == ["shadow.db"]
    assert path.read_bytes() == b"precious"


def test_a_scratch_is_removed_also_after_an_error(tmp_path: Path) -> None:
    found = shadow(ScratchRequest(shadow_url=str(tmp_path / "shadow.db")))
    with pytest.raises(StatementFailed), found.scratch() as session:
        session.script(["PRAGMA journal_mode = WAL", "CREATE TABLE t (a)", "broken"])
    assert list(tmp_path.iterdir()) == []


BEYOND = [
    "ATTACH '{0}/other.db' AS other",
    "VACUUM INTO '{0}/other.db'",
    "SELECT load_extension('{0}/other.so')",
]


@pytest.mark.parametrize("sql", BEYOND)
def test_what_reaches_beyond_a_scratch_is_denied(tmp_path: Path, sql: str) -> None:
    with (
        shadow(ScratchRequest()).scratch() as session,
        pytest.raises(StatementFailed, match=r"not authorized|authorization denied"),
    ):
        session.execute(sql.format(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_scratch_may_be_vacuumed_and_hold_virtual_tables() -> None:
    with shadow(ScratchRequest()).scratch() as session:
        session.execute("CREATE VIRTUAL TABLE search USING fts5(a)")
        session.execute("VACUUM")


@pytest.mark.parametrize("url", ["postgres://user:secret@host/db", "{0}/nowhere/shadow.db"])
def test_a_shadow_that_can_not_be_had_is_an_error(tmp_path: Path, url: str) -> None:
    with pytest.raises(ScratchError) as caught:
        shadow(ScratchRequest(shadow_url=url.format(tmp_path)))
    assert "secret" not in str(caught.value)
