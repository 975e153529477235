from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import Busy, ConnectionFailed, StatementFailed
from lockplane_postgres import addresses

if TYPE_CHECKING:
    from lockplane_postgres.session import PgSession
    from lockplane_postgres.testing_roles import Place


def test_hostile_settings_of_a_database_are_overruled(url: str, session: PgSession) -> None:
    ((name,),) = session.query("SELECT current_database()")
    for setting in (
        "DateStyle = 'German'",
        "search_path = pg_catalog",
        "quote_all_identifiers = on",
        "TimeZone = 'Asia/Tokyo'",
        "statement_timeout = '1ms'",
        "bytea_output = 'escape'",
        "default_transaction_isolation = 'repeatable read'",
        "standard_conforming_strings = off",
    ):
        session.execute(f"ALTER DATABASE {name} SET {setting}")

    other = addresses.connect(url, "read")

    other.query("SELECT pg_sleep(0.05)")
    assert other.query("SELECT '2000-01-02'::date::text, '\\x01'::bytea::text, '\\n'") == [
        ("2000-01-02", "\\x01", "\\n")
    ]
    rows = other.query("SELECT current_setting('TimeZone'), current_setting('search_path')")
    assert rows == [("UTC", "public")]
    other.close()


def test_a_lock_timeout_of_the_address_is_kept(url: str) -> None:
    usual = addresses.connect(url, "apply")
    own = addresses.connect(f"{url}&options=-c%20lock_timeout%3D7s", "apply")

    assert usual.query("SHOW lock_timeout") == [("2s",)]
    assert own.query("SHOW lock_timeout") == [("7s",)]
    usual.close()
    own.close()


def test_a_percent_sign_means_itself(session: PgSession) -> None:
    assert session.query("SELECT '100%s'") == [("100%s",)]
    assert session.query("SELECT %s || '%%'", ("x",)) == [("x%",)]


def test_a_refusal_says_state_position_and_hint(session: PgSession) -> None:
    with pytest.raises(StatementFailed) as caught:
        session.execute("SELECT nonsense(1)")

    assert caught.value.state == "42883"
    assert caught.value.position == 7
    assert "argument types" in caught.value.hint


def test_a_lock_that_can_not_be_had_is_busy(url: str, session: PgSession) -> None:
    session.execute("CREATE TABLE t (a integer)")
    other = addresses.connect(url, "apply")
    other.execute("SET lock_timeout = '50ms'")

    with session.transaction():
        session.execute("LOCK TABLE t")
        with pytest.raises(Busy, match="lock timeout"):
            other.execute("ALTER TABLE t ADD COLUMN b integer")
    other.close()


def test_a_connection_that_is_gone(url: str, session: PgSession) -> None:
    other = addresses.connect(url, "apply")
    ((pid,),) = other.query("SELECT pg_backend_pid()")
    session.query("SELECT pg_terminate_backend(%s)", (pid,))

    with pytest.raises(ConnectionFailed, match="is gone"):
        other.query("SELECT 1")
    other.close()
    other.close()


def test_a_transaction_is_undone_and_so_is_a_savepoint(session: PgSession) -> None:
    with session.transaction():
        session.execute("CREATE TABLE kept (a integer)")
        with pytest.raises(StatementFailed), session.transaction():
            session.script(["CREATE TABLE lost (a integer)", "nonsense"])
    with pytest.raises(ZeroDivisionError), session.transaction():  # noqa: PT012 - as it says
        session.execute("CREATE TABLE lost (a integer)")
        raise ZeroDivisionError

    rows = session.query("SELECT relname FROM pg_class WHERE relname IN ('kept', 'lost')")
    assert rows == [("kept",)]


def test_what_fails_at_commit_is_explained(session: PgSession) -> None:
    session.script([
        "CREATE TABLE a (id integer PRIMARY KEY)",
        "CREATE TABLE b (a integer REFERENCES a DEFERRABLE INITIALLY DEFERRED)",
    ])  # fmt: skip

    with pytest.raises(StatementFailed, match="violates foreign key"), session.transaction():
        session.execute("INSERT INTO b VALUES (1)")


def test_a_script_survives_comments_and_runs_in_chunks(session: PgSession) -> None:
    session.script([f"CREATE TABLE t{number} (a integer) -- the end" for number in range(120)])

    assert session.query("SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'") == [(120,)]


def test_a_snapshot_is_one_moment_with_an_empty_path(url: str, session: PgSession) -> None:
    other = addresses.connect(url, "apply")
    count = "SELECT count(*) FROM pg_class WHERE relname = 'late'"

    with session.snapshot():
        assert session.query(count) == [(0,)]
        other.execute("CREATE TABLE late (a integer)")
        assert session.query(count) == [(0,)]
        assert session.query("SELECT current_schemas(false)") == [([],)]
        with pytest.raises(StatementFailed, match="read-only"), session.transaction():
            session.execute("CREATE TABLE public.no (a integer)")

    assert session.query(count) == [(1,)]
    assert session.query("SHOW search_path") == [("public",)]
    other.close()


def test_a_snapshot_inside_a_transaction_sees_what_it_did(session: PgSession) -> None:
    with session.transaction():
        session.execute("CREATE TABLE mine (a integer)")
        with session.snapshot():
            assert session.query("SELECT count(*) FROM public.mine") == [(0,)]
        session.execute("INSERT INTO mine VALUES (1)")

    assert session.query("SELECT count(*) FROM mine") == [(1,)]


def test_ctrl_c_ends_the_statement_on_the_server(session: PgSession) -> None:
    """The driver cancels what runs; the connection can be used again."""
    import _thread

    timer = threading.Timer(0.3, _thread.interrupt_main)
    timer.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        session.query("SELECT pg_sleep(30)")

    assert time.monotonic() - started < 10
    assert session.query("SELECT 1") == [(1,)]


def test_what_the_server_only_warns_of_and_does_not_do_is_an_error(url: str, place: Place) -> None:
    """Who may use a table may not therefore say so of others."""
    user, other = place.roles["a"], place.roles["b"]
    place.session.script(["CREATE TABLE t ()", f"GRANT SELECT ON t TO {user}"])
    session = addresses.connect(url, "apply")
    session.execute(f"SET ROLE {user}")
    try:
        with pytest.raises(StatementFailed, match="no privileges were granted") as caught:
            session.script([f"GRANT SELECT ON t TO {other}", "SELECT 1"])
        assert "WITH GRANT OPTION" in caught.value.hint
        with pytest.raises(StatementFailed, match="no privileges could be revoked"):
            session.execute(f"REVOKE SELECT ON t FROM {other}")
        assert session.query("SELECT 1") == [(1,)]
    finally:
        session.close()
