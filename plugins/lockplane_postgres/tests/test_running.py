from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import Busy, Refused
from lockplane_core.model.plan import Segment
from lockplane_postgres import addresses, running

if TYPE_CHECKING:
    from lockplane_postgres.session import PgSession


def test_the_key_never_changes() -> None:
    """Two releases of Lockplane must exclude one another."""
    assert running.KEY == 2711480183180116407


def test_a_second_run_is_told_who_holds_the_lock(url: str, session: PgSession) -> None:
    other = addresses.connect(url, "apply")
    ((pid,),) = session.query("SELECT pg_backend_pid()")

    with running.exclusive(session, 0):
        started = time.monotonic()
        with pytest.raises(Busy, match=f"process {pid}") as caught, running.exclusive(other, 0.2):
            pass
        assert time.monotonic() - started >= 0.2
        assert f"pg_terminate_backend({pid})" in caught.value.hint
        assert "lockplane apply" in str(caught.value)
    with running.exclusive(other, 0):
        pass
    other.close()


def test_the_lock_ends_with_the_run_that_failed(url: str, session: PgSession) -> None:
    other = addresses.connect(url, "apply")
    with pytest.raises(ZeroDivisionError), running.exclusive(session, 0):
        raise ZeroDivisionError
    with running.exclusive(other, 0):
        pass
    other.close()


def test_a_lock_of_another_database_is_no_matter(admin: str, session: PgSession) -> None:
    other = addresses.connect(admin, "apply")
    with running.exclusive(session, 0), running.exclusive(other, 0):
        pass
    other.close()


def test_a_segment_is_a_transaction_on_public(session: PgSession) -> None:
    session.execute("SET search_path = pg_catalog")
    with pytest.raises(ZeroDivisionError), running.segment(session, Segment(())):  # noqa: PT012 - see that it is undone
        session.execute("CREATE TABLE t (a integer)")
        assert session.query("SELECT to_regclass('public.t') IS NOT NULL") == [(True,)]
        raise ZeroDivisionError
    assert session.query("SELECT to_regclass('public.t')") == [(None,)]


def test_a_segment_outside_is_no_transaction(session: PgSession) -> None:
    session.execute("CREATE TABLE t (a integer)")
    session.execute("SET search_path = pg_catalog")
    with running.segment(session, Segment((), "outside")):
        session.execute("CREATE INDEX CONCURRENTLY i ON t (a)")
    assert session.query("SELECT to_regclass('public.i') IS NOT NULL") == [(True,)]


def test_a_healthy_target_passes(session: PgSession) -> None:
    running.preflight(session)


def test_a_read_only_target_is_refused(url: str) -> None:
    session = addresses.connect(f"{url}&options=-c%20default_transaction_read_only%3Don", "apply")
    with pytest.raises(Refused, match="read-only"):
        running.preflight(session)
    session.close()
