"""A plan can be taken back, also one that somebody wrote by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.engine.rollback import reverse
from lockplane_core.errors import PlanError, ProofFailed, StalePlan
from lockplane_core.model.consent import Consent
from lockplane_core.model.plan import Plan
from lockplane_core.model.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.testing.fakes import FakeServer

BOOKS = (
    "create shelf books",
    "create box books.title text",
    "create view titles as books.title",
)
YES = Consent(allow_data_loss=True)


@pytest.fixture
def plan(lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]) -> Plan:
    """A plan that labels a shelf, makes another with a box that refers, and drops a view."""
    lines = (
        "create shelf books label x",
        "create box books.title text",
        "create shelf people",
        "create box people.likes text of books.title",
    )
    return lockplane.plan("fake:main", schema(*lines)).plan


def by_hand(*sql: str) -> Plan:
    """A plan that somebody wrote."""
    return Plan(dialect="", steps=tuple(Step(description=s, sql=(s,)) for s in sql))


def test_a_plan_is_taken_back_from_the_state_that_it_led_to(
    lockplane: Lockplane, plan: Plan, schema: Callable[..., str]
) -> None:
    lockplane.apply("fake:main", plan)
    back = lockplane.undo(plan, "fake:main")
    assert back.is_rollback
    assert lockplane.apply("fake:main", back, consent=YES).success
    assert lockplane.diff("fake:main", schema(*BOOKS)) == {}


def test_the_rollback_can_be_had_before_the_plan_ran(lockplane: Lockplane, plan: Plan) -> None:
    assert lockplane.undo(plan, "fake:main") == reverse(plan)


def test_from_any_other_state_it_is_refused(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    books.connect("main", writes=True).execute("create shelf others")
    with pytest.raises(StalePlan, match="neither the state before this plan nor the one after"):
        lockplane.undo(plan, "fake:main")


def test_a_plan_of_another_product_is_refused(lockplane: Lockplane, books: FakeServer) -> None:
    with pytest.raises(PlanError, match="this plan is for sqlite"):
        lockplane.undo(Plan(dialect="sqlite", steps=()), "fake:main")


def test_turned_round_twice_a_plan_is_itself(plan: Plan) -> None:
    assert reverse(reverse(plan)) == plan


def test_what_takes_a_rollback_back_runs_in_the_order_of_the_plan(plan: Plan) -> None:
    assert [entry.step for entry in reverse(plan).undo] == list(plan.steps)


def test_a_plan_without_undo_can_not_be_turned_round() -> None:
    steps = (Step(description="x", sql=("x",)),)
    with pytest.raises(PlanError, match="has no undo"):
        reverse(Plan(dialect="fake", steps=steps, source_hash="a", target_hash="b"))


# -- plans written by hand -------------------------------------------------------------------


def test_the_undo_of_a_plan_written_by_hand_is_learned(
    lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]
) -> None:
    plan = by_hand("create shelf people", "label shelf people x", "drop view titles")
    back = lockplane.undo(plan, "fake:main")
    assert [step.description for step in back.steps] == [
        "Rollback: Create view titles",
        "Rollback: Label shelf people",
        "Rollback: Drop shelf people",
    ]
    lockplane.apply("fake:main", plan)
    assert lockplane.apply("fake:main", back, consent=YES).success
    assert lockplane.diff("fake:main", schema(*BOOKS)) == {}


def test_what_was_learned_runs_only_after_the_plan(lockplane: Lockplane, books: FakeServer) -> None:
    back = lockplane.undo(by_hand("create shelf people"), "fake:main")
    with pytest.raises(StalePlan):
        lockplane.apply("fake:main", back, consent=YES)


def test_a_step_that_fails_there_is_named(lockplane: Lockplane, books: FakeServer) -> None:
    with pytest.raises(ProofFailed, match=r"step 2 \(drop shelf no\) failed on the scratch"):
        lockplane.undo(by_hand("create shelf people", "drop shelf no"), "fake:main")


def test_the_state_before_may_be_a_schema_file(
    lockplane: Lockplane, schema: Callable[..., str]
) -> None:
    plan = Plan(dialect="fake", steps=by_hand("create shelf b").steps)
    back = lockplane.undo(plan, schema("create shelf a"))
    assert [step.sql for step in back.steps] == [("drop shelf b",)]
