"""Plans as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from lockplane_core.builtin.formats.plan_words import (
    blocked,
    conditions,
    effects,
    ended,
    locked,
    summary,
)
from lockplane_core.engine.plan_file import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lockplane_core.model.plan import Plan
    from lockplane_core.model.step import Step
    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.kind import Kind

_INDENT = " " * 7


class TextPlan:
    """Each step in words, its SQL, what it means, and whom it keeps waiting."""

    name: ClassVar[str] = "text"
    writes: ClassVar[Literal["plan"]] = "plan"

    def __init__(self, registry: Callable[[], Registry]) -> None:
        self._registry = registry

    def render(self, plan: Plan) -> str:
        """A heading, then the steps with their numbers."""
        if not plan.steps:
            return "Nothing to do.\n"
        kinds = self._registry().kinds(plan.dialect)
        lines = [f"Plan {short(plan)}, {summary(plan)}"]
        for number, step in enumerate(plan.steps, 1):
            lines += ["", f"{number:>3}. {step.description}", *_details(step, kinds)]
        return "\n".join(lines) + "\n"


def _details(step: Step, kinds: Mapping[str, Kind]) -> Iterator[str]:
    for sql in step.sql:
        for line in ended(sql).splitlines():
            yield f"{_INDENT}{line}".rstrip()
    if step.effects:
        yield f"{_INDENT}! {effects(step)}"
    for condition in conditions(step):
        yield f"{_INDENT}! apply refuses the plan if {condition}"
    for lock in step.locks:
        words = ", ".join(filter(None, (lock.mode, blocked(lock))))
        yield f"{_INDENT}- locks {locked(lock, kinds)}: {words}"
    if step.transaction == "outside":
        yield f"{_INDENT}- runs outside any transaction"
