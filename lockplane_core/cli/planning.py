"""What `plan` and `apply` share: making a plan, and reporting on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.cli import output
from lockplane_core.engine.report import report

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane
    from lockplane_core.cli.program import Program
    from lockplane_core.engine.planner import Planned


def planned(
    program: Program, lockplane: Lockplane, before: str | None, after: str | None
) -> Planned:
    """The plan between two sources, or from the database to the schema of the project."""
    found = lockplane.plan(before or program.database(), after or program.desired())
    for notice in found.notices:
        output.notice(notice)
    return found


def validated(lockplane: Lockplane, found: Planned) -> bool:
    """Report on a plan, and prove it; False if an operation is not safe. Raises `ProofFailed`."""
    kinds = lockplane.registry.kinds(found.plan.dialect)
    output.say(report(found.plan, found.findings, kinds))
    if not found.is_safe:
        return False
    proof = lockplane.prove(found)
    output.say(f"✓ Proved forward and backward on {proof.judge}")
    for table in proof.not_seeded:
        output.notice(f"not seeded: {table}")
    for ref in proof.remade:
        output.notice(f"made anew, though it was there before: {ref}")
    for notice in proof.notices:
        output.notice(notice)
    return True
