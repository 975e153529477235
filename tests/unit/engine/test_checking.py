"""The runner of checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from lockplane_core.engine import checking
from lockplane_core.errors import ConfigError
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span
from lockplane_core.model.plan import Plan
from lockplane_core.model.step import Step
from lockplane_core.spi.check import Check, CheckScope, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.finding import Severity


class Lines(Check):
    """Reports one finding per statement."""

    id = "lines"
    code = "XX001"
    scope: ClassVar[CheckScope] = "schema"
    severity: ClassVar[Severity] = "warning"

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report lines 3 and 1."""
        for line in (3, 1):
            yield self.finding(f"line {line}", span=Span("a.lp.sql", line))


class Breaks(Check):
    """Finds something, then breaks."""

    id = "breaks"
    code = "XX002"
    scope: ClassVar[CheckScope] = "schema"
    severity: ClassVar[Severity] = "error"

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report one finding and raise."""
        yield self.finding("found before", span=Span("a.lp.sql", 2))
        raise ZeroDivisionError("oh no")


class Silent(Check):
    """Forgets to return anything."""

    id = "silent"
    code = "XX003"
    scope: ClassVar[CheckScope] = "schema"
    severity: ClassVar[Severity] = "error"

    def run(self, subject: Subject) -> Iterable[Finding]:
        """Return None, as a check without a type checker may."""
        return None  # type: ignore[return-value]


class Chatty(Lines):
    """Yields what is no finding."""

    id = "chatty"
    code = "XX004"

    def run(self, subject: Subject) -> Iterator[Any]:
        """Yield a text."""
        yield "wrong"


class Steps(Check):
    """Looks at plans."""

    id = "steps"
    code = "XX005"
    scope: ClassVar[CheckScope] = "plan"
    severity: ClassVar[Severity] = "info"

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Say that it ran."""
        yield self.finding("ran")


class Elsewhere(Lines):
    """Is for another dialect."""

    id = "elsewhere"
    code = "XX006"
    dialects = frozenset({"other"})


SCHEMA = Subject(dialect="toy")
PLAN = Subject(dialect="toy", plan=Plan(dialect="toy", steps=(Step(description="x", sql=("x",)),)))


def test_findings_come_in_the_order_of_their_places() -> None:
    assert [f.message for f in checking.run([Lines()], SCHEMA)] == ["line 1", "line 3"]


def test_a_check_that_raises_costs_only_itself() -> None:
    found = checking.run([Breaks(), Lines()], SCHEMA)
    assert [f.id for f in found] == ["check_failed", "lines", "breaks", "lines"]
    failed = found[0]
    assert failed.severity == "warning"
    assert (
        failed.message
        == f"check breaks of {__name__.partition('.')[0]} failed: ZeroDivisionError: oh no"
    )


@pytest.mark.parametrize("check", [Silent(), Chatty()], ids=lambda check: check.id)
def test_a_check_that_returns_no_findings_is_named(check: Check) -> None:
    (failed,) = checking.run([check], SCHEMA)
    assert failed.id == "check_failed"
    assert check.id in failed.message


def test_a_check_runs_only_for_its_scope_and_dialect() -> None:
    checks = [Lines(), Steps(), Elsewhere()]
    assert {f.id for f in checking.run(checks, SCHEMA)} == {"lines"}
    assert {f.id for f in checking.run(checks, PLAN)} == {"steps"}


class Registry:
    """As much of a registry as the runner asks for."""

    def __init__(self, *checks: Check) -> None:
        self.checks = {check.id: check for check in checks}

    def kinds(self, dialect: str) -> dict[str, Any]:
        """No kinds."""
        return {}


class Stages:
    """A stage that runs the checks of a registry, and hears of one foreign linter."""

    def __init__(self, *checks: Check) -> None:
        self.registry = Registry(*checks)

    def validate(self, subject: Subject) -> list[Finding]:
        """What the checks find, and what a foreign linter adds."""
        foreign = Finding(id="foreign", severity="warning", message="from elsewhere")
        return [*checking.run(self.registry.checks.values(), subject), foreign]


def judged(subject: Subject, table: dict[str, object], *checks: Check) -> list[tuple[str, str]]:
    """Id and severity of what is left after the table."""
    stages: Any = Stages(*checks)
    return [(f.id, f.severity) for f in checking.judged(stages, subject, table)]


def test_the_project_decides_how_severe_a_finding_is() -> None:
    assert judged(SCHEMA, {"XX001": "error"}, Lines()) == [
        ("foreign", "warning"),
        ("lines", "error"),
        ("lines", "error"),
    ]


def test_a_check_that_is_off_does_not_run() -> None:
    assert judged(SCHEMA, {"breaks": "off", "lines": "off"}, Lines(), Breaks()) == [
        ("foreign", "warning")
    ]


def test_the_table_may_name_only_what_is_installed() -> None:
    with pytest.raises(ConfigError, match="no check gone"):
        judged(SCHEMA, {"gone": "off"}, Lines())


def test_the_data_that_a_plan_loses_are_reported_with_no_check_at_all() -> None:
    losing = Step(description="Drop it", sql=("x",), effects=("data_loss",))
    subject = Subject(dialect="toy", plan=Plan(dialect="toy", steps=(*PLAN.plan.steps, losing)))  # type: ignore[union-attr]
    stages: Any = Stages()
    (loss,) = [f for f in checking.judged(stages, subject, {}) if f.id == "data_loss"]
    assert (loss.severity, loss.step, loss.message) == ("warning", 2, "Data loss: Drop it")
