"""The hooks by which a stranger's plugin hears of a run, refuses it, or leaves something out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import Refused
from lockplane_core.model.consent import Consent
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.testing.fakes import (
    FakeServer,
    fake_lockplane,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.record import Outcome, RunResult
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.session import Session


class Hears:
    """Remembers what happened during a run."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    @hookimpl
    def lockplane_before_apply(self, plan: Plan, session: Session) -> None:
        """Remember the beginning."""
        self.heard.append(f"before {len(plan.steps)} steps")

    @hookimpl
    def lockplane_after_step(self, plan: Plan, step: Step, outcome: Outcome) -> None:
        """Remember a step."""
        self.heard.append(f"{step.description}: {outcome.state}")

    @hookimpl
    def lockplane_after_apply(self, plan: Plan, result: RunResult) -> None:
        """Remember the end."""
        self.heard.append(result.state)


def test_hook_lockplane_ignore(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_ignore(self, dialect: Dialect, catalog: Catalog) -> list[Ref]:
            """Leave alone what is called old."""
            return [node.ref for node in catalog if node.ref.name == "old"]

    with fake_lockplane(main, stranger=Plugin()) as lockplane:
        assert lockplane.diff("fake:main", schema("")) == {}
        assert lockplane.tree(lockplane.read("fake:main")) == {
            "dialect": "fake",
            "shelves": [],
        }


def test_hook_lockplane_before_apply(main: FakeServer, schema: Callable[..., str]) -> None:
    class Plugin:
        @hookimpl
        def lockplane_before_apply(self, plan: Plan, session: Session) -> None:
            """Refuse on Fridays."""
            raise Refused("not on a Friday", hint="Wait for Monday.")

    with fake_lockplane(main, stranger=Plugin()) as lockplane:
        plan = lockplane.plan("fake:main", schema("create shelf old", "create shelf new")).plan
        with pytest.raises(Refused, match="not on a Friday"):
            lockplane.apply("fake:main", plan)
    assert "new" not in [key[1][0] for key in main.databases["main"].state]


def test_hook_lockplane_after_step(main: FakeServer, schema: Callable[..., str]) -> None:
    listener = Hears()
    with fake_lockplane(main, stranger=listener) as lockplane:
        path = schema("create shelf old label x", "create shelf new")
        lockplane.apply("fake:main", lockplane.plan("fake:main", path).plan)
    assert listener.heard == [
        "before 2 steps",
        "Create shelf new: executed",
        "Label shelf old: executed",
        "committed",
    ]


def test_hook_lockplane_after_apply(main: FakeServer, schema: Callable[..., str]) -> None:
    """What it raises changes nothing about the run, and becomes a notice."""

    class Plugin(Hears):
        @hookimpl
        def lockplane_after_apply(self, plan: Plan, result: RunResult) -> None:
            """Remember, and break."""
            super().lockplane_after_apply(plan, result)
            raise OSError("no paper")

    listener = Plugin()
    with fake_lockplane(main, stranger=listener) as lockplane:
        planned = lockplane.plan("fake:main", schema(""))
        consent = Consent(allow_data_loss=True)
        result = lockplane.apply("fake:main", planned.plan, consent=consent)
    assert result.success
    assert "no paper" in result.notices[-1]
    assert listener.heard[-1] == "committed"
