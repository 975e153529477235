"""`lockplane plan`: the steps from one schema to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.cli.choices import FormatName, FormatOption
from lockplane_core.cli.judging import is_bad
from lockplane_core.cli.planning import deliver, plan_and_findings, planned, validated

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.cli.program import Program
    from lockplane_core.spi.format import FindingsFormat, PlanFormat


@click.command("plan")
@click.option(
    "--from",
    "before",
    metavar="SOURCE",
    type=options.SOURCE,
    help="Where it starts; default: the database.",
)
@click.option(
    "--to",
    "after",
    metavar="SOURCE",
    type=options.SOURCE,
    help="Where it leads; default: the folder schema/.",
)
@click.option("--validate", is_flag=True, help="Check the plan, and prove it on a scratch.")
@options.target("the plan")
@options.formatted("plan", default="json", what="the plan")
@click.option(
    "--findings",
    metavar="NAME",
    cls=FormatOption,
    type=FormatName("findings"),
    help="Answer with what checks found, in this format, instead of the plan",
)
@click.option("--exit-code", is_flag=True, help="Exit with 3 if there is something to do.")
@options.online
@options.database
@options.reading
@options.pass_program
def command(
    program: Program,
    before: str | None,
    after: str | None,
    validate: bool,
    target: Path | None,
    form: PlanFormat,
    findings: FindingsFormat | None,
    exit_code: bool,
) -> int:
    """Work out the steps that lead from one schema to another.

    Sources are schema files (.lp.sql) or folders of them, schema JSON, and databases.
    With --validate the plan is checked and run forward and backward on a throw-away database;
    the report is on stderr, and a plan that fails is not printed.

    With --findings the answer is what checks found about the plan, or what kept it from being
    made; the plan goes to --output, if one is named. The exit code is 1 if there is an error.
    """
    if findings:
        found, issues = plan_and_findings(program, before, after, validate=validate)
        output.answer(findings.render(issues))
        if found is None or is_bad(issues):
            return exit_codes.FAILED
        if target:
            output.save(target, form.render(found.plan))
    else:
        with program.open() as lockplane:
            found = planned(program, lockplane, before, after)
            if validate and not validated(lockplane, found):
                return exit_codes.FAILED
        deliver(found.plan, form, target)
    return exit_codes.DIFFERENCES if exit_code and found.plan.steps else exit_codes.DONE
