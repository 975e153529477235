"""Checking: runs checks, each guarded, and applies what the project says about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.engine import plan_guards
from lockplane_core.engine.check_config import GUARDS, policy
from lockplane_core.model.finding import Finding, ordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.engine.check_config import Policy
    from lockplane_core.plugins.stages import Stages
    from lockplane_core.spi.check import Check, Subject

FAILED = "check_failed"


def run(checks: Iterable[Check], subject: Subject) -> list[Finding]:
    """What `checks` report about the subject; one that raises costs only itself.

    Left out are those for other dialects, for the other scope, and those that are off.
    """
    return ordered(
        [f for check in checks if _concerns(check, subject) for f in _guarded(check, subject)]
    )


def judged(stages: Stages, subject: Subject, table: Mapping[str, object]) -> tuple[Finding, ...]:
    """What everybody reports about the subject, as severe as `[checks]` of the project says.

    The data that a plan loses is among it, whatever the project says. Raises `ConfigError`
    for a table that names no check.
    """
    checks = stages.registry.checks
    rules = policy(table, checks.values())
    kinds = stages.registry.kinds(subject.dialect)
    subject = msgspec.structs.replace(subject, kinds=kinds, off=rules.off)
    advice = _ruled(stages.validate(subject), checks, rules)
    losses = plan_guards.findings(subject.plan, kinds) if subject.plan else []
    return tuple(ordered([*losses, *advice]))


def _concerns(check: Check, subject: Subject) -> bool:
    if check.id in subject.off or (check.dialects and subject.dialect not in check.dialects):
        return False
    return check.scope == ("plan" if subject.plan else "schema")


def _guarded(check: Check, subject: Subject) -> Iterator[Finding]:
    """The findings of one check; those from before it broke are kept."""
    try:
        for finding in check.run(subject):
            if not isinstance(finding, Finding):
                raise TypeError(f"expected a Finding, got {finding!r}")  # noqa: TRY301
            yield finding
    except Exception as problem:  # noqa: BLE001 - a stranger's check may raise anything
        yield _failed(check, problem)


def _failed(check: Check, problem: Exception) -> Finding:
    plugin = type(check).__module__.partition(".")[0]
    return Finding(
        id=FAILED,
        code=GUARDS[FAILED],
        severity="warning",
        message=f"check {check.id} of {plugin} failed: {type(problem).__name__}: {problem}",
        suggestion=f'Report this to {plugin}; until then `{check.id} = "off"` leaves it out.',
    )


def _ruled(
    findings: Iterable[Finding], checks: Mapping[str, Check], rules: Policy
) -> Iterator[Finding]:
    """The findings with their severity here, without those that are off."""
    for finding in findings:
        check = checks.get(finding.id)
        severity = rules.severity_of(check, finding) if check else finding.severity
        if severity != "off":
            yield msgspec.structs.replace(finding, severity=severity)
