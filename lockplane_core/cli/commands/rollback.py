"""`lockplane rollback`: what takes a plan back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lockplane_core.cli import consent, exit_codes, options, output
from lockplane_core.cli.planning import deliver
from lockplane_core.cli.running import Choices, reported, run
from lockplane_core.engine.plan_file import read_plan

if TYPE_CHECKING:
    from lockplane_core.cli.program import Program
    from lockplane_core.model.record import RunResult
    from lockplane_core.spi.format import PlanFormat


@click.command("rollback")
@click.argument("file", required=False, metavar="[PLAN]", type=click.Path(path_type=Path))
@click.option(
    "--plan",
    "plan_file",
    metavar="PLAN",
    type=click.Path(path_type=Path),
    help="The plan to take back; the same as the argument.",
)
@click.option(
    "--from",
    "before",
    metavar="SOURCE",
    type=options.SOURCE,
    help="The state before the plan, or after it; default: the database.",
)
@options.target("the rollback")
@options.formatted("plan", default="json", what="the rollback")
@click.option("--execute", is_flag=True, help="Run the rollback on the database.")
@click.option("--auto-approve", is_flag=True, help="With --execute: do not ask for `yes`.")
@options.consents
@options.database
@options.reading
@options.pass_program
def command(
    program: Program,
    file: Path | None,
    plan_file: Path | None,
    before: str | None,
    target: Path | None,
    form: PlanFormat,
    execute: bool,
    auto_approve: bool,
    choices: Choices,
) -> int:
    """Print the plan that takes a PLAN back.

    It is an ordinary plan, bound to the state that PLAN leads to: keep it, review it, and run
    it with `lockplane apply`. --execute runs it at once.
    """
    if execute and target:
        raise click.UsageError("--execute and --output exclude one another.")
    stored = options.one_plan(file, plan_file)
    if stored is None:
        raise click.UsageError("Name the plan to take back: lockplane rollback PLAN")
    if execute:
        return reported(
            program, lambda: _execute(program, stored, before, choices, ask=not auto_approve)
        )
    with program.open() as lockplane:
        undo = lockplane.undo(read_plan(stored), before or program.database())
    deliver(undo, form, target)
    return exit_codes.DONE


def _execute(
    program: Program, plan_file: Path, before: str | None, choices: Choices, *, ask: bool
) -> RunResult:
    with program.open() as lockplane:
        url = program.database(before)
        undo = lockplane.undo(read_plan(plan_file), before or url)
        if undo.steps and ask:
            output.say(program.plan_format("text").render(undo))
            consent.approve()
        return run(lockplane, url, undo, choices)
