"""Segments: as few transactions as the steps allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.plan import Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.step import Step


def segments(steps: Sequence[Step]) -> list[Segment]:
    """Steps cut into runs of one transaction, and single steps that may not be in one.

    A `boundary` step ends its transaction as late as before the first step that uses what it
    made; one that does not say what it made, before the next step. A `last` one ends it at once.
    """
    result: list[Segment] = []
    run: list[Step] = []
    boundaries: list[Step] = []
    for step in steps:
        if step.transaction == "outside":
            _close(result, run)
            result.append(Segment((step,), "outside"))
            continue
        if any(_must_commit(earlier, step) for earlier in boundaries):
            _close(result, run)
        if not run:
            boundaries.clear()
        run.append(step)
        if step.transaction == "boundary":
            boundaries.append(step)
        elif step.transaction == "last":
            _close(result, run)
    _close(result, run)
    return result


def _close(result: list[Segment], run: list[Step]) -> None:
    if run:
        result.append(Segment(tuple(run)))
        run.clear()


def _must_commit(earlier: Step, step: Step) -> bool:
    """Whether a COMMIT must stand between a boundary step and a later one."""
    return not earlier.produces or not set(earlier.produces).isdisjoint(step.consumes)
