"""Segments: foreign keys off while steps run, looked at before COMMIT, on again afterwards."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import Refused, StatementFailed
from lockplane_core.model.plan import Segment
from lockplane_core.model.step import Step

if TYPE_CHECKING:
    from lockplane_core.spi.dialect import Dialect
    from lockplane_sqlite.session import SqliteSession

HAND_WRITTEN = Segment((Step(description="by hand", sql=()),))


@pytest.fixture
def family(session: SqliteSession) -> SqliteSession:
    """A parent with two children, foreign keys on."""
    session.script(
        [
            "PRAGMA foreign_keys = ON",
            "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
            (
                "CREATE TABLE child (id INTEGER PRIMARY KEY,"
                " p INT REFERENCES parent ON DELETE CASCADE)"
            ),
            "INSERT INTO parent VALUES (1), (2)",
            "INSERT INTO child VALUES (10, 1), (20, 2)",
        ]
    )
    return session


def test_dropping_a_parent_deletes_no_child(dialect: Dialect, family: SqliteSession) -> None:
    with dialect.segment(family, HAND_WRITTEN):
        family.execute("CREATE TABLE new_parent (id INTEGER PRIMARY KEY)")
        family.execute("INSERT INTO new_parent SELECT id FROM parent")
        family.execute("DROP TABLE parent")
        family.execute("ALTER TABLE new_parent RENAME TO parent")
    assert family.query("SELECT count(*) FROM child") == [(2,)]
    assert family.query("PRAGMA foreign_keys") == [(1,)]


def test_rows_that_reference_nothing_are_refused_and_named(
    dialect: Dialect, family: SqliteSession
) -> None:
    with (
        pytest.raises(StatementFailed, match=r"child row 10 \(p to parent\)"),
        dialect.segment(family, HAND_WRITTEN),
    ):
        family.execute("DELETE FROM parent WHERE id = 1")
    assert family.query("SELECT count(*) FROM parent") == [(2,)]
    assert family.query("PRAGMA foreign_keys") == [(1,)]


def test_rows_that_referenced_nothing_before_are_no_reason(
    dialect: Dialect, family: SqliteSession
) -> None:
    family.script(["PRAGMA foreign_keys = OFF", "INSERT INTO child VALUES (30, 99)"])
    with dialect.segment(family, HAND_WRITTEN):
        family.execute("CREATE TABLE other (a)")
    assert family.query("SELECT count(*) FROM other") == [(0,)]
    assert family.query("PRAGMA foreign_keys") == [(0,)]


def test_a_parent_without_a_key_is_no_reason(dialect: Dialect, family: SqliteSession) -> None:
    """SQLite can not check such rows at all: `foreign key mismatch`."""
    family.script(
        [
            "PRAGMA foreign_keys = OFF",
            "CREATE TABLE loose (a)",
            "CREATE TABLE strange (a REFERENCES loose (a))",
            "INSERT INTO strange VALUES (1)",
        ]
    )
    with dialect.segment(family, HAND_WRITTEN):
        family.execute("CREATE TABLE other (a)")


def test_an_open_transaction_is_refused(dialect: Dialect, family: SqliteSession) -> None:
    """Inside one the pragma does nothing, and says nothing."""
    with (
        family.transaction(),
        pytest.raises(Refused, match="open transaction"),
        dialect.segment(family, HAND_WRITTEN),
    ):
        pytest.fail("foreign keys were on")


def test_a_rebuild_that_fails_leaves_no_pragma_behind(
    dialect: Dialect, session: SqliteSession
) -> None:
    with pytest.raises(StatementFailed), dialect.segment(session, HAND_WRITTEN):
        session.script(["PRAGMA legacy_alter_table = ON", "broken"])
    assert session.query("PRAGMA legacy_alter_table") == [(0,)]


def test_waiting_for_the_lock_is_bounded_by_the_caller(
    dialect: Dialect, session: SqliteSession
) -> None:
    with dialect.exclusive(session, 1.5):
        assert session.query("PRAGMA busy_timeout") == [(1500,)]
    assert session.query("PRAGMA busy_timeout") == [(5000,)]


def test_a_step_that_may_not_be_in_a_transaction_runs_outside(
    dialect: Dialect, session: SqliteSession
) -> None:
    outside = Segment((Step(description="vacuum", sql=()),), "outside")
    with dialect.segment(session, outside):
        session.execute("VACUUM")


def test_sqlites_module_is_the_standard_librarys() -> None:
    assert sqlite3.sqlite_version_info >= (3, 37)
