"""`lockplane apply`: prove a plan on a throw-away database, then run it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from lockplane_core.cli import consent, options, output
from lockplane_core.cli.planning import planned, validated
from lockplane_core.cli.running import Choices, reported, run
from lockplane_core.engine.plan_file import read_plan
from lockplane_core.errors import Busy, Refused, StalePlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.cli.program import Program
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.record import RunResult


_FASTER = "somebody else, such as another run, changed the database while this plan was made"
_AGAIN = "Nothing was changed by this run. Give the same command again: it makes a new plan."


@click.command("apply")
@click.argument("file", required=False, metavar="[PLAN]", type=click.Path(path_type=Path))
@click.option(
    "--plan",
    "plan_file",
    metavar="PLAN",
    type=click.Path(path_type=Path),
    help="A plan file; it is run without a question.",
)
@click.option(
    "--from",
    "before",
    metavar="SOURCE",
    type=options.SOURCE,
    help="Plan from here; default: the database.",
)
@click.option(
    "--to",
    "after",
    metavar="SOURCE",
    type=options.SOURCE,
    help="Plan to here; default: the folder schema/.",
)
@click.option("--validate", is_flag=True, help="Report on the plan, and stop if it is not safe.")
@click.option("--auto-approve", is_flag=True, help="Do not ask for `yes`.")
@options.online
@options.consents
@options.database
@options.reading
@options.pass_program
def command(
    program: Program,
    file: Path | None,
    plan_file: Path | None,
    before: str | None,
    after: str | None,
    validate: bool,
    auto_approve: bool,
    choices: Choices,
) -> int:
    """Prove a PLAN on a throw-away database, then run it on the database.

    Either a plan file is run as it is, or a plan is made from --from to --to, shown, and run
    after you typed `yes` (or said --auto-approve). A plan that loses data wants the beginning
    of its digest typed, or --allow-data-loss.

    The result is JSON on stdout, also on failure and after Ctrl-C.
    """
    stored = _one_of(file, plan_file, before or after)

    def work() -> RunResult:
        with program.open() as lockplane:
            if stored:
                plan = read_plan(stored)
            else:
                plan = _made(program, lockplane, before, after, validate=validate)
                if plan.steps and not auto_approve:
                    _show(program, plan)
                    consent.approve()
            url = program.database(before)
            if stored or before not in (None, url):
                return run(lockplane, url, plan, choices)
            return _anew(lambda: run(lockplane, url, plan, choices))

    return reported(program, work)


def _one_of(file: Path | None, plan_file: Path | None, sources: str | None) -> Path | None:
    stored = options.one_plan(file, plan_file)
    if stored and sources:
        raise click.UsageError("Give either a plan, or --from and --to to make one.")
    return stored


def _made(
    program: Program, lockplane: Lockplane, before: str | None, after: str | None, *, validate: bool
) -> Plan:
    found = planned(program, lockplane, before, after)
    if validate and not validated(lockplane, found):
        raise Refused(
            "the plan is not safe; nothing was changed",
            hint="The report above says why, and what to do instead.",
            code="not_safe",
        )
    return found.plan


def _anew(work: Callable[[], RunResult]) -> RunResult:
    """Run a plan that was made from the database just now.

    If it is stale already, somebody was faster: the same command makes another plan. Raises
    `Busy` for that.
    """
    try:
        result = work()
    except StalePlan as error:
        raise Busy(_FASTER, hint=_AGAIN) from error
    if result.error and result.error.code == StalePlan.code and not result.steps_applied:
        record = msgspec.structs.replace(result.error, code=Busy.code, message=_FASTER, hint=_AGAIN)
        return msgspec.structs.replace(result, error=record, errors=(_FASTER,))
    return result


def _show(program: Program, plan: Plan) -> None:
    output.say(program.plan_format("text").render(plan))
