"""Progress: how a run goes, live on a terminal and in a few lines elsewhere."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from lockplane_core.cli import output

if TYPE_CHECKING:
    from types import TracebackType

    from lockplane_core.engine.bench import Busy
    from lockplane_core.model.plan import Plan, Segment
    from lockplane_core.model.step import Step


class Progress:
    """Hears a run, and shows its present step on a terminal if it takes long."""

    def __init__(self, busy: Busy, total: int) -> None:
        self._busy, self._total = busy, total
        self._whole, self._now = ExitStack(), ExitStack()

    def __enter__(self) -> Self:
        self._whole.enter_context(self._busy("Looking at the database"))
        self._whole.enter_context(self._now)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._whole.close()

    def proving(self, judge: str) -> None:
        """Show that the plan is tried on a scratch."""
        self._show(f"Proving the plan on {judge}")

    def announced(self, plan: Plan, parts: list[Segment]) -> None:
        """Say what stays if a later transaction fails, where there is more than one."""
        if len(parts) < 2:  # noqa: PLR2004 - all or nothing
            return
        output.say(f"This plan runs in {len(parts)} transactions:")
        first = 1
        for number, part in enumerate(parts, 1):
            last = first + len(part.steps) - 1
            steps = f"step {first}" if first == last else f"steps {first} to {last}"
            stays = "" if number == len(parts) else "; stays if a later one fails"
            output.say(f"  {number}. {steps}{stays}")
            first = last + 1

    def started(self, number: int, step: Step) -> None:
        """Show the step that runs now."""
        self._show(f"Step {number} of {self._total}: {step.description}")

    def _show(self, text: str) -> None:
        self._now.close()
        self._now.enter_context(self._busy(text))
