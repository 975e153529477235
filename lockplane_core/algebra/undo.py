"""Undo: the steps that take a plan back, in the reverse of its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.order import preference, sort
from lockplane_core.model.plan import UndoStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_core.spi.kind import Kind

PREFIX = "Rollback: "


def undo(
    forward: Sequence[Step], backward: Sequence[Step], kinds: Mapping[str, Kind]
) -> tuple[UndoStep, ...]:
    """`backward` as the undo of `forward`: last done, first undone, as far as needs allow."""
    touched = _touched(forward)
    taken = {id(step): _undone(step, touched) for step in backward}

    def rank(step: Step, _: int) -> tuple[object, ...]:
        return (-max(taken[id(step)], default=0), preference(step, kinds))

    return tuple(
        UndoStep(step=_reworded(step), undoes=taken[id(step)])
        for step in sort(backward, kinds, rank)
    )


def undo_of_renames(forward: Sequence[Step], backward: Sequence[Step]) -> tuple[UndoStep, ...]:
    """Steps that give names back, as the undo of those that changed them.

    What makes way for them takes back what made that.
    """
    numbers = {
        frozenset((name.new, name.old) for name in step.renames): (number,)
        for number, step in enumerate(forward, 1)
        if step.renames
    }
    touched = _touched(forward)
    return tuple(
        UndoStep(
            step=_reworded(step),
            undoes=numbers.get(frozenset((name.old, name.new) for name in step.renames), ())
            if step.renames
            else _undone(step, touched),
        )
        for step in backward
    )


def later(undo: Sequence[UndoStep], count: int) -> tuple[UndoStep, ...]:
    """`undo`, where so many steps come before those that it undoes."""
    return tuple(
        msgspec.structs.replace(entry, undoes=tuple(number + count for number in entry.undoes))
        for entry in undo
    )


def _touched(forward: Sequence[Step]) -> dict[Ref, set[int]]:
    found: dict[Ref, set[int]] = {}
    for number, step in enumerate(forward, 1):
        for ref in (*step.produces, *step.destroys, *step.settles):
            found.setdefault(ref, set()).add(number)
    return found


def _undone(step: Step, touched: dict[Ref, set[int]]) -> tuple[int, ...]:
    refs = {*step.produces, *step.destroys, *step.settles}
    return tuple(sorted(set().union(*(touched.get(ref, set()) for ref in refs))))


def _reworded(step: Step) -> Step:
    text = step.undo_description or step.description
    return msgspec.structs.replace(step, description=PREFIX + text, undo_description="")
