"""What `plan` and `apply` share: making a plan, and reporting on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.cli import output
from lockplane_core.cli.judging import as_findings
from lockplane_core.engine.report import report
from lockplane_core.errors import InvalidSource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lockplane_core.app import Lockplane
    from lockplane_core.cli.program import Program
    from lockplane_core.engine.planner import Planned
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.plan import Plan
    from lockplane_core.spi.format import PlanFormat


def planned(
    program: Program, lockplane: Lockplane, before: str | None, after: str | None
) -> Planned:
    """The plan between two sources, or from the database to the schema of the project."""
    found = lockplane.plan(before or program.database(), after or program.desired())
    for notice in found.notices:
        output.notice(notice)
    return found


def plan_and_findings(
    program: Program, before: str | None, after: str | None, *, validate: bool
) -> tuple[Planned | None, Sequence[Finding]]:
    """The plan with what was found about it; None with the reasons why there is none."""
    made: list[Planned] = []

    def find() -> Sequence[Finding]:
        sources = before or program.database(), after or program.desired()
        with program.open() as lockplane:
            try:
                found = planned(program, lockplane, *sources)
            except InvalidSource as error:
                return lockplane.located(error.findings, *sources)
            if validate:
                validated(lockplane, found)
            made.append(found)
            return lockplane.located(found.findings, *sources)

    findings = as_findings(find)
    return (made[0] if made else None), findings


def deliver(plan: Plan, form: PlanFormat, target: Path | None) -> None:
    """Write a plan; what is called like one that can be run, and is not, is told."""
    output.deliver(form.render(plan), target)
    if target and target.suffix == ".json" and form.name != "json":
        output.warn(f"{target} is for reading: `lockplane apply` runs what --format json writes")


def validated(lockplane: Lockplane, found: Planned) -> bool:
    """Report on a plan, and prove it; False if an operation is not safe. Raises `ProofFailed`."""
    kinds = lockplane.registry.kinds(found.plan.dialect)
    output.say(report(found.plan, found.findings, kinds))
    if not (found.is_safe and found.plan.steps):
        return found.is_safe
    proof = lockplane.prove(found)
    output.say(f"✓ Proved forward and backward on {proof.judge}")
    for table in proof.not_seeded:
        output.notice(f"not seeded: {table}")
    for notice in proof.notices:
        output.notice(notice)
    return True
