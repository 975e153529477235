"""No transaction of an online plan closes two objects to readers, unless one step does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lockplane_core.algebra.online import Online, parted
from lockplane_core.algebra.segment import segments
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.plan import UndoStep
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Lock, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

_REFS = [Ref("toy.thing", (name,)) for name in "abc"]
_locks = st.builds(
    lambda refs, blocks: tuple(Lock(ref, "HARD", blocks) for ref in sorted(refs)),
    st.frozensets(st.sampled_from(_REFS), max_size=2),
    st.sampled_from([("reads", "writes"), ("writes",), ()]),
)
_steps = st.lists(
    st.builds(
        lambda locks, effects, mode: Step(
            description="s", sql=(), locks=locks, effects=effects, transaction=mode
        ),
        _locks,
        st.sampled_from([(), (), ("scan",), ("rewrite",)]),
        st.sampled_from(["inside", "inside", "last", "outside"]),
    ),
    max_size=8,
)


def closed(steps: Sequence[Step]) -> set[Ref]:
    return {lock.ref for step in steps for lock in step.locks if "reads" in lock.blocks}


@given(_steps)
def test_no_transaction_closes_more_than_a_step_of_it_does(steps: list[Step]) -> None:
    for segment in segments(list(parted(steps))):
        most = max(len(closed([step])) for step in segment.steps)
        assert len(closed(segment.steps)) <= most


@given(_steps)
def test_nothing_long_is_done_while_readers_wait_for_something_else(steps: list[Step]) -> None:
    for segment in segments(list(parted(steps))):
        for number, step in enumerate(segment.steps):
            assert not (step.effects and closed(segment.steps[:number]))


@given(_steps)
def test_steps_stay_what_they_are_but_for_the_commit(steps: list[Step]) -> None:
    def timeless(step: Step) -> Step:
        return msgspec.structs.replace(step, transaction="inside")

    assert [timeless(s) for s in parted(steps)] == [timeless(s) for s in steps]


def test_a_rollback_is_parted_as_well_and_keeps_what_it_takes_back() -> None:
    locks = [(Lock(ref, "HARD", ("reads",)),) for ref in _REFS]
    undo = [
        UndoStep(step=Step(description="Rollback: x", sql=(), locks=held), undoes=(number,))
        for number, held in enumerate(locks)
    ]
    catalog = Catalog("toy")

    found = Online((), catalog, catalog, {}).undo(undo)

    assert [entry.step.transaction for entry in found] == ["last", "last", "inside"]
    assert [(entry.step.description, entry.undoes) for entry in found] == [
        ("Rollback: x", (number,)) for number in range(3)
    ]
