from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import ScratchError
from lockplane_core.spi.shadow import ScratchRequest
from lockplane_postgres import addresses
from lockplane_postgres.dialect import PostgresDialect
from lockplane_postgres.leftovers import PREFIX
from lockplane_postgres.shadow import NamedShadow, OwnShadow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.spi.session import Session
    from lockplane_postgres.session import PgSession


@pytest.fixture
def named(url: str) -> Iterator[NamedShadow]:
    """The server of the tests as a shadow that somebody named."""
    shadow = NamedShadow(ScratchRequest(shadow_url=url))
    yield shadow
    shadow.close()


def scratches(session: Session) -> list[str]:
    rows = session.query(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (PREFIX,)
    )
    return sorted(name for (name,) in rows)


def test_a_scratch_is_a_new_database_and_goes(named: NamedShadow, session: PgSession) -> None:
    before = scratches(session)
    with named.scratch() as scratch:
        scratch.execute("CREATE TABLE t (a integer)")
        assert scratch.query("SELECT current_database()")[0][0].startswith(PREFIX)
        assert len(scratches(session)) == len(before) + 1
    assert scratches(session) == before
    assert session.query("SELECT to_regclass('t')") == [(None,)]


def test_a_scratch_goes_after_ctrl_c_and_while_others_are_on_it(
    named: NamedShadow, url: str, session: PgSession
) -> None:
    before = scratches(session)
    with pytest.raises(KeyboardInterrupt), named.scratch() as scratch:  # noqa: PT012 - as it says
        ((name,),) = scratch.query("SELECT current_database()")
        other = addresses.connect(url, "read", database=name)
        raise KeyboardInterrupt
    other.close()
    assert scratches(session) == before


def test_only_what_carries_the_marker_of_this_run_is_dropped(
    named: NamedShadow, session: PgSession
) -> None:
    """Somebody else's database under the name of our scratch stays."""
    with named.scratch() as scratch:
        ((name,),) = scratch.query("SELECT current_database()")
        session.execute(f"COMMENT ON DATABASE {name} IS 'mine now'")
    assert name in scratches(session)
    session.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_leftovers_of_dead_runs_are_reported_and_stay(url: str, session: PgSession) -> None:
    old, young = (f"{PREFIX}{int(time.time()) - age}_x" for age in (7200, 10))
    for name in (old, young):
        session.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        session.execute(f"COMMENT ON DATABASE {name} IS 'lockplane scratch of somebody'")
    shadow = NamedShadow(ScratchRequest(shadow_url=url))
    try:
        assert [n for n in shadow.notices if old in n] == [
            f"a run that died left the scratch {old}: lockplane shadow clean drops it"
        ]
        assert not any(young in notice for notice in shadow.notices)
        assert {old, young} <= set(scratches(session))
    finally:
        shadow.close()
        for name in (old, young):
            session.execute(f"DROP DATABASE {name}")


def test_the_targets_own_server_is_told(url: str) -> None:
    shadow = NamedShadow(ScratchRequest(shadow_url=url, target_url=url))
    assert shadow.foreign
    assert shadow.beside_target
    assert "target's own server" in shadow.notices[0]
    shadow.close()


def test_a_shadow_of_ones_own_is_not_foreign() -> None:
    dialect = PostgresDialect()
    shadow = dialect.shadow(ScratchRequest())
    assert isinstance(shadow, OwnShadow)
    assert not shadow.foreign
    assert shadow.judge.startswith("PostgreSQL ")
    with shadow.scratch() as scratch:
        assert scratch.version == shadow.version
        # Bodies are checked where the schema is run, not where it is loaded in any order.
        scratch.execute("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT a FROM nowhere'")
    assert dialect.shadow(ScratchRequest()) is shadow
    dialect.close()


def test_a_shadow_that_was_named_and_is_not_there_is_refused() -> None:
    with pytest.raises(ScratchError, match="can not be used") as caught:
        PostgresDialect().shadow(ScratchRequest(shadow_url="postgres://u:hunter2@127.0.0.1:1/d"))
    assert "hunter2" not in str(caught.value)
    assert "No other server is taken" in caught.value.hint


def test_a_role_without_createdb(url: str, session: PgSession) -> None:
    session.execute("CREATE ROLE lockplane_small LOGIN")
    try:
        given = f"{url}&user=lockplane_small".replace("user=lockplane&", "")
        shadow = NamedShadow(ScratchRequest(shadow_url=given))
        with pytest.raises(ScratchError, match="may not create databases") as caught:
            shadow.scratch().__enter__()
        assert "ALTER ROLE lockplane_small CREATEDB" in caught.value.hint
        shadow.close()
    finally:
        session.execute("DROP ROLE lockplane_small")


def test_an_extension_that_the_shadow_lacks(url: str) -> None:
    request = ScratchRequest(shadow_url=url, extensions=("plpgsql", "nonesuch"))
    with pytest.raises(ScratchError, match="does not have the extension nonesuch"):
        NamedShadow(request)


def test_a_scratch_does_not_inherit_what_the_server_has_in_its_template(
    named: NamedShadow, url: str
) -> None:
    template = addresses.connect(url, "apply", database="template1")
    template.execute("CREATE TABLE local_habit (a integer)")
    template.close()
    try:
        with named.scratch() as scratch:
            assert scratch.query("SELECT to_regclass('local_habit')") == [(None,)]
    finally:
        template = addresses.connect(url, "apply", database="template1")
        template.execute("DROP TABLE local_habit")
        template.close()
