"""Tablespaces belong to the server: what names one that is not there says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import Refused, ScratchError
from lockplane_core.model.consent import Consent
from lockplane_core.model.ref import Ref
from lockplane_core.spi.shadow import ScratchRequest
from lockplane_postgres.shadow import NamedShadow
from lockplane_postgres.testing import TABLESPACES, lacking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession

PLACED = 'CREATE TABLE a (id integer PRIMARY KEY) TABLESPACE "{}";'


def test_a_tablespace_that_the_target_lacks_is_refused(
    lockplane: Lockplane, schema: Callable[[str, str], str], url: str, session: PgSession
) -> None:
    planned = lockplane.plan(url, schema("after", PLACED.format("nowhere"))).plan

    told = r"tablespace nowhere at \S+:1:\d+, which the server does not have"
    with pytest.raises(Refused, match=told):
        lockplane.apply(url, planned, consent=Consent())

    assert session.query("SELECT to_regclass('a')") == [(None,)]


def test_a_shadow_of_somebody_s_is_given_no_tablespace(url: str) -> None:
    shadow = NamedShadow(ScratchRequest(shadow_url=url))
    try:
        with pytest.raises(ScratchError, match="does not have the tablespace nowhere"):
            shadow.provide([Ref("postgres.tablespace", ("nowhere",))])
    finally:
        shadow.close()


def test_a_move_says_that_all_is_written_again(plan: Callable[[str, str], Plan]) -> None:
    (step,) = plan("CREATE TABLE a (id integer PRIMARY KEY);", PLACED.format("x")).steps

    assert step.description == "Move table a to tablespace x"
    assert step.sql == ("ALTER TABLE a SET TABLESPACE x",)
    assert step.effects == ("rewrite",)
    assert [(lock.ref.name, lock.mode) for lock in step.locks] == [("a", "ACCESS EXCLUSIVE")]


def test_the_default_of_a_role_or_database_does_not_leak_in(
    lockplane: Lockplane, schema: Callable[[str, str], str], url: str, session: PgSession
) -> None:
    if reason := lacking("tablespaces", session):
        pytest.skip(reason)
    ((name,),) = session.query("SELECT current_database()")
    session.execute(f"ALTER DATABASE {name} SET default_tablespace = {TABLESPACES[0]}")
    planned = lockplane.plan(url, schema("after", "CREATE TABLE a (id integer PRIMARY KEY);")).plan

    assert lockplane.apply(url, planned, consent=Consent()).success
    assert session.query("SELECT reltablespace::int FROM pg_class WHERE relname = 'a'") == [(0,)]


def test_a_dump_names_tablespaces_by_a_setting(lockplane: Lockplane, tmp_path: Path) -> None:
    path = tmp_path / "dump.sql"
    path.write_text(
        "SET default_tablespace = 'of the dump';\nCREATE TABLE a (id integer);\n"
        "SET default_tablespace = '';\nCREATE TABLE b (id integer);\n"
    )

    tables = lockplane.tree(lockplane.read(f"sql:{path}"))["tables"]

    assert [table.get("tablespace") for table in tables] == ["of the dump", None]
