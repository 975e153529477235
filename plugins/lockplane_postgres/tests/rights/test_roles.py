"""Roles that a schema names, where a scratch is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.errors import ScratchError
from lockplane_core.model.consent import Consent

if TYPE_CHECKING:
    from lockplane_core.engine.planner import Planned
    from lockplane_postgres.testing_roles import Roles

DATA_LOSS = Consent(allow_data_loss=True)

POLICY = "CREATE TABLE t (id integer); CREATE POLICY p ON t TO {alice} USING (true);"


def test_our_own_server_has_any_role(lockplane: Lockplane, place: Roles) -> None:
    place.run("CREATE TABLE t (id integer)")
    planned = lockplane.plan(place.url, place.schema(POLICY))

    assert lockplane.apply(place.url, planned.plan, consent=DATA_LOSS).success
    undo = lockplane.undo(planned.plan, place.url)
    assert lockplane.apply(place.url, undo, consent=DATA_LOSS).success


def test_a_named_server_is_not_given_a_role(admin: str, place: Roles) -> None:
    sql = "CREATE TABLE t (id integer); CREATE POLICY p ON t TO nobody_there USING (true);"
    settings = Settings(dialect="postgres", schemas=("*",), shadow_database_url=admin)
    with Lockplane(load_registry(), settings) as lockplane:
        with pytest.raises(ScratchError, match="does not have the role nobody_there") as caught:
            lockplane.read(place.schema(sql))
        known = lockplane.read(place.schema(POLICY))

    assert "CREATE ROLE nobody_there" in (caught.value.hint or "")
    assert len(known.catalog.of_kind("postgres.policy")) == 1
    assert place.session.query("SELECT FROM pg_roles WHERE rolname = 'nobody_there'") == []


def test_a_script_may_make_its_roles_and_grant_to_them(lockplane: Lockplane, place: Roles) -> None:
    script = place.folder / "dump.sql"
    script.write_text(
        """
        CREATE ROLE maker;
        CREATE TABLE t (id integer);
        ALTER TABLE t OWNER TO maker;
        GRANT SELECT ON t TO reader;
        CREATE POLICY p ON t TO reader USING (true);
        """
    )
    for _ in range(2):
        planned: Planned = lockplane.plan(place.url, f"sql:{script}")
        assert "2 of its statements say who owns or may use what" in "".join(planned.notices)
        assert [step.description for step in planned.plan.steps] == [
            "Create table t",
            "Create policy p on table t",
        ]
