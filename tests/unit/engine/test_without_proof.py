"""Plans that somebody wrote, and runs without a shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import ProofFailed
from lockplane_core.testing.fakes import FakeServer, Trouble, fake_lockplane
from lockplane_core.testing.fakes.runs import FAST, apply, by_hand, things

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan


# -- plans written by hand, and no shadow ----------------------------------------------------


def test_a_plan_written_by_hand_runs_on_any_state(lockplane: Lockplane, books: FakeServer) -> None:
    assert apply(lockplane, by_hand("create shelf a")).success
    assert "a" in things(books)


def test_a_plan_written_by_hand_is_tried_on_a_scratch_first(
    lockplane: Lockplane, books: FakeServer
) -> None:
    with pytest.raises(ProofFailed, match=r"step 2 \(drop box books.title\) failed"):
        apply(lockplane, by_hand("create shelf a", "drop box books.title"))
    assert "a" not in things(books)


def test_without_a_proof_no_shadow_is_started(books: FakeServer, after: str) -> None:
    with fake_lockplane(books) as lockplane:
        plan = lockplane.plan("fake:main", after).plan
    before = books.scratches
    for each in (plan, by_hand("create shelf a")):
        with fake_lockplane(books) as lockplane:
            assert apply(lockplane, each, FAST).success
            assert books.shadows == 0
    assert books.scratches == before


def test_an_interruption_of_the_proof_leaves_nothing_behind(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    """It is no result, since nothing ran on the target."""
    before = books.databases["main"].state

    def trouble(database: str, sql: str) -> None:
        if database != "main" and sql == "create shelf people":
            raise KeyboardInterrupt

    books.trouble = trouble
    with pytest.raises(KeyboardInterrupt):
        apply(lockplane, plan)
    assert list(books.databases) == ["main"]
    assert books.databases["main"].state is before
    assert books.databases["main"].holder is None


def test_no_scratch_and_no_shadow_is_left(books: FakeServer, after: str) -> None:
    with fake_lockplane(books) as lockplane:
        plan = lockplane.plan("fake:main", after).plan
        books.trouble = Trouble(KeyboardInterrupt(), 2)
        apply(lockplane, plan)
    assert list(books.databases) == ["main"]
    assert books.shadows == 0
