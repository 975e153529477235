"""Runs: plans that somebody wrote, carried out on the fake database `main`, and what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockplane_core.model.consent import Consent
from lockplane_core.model.plan import Plan
from lockplane_core.model.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Segment
    from lockplane_core.model.record import RunResult
    from lockplane_core.testing.fakes.server import FakeServer

YES = Consent(allow_data_loss=True)
FAST = Consent(skip_shadow=True)


def apply(
    lockplane: Lockplane, plan: Plan, consent: Consent = YES, listener: Any = None
) -> RunResult:
    """The result of a run on `main`."""
    return lockplane.apply("fake:main", plan, consent=consent, listener=listener)


def by_hand(*sql: str, **more: Any) -> Plan:
    """A plan that somebody wrote: a step for each statement."""
    return Plan(dialect="", steps=tuple(Step(description=s, sql=(s,), **more) for s in sql))


def things(server: FakeServer) -> list[str]:
    """What is in `main`."""
    return sorted(thing.name for thing in server.databases["main"].state.values())


class Listener:
    """Does something when the statements are about to run."""

    def __init__(self, act: Callable[[], object] = lambda: None) -> None:
        self.act = act
        self.heard: list[str] = []

    def proving(self, judge: str) -> None:
        """Note it."""
        self.heard.append(judge)

    def announced(self, plan: Plan, parts: list[Segment]) -> None:
        """Note it, and do it."""
        self.heard.append(f"{len(parts)} transactions")
        self.act()

    def started(self, number: int, step: Step) -> None:
        """Note it."""
        self.heard.append(f"{number} {step.description}")
