"""Steps are cut into as few transactions as they allow."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from lockplane_core.algebra.segment import segments
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable

refs = st.frozensets(st.sampled_from([Ref("toy.thing", (name,)) for name in "abc"]), max_size=2)
modes: st.SearchStrategy[Transaction] = st.sampled_from(
    ["inside", "inside", "inside", "boundary", "boundary", "last", "outside"]
)
steps_of_all_sorts = st.lists(
    st.builds(
        lambda makes, needs, mode: Step(
            description="s",
            sql=(),
            produces=tuple(sorted(makes)),
            consumes=tuple(sorted(needs)),
            transaction=mode,
        ),
        refs,
        refs,
        modes,
    ),
    max_size=8,
)


def may_share(steps: Iterable[Step]) -> bool:
    """Whether steps may run in one transaction."""
    seen: list[Step] = []
    for step in steps:
        if step.transaction == "outside":
            return False
        for earlier in seen:
            if earlier.transaction == "last":
                return False
            uses = set(earlier.produces) & set(step.consumes)
            if earlier.transaction == "boundary" and (uses or not earlier.produces):
                return False
        seen.append(step)
    return True


@given(steps_of_all_sorts)
def test_no_step_is_lost_or_moved(steps: list[Step]) -> None:
    assert [step for segment in segments(steps) for step in segment.steps] == steps


@given(steps_of_all_sorts)
def test_a_segment_is_one_transaction_or_one_step_outside(steps: list[Step]) -> None:
    for segment in segments(steps):
        if segment.transaction == "outside":
            assert [step.transaction for step in segment.steps] == ["outside"]
        else:
            assert may_share(segment.steps)


@given(steps_of_all_sorts)
def test_no_two_neighbours_could_be_one_transaction(steps: list[Step]) -> None:
    found = segments(steps)
    for one, other in pairwise(found):
        assert not may_share([*one.steps, *other.steps[:1]])


def test_no_steps_are_no_segments() -> None:
    assert segments([]) == []
