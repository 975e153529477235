"""Sessions: transactions, and errors in our words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import Busy, ConnectionFailed, StatementFailed
from lockplane_sqlite import connecting
from lockplane_sqlite.connecting import connect

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_sqlite.session import SqliteSession


def test_a_transaction_left_with_an_exception_is_undone(session: SqliteSession) -> None:
    with pytest.raises(StatementFailed), session.transaction():
        session.script(["CREATE TABLE t (a)", "broken"])
    assert session.query("SELECT * FROM sqlite_schema") == []
    assert not session.in_transaction


def test_a_transaction_inside_is_a_savepoint(session: SqliteSession) -> None:
    with session.transaction():
        session.execute("CREATE TABLE t (a)")
        with pytest.raises(StatementFailed), session.transaction():
            session.script(["INSERT INTO t VALUES (1)", "broken"])
        session.execute("INSERT INTO t VALUES (2)")
    assert session.query("SELECT a FROM t") == [(2,)]


def test_a_snapshot_sees_one_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE t (a)")
        session = connect(str(path), "read")
        with session.snapshot():
            assert session.query("SELECT count(*) FROM t") == [(0,)]
            writer.execute("INSERT INTO t VALUES (1)")
            assert session.query("SELECT count(*) FROM t") == [(0,)]
        assert session.query("SELECT count(*) FROM t") == [(1,)]
        session.close()


def test_a_refusal_carries_sqlites_name_for_it(session: SqliteSession) -> None:
    session.execute("CREATE TABLE t (a UNIQUE)")
    session.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(StatementFailed, match="UNIQUE constraint failed") as caught:
        session.execute("INSERT INTO t VALUES (1)")
    assert caught.value.state == "SQLITE_CONSTRAINT_UNIQUE"


def test_parameters_are_values(session: SqliteSession) -> None:
    assert session.query("SELECT ?, ?", ("it's", 1)) == [("it's", 1)]


def test_a_second_writer_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.1)
    path = str(tmp_path / "a.db")
    one, two = connect(path, "apply"), connect(path, "apply")
    with one.transaction():
        one.execute("CREATE TABLE t (a)")
        with pytest.raises(Busy), two.transaction():
            pytest.fail("two writers at once")
    one.close()
    two.close()


def test_a_closed_session_says_so(session: SqliteSession) -> None:
    session.close()
    session.close()
    with pytest.raises(ConnectionFailed, match="closed"):
        session.execute("SELECT 1")
