"""What a plan must say whatever a project has switched off: the data that it loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lockplane_core.model.plan import Plan
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_core.spi.kind import Kind

DATA_LOSS, DATA_LOSS_CODE = "data_loss", "LP031"
_HOLDERS = ("table", "column")


def findings(plan: Plan, kinds: Mapping[str, Kind]) -> list[Finding]:
    """A warning for each step that loses data; `apply` wants consent to it."""
    return [
        Finding(
            id=DATA_LOSS,
            code=DATA_LOSS_CODE,
            severity="warning",
            message=f"Data loss: {_lost(step, kinds)}",
            ref=next(_holders(step, kinds), None),
            span=step.span,
            step=number,
            suggestion="`lockplane apply` asks for consent to this",
        )
        for number, step in plan.loses_data()
    ]


def _lost(step: Step, kinds: Mapping[str, Kind]) -> str:
    """What goes with all it holds; of a change that keeps the object, what the step does."""
    names = [f"{ref.noun} {kinds[ref.kind].spoken(ref)}" for ref in _holders(step, kinds)]
    if not names:
        return step.description
    return f"{', '.join(names)} and all {'they hold' if len(names) > 1 else 'it holds'}"


def _holders(step: Step, kinds: Mapping[str, Kind]) -> Iterator[Ref]:
    """The tables and columns that are gone after the step; of a table, not each column."""
    gone = [ref for ref in step.destroys if ref not in step.produces and ref.kind in kinds]
    tables = {ref.path for ref in gone if kinds[ref.kind].role == "table"}
    for ref in gone:
        if kinds[ref.kind].role in _HOLDERS and ref.path[:-1] not in tables:
            yield ref
