"""A plan that makes something again: for whom, and for what that had when it was planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from lockplane_core.errors import Refused, StalePlan
from lockplane_core.model.consent import Consent

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane
    from lockplane_core.model.step import Step
    from lockplane_postgres.testing_roles import Roles

DATA_LOSS = Consent(allow_data_loss=True)

VIEW = """
CREATE TABLE t (id integer, n integer);
CREATE VIEW v AS SELECT id, n FROM t;
ALTER TABLE t OWNER TO {runner};
ALTER VIEW v OWNER TO {bob};
GRANT SELECT ON t TO {bob};
GRANT USAGE, CREATE ON SCHEMA public TO {runner};
"""
OTHER_VIEW = "CREATE TABLE t (id integer, n bigint); CREATE VIEW v AS SELECT id, n FROM t;"


def test_a_role_that_may_hand_over_need_not_own(lockplane: Lockplane, place: Roles) -> None:
    place.run(VIEW + "GRANT {bob} TO {runner}; GRANT CREATE ON SCHEMA public TO {bob};")
    facts = place.facts()
    runner = place.as_role("runner")
    planned = lockplane.plan(runner, place.schema(OTHER_VIEW))

    assert lockplane.apply(runner, planned.plan, consent=DATA_LOSS).success
    assert place.facts() == facts


REFUSED = {
    "the role is no member": ("", "can not act for {bob}"),
    "the owner may not create": (
        "GRANT {bob} TO {runner}",
        "{bob} may not create anything in schema public any more",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_handed_over_is_refused_beforehand(
    lockplane: Lockplane, place: Roles, case: str
) -> None:
    more, words = REFUSED[case]
    place.run(VIEW + more)
    runner = place.as_role("runner")
    planned = lockplane.plan(runner, place.schema(OTHER_VIEW))

    with pytest.raises(Refused) as caught:
        lockplane.apply(runner, planned.plan, consent=DATA_LOSS)

    assert words.format(**place.roles) in str(caught.value)


@pytest.mark.parametrize("change", ["GRANT SELECT ON v TO {alice}", "ALTER VIEW v OWNER TO {bob}"])
def test_a_plan_knows_when_they_have_changed(
    lockplane: Lockplane, place: Roles, change: str
) -> None:
    place.run("CREATE TABLE t (id integer, n integer); CREATE VIEW v AS SELECT id, n FROM t;")
    planned = lockplane.plan(place.url, place.schema(OTHER_VIEW))
    place.run(change)

    with pytest.raises(StalePlan, match=r"makes view public\.v again"):
        lockplane.apply(place.url, planned.plan, consent=DATA_LOSS)


def test_a_plan_of_the_owner_is_not_for_another_role(lockplane: Lockplane, place: Roles) -> None:
    place.run(VIEW + "GRANT CREATE ON SCHEMA public TO {bob}; GRANT {runner} TO {bob};")
    planned = lockplane.plan(place.as_role("bob"), place.schema(OTHER_VIEW))

    with pytest.raises(StalePlan, match="as the role that applies it"):
        lockplane.apply(place.url, planned.plan, consent=DATA_LOSS)
    assert lockplane.apply(place.as_role("bob"), planned.plan, consent=DATA_LOSS).success


def test_a_plan_between_files_knows_of_nothing_to_keep(lockplane: Lockplane, place: Roles) -> None:
    sql = "CREATE TABLE t (id integer, n integer); CREATE VIEW v AS SELECT id, n FROM t;"
    place.run(sql)
    planned = lockplane.plan(place.schema(sql, "old"), place.schema(OTHER_VIEW))
    assert [step.keeps for step in planned.plan.steps if step.keeps] == []

    place.run("GRANT SELECT ON v TO {alice}")
    with pytest.raises(StalePlan, match=r"view public\.v"):
        lockplane.apply(place.url, planned.plan, consent=DATA_LOSS)
    place.run("REVOKE SELECT ON v FROM {alice}")
    assert lockplane.apply(place.url, planned.plan, consent=DATA_LOSS).success


def test_what_is_lost_on_the_way_is_noticed_before_commit(
    lockplane: Lockplane, place: Roles
) -> None:
    """A plan whose SQL was tampered with, or a kind that forgets: nothing of it stays."""
    place.run("CREATE TABLE t (id integer, n integer); CREATE VIEW v AS SELECT id, n FROM t;")
    place.run("GRANT SELECT ON v TO {alice}")
    facts = place.facts()
    planned = lockplane.plan(place.url, place.schema(OTHER_VIEW))
    plan = msgspec.structs.replace(
        planned.plan, steps=tuple(_without_grants(step) for step in planned.plan.steps)
    )

    result = lockplane.apply(place.url, plan, consent=DATA_LOSS)

    assert not result.success
    assert result.state == "rolled_back"
    assert "did not stay what they were: view public.v" in result.errors[0]
    assert place.facts() == facts


def _without_grants(step: Step) -> Step:
    sql = tuple(sql for sql in step.sql if not sql.startswith("GRANT"))
    return msgspec.structs.replace(step, sql=sql)
