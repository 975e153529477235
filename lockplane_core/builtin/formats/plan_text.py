"""Plans as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from lockplane_core.algebra.segment import segments
from lockplane_core.engine.plan_file import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.plan import Plan
    from lockplane_core.model.step import Step

_INDENT = " " * 7


class TextPlan:
    """Each step in words, its SQL, what it means, and whom it keeps waiting."""

    name: ClassVar[str] = "text"
    writes: ClassVar[Literal["plan"]] = "plan"

    def render(self, plan: Plan) -> str:
        """A heading, then the steps with their numbers."""
        if not plan.steps:
            return "Nothing to do.\n"
        lines = [_heading(plan)]
        for number, step in enumerate(plan.steps, 1):
            lines += ["", f"{number:>3}. {step.description}", *_details(step)]
        return "\n".join(lines) + "\n"


def _heading(plan: Plan) -> str:
    parts = [f"Plan {short(plan)}", _count(len(plan.steps), "step")]
    parts.append(_count(len(segments(plan.steps)), "transaction"))
    if plan.judge:
        parts.append(f"read with {plan.judge}")
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _details(step: Step) -> Iterator[str]:
    for sql in step.sql:
        for line in sql.splitlines():
            yield f"{_INDENT}{line}".rstrip()
    if step.effects:
        yield f"{_INDENT}! {', '.join(effect.replace('_', ' ') for effect in step.effects)}"
    for lock in step.locks:
        blocks = f", blocks {' and '.join(lock.blocks)}" if lock.blocks else ""
        yield f"{_INDENT}- locks {lock.ref}: {lock.mode}{blocks}"
    if step.transaction == "outside":
        yield f"{_INDENT}- runs outside any transaction"
