"""Progress: how a run goes, live on a terminal and in a few lines elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

from lockplane_core.cli import output

if TYPE_CHECKING:
    from types import TracebackType

    from lockplane_core.model.plan import Plan, Segment
    from lockplane_core.model.step import Step


class Progress:
    """Hears a run, and shows its present step on a terminal."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._status: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status("Looking at the database")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status:
            self._status.stop()

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
        if self._status:
            from rich.text import Text

            self._status.update(Text(text))
