"""`lockplane plan`: the steps from one schema to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.cli.planning import planned, validated

if TYPE_CHECKING:
    from lockplane_core.cli.program import Program


@click.command("plan")
@click.option("--from", "before", metavar="SOURCE", help="Where it starts; default: the database.")
@click.option(
    "--to", "after", metavar="SOURCE", help="Where it leads; default: the folder schema/."
)
@click.option("--validate", is_flag=True, help="Check the plan, and prove it on a scratch.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the plan here.",
)
@click.option(
    "--format",
    "form",
    default="json",
    metavar="NAME",
    show_default=True,
    help="json, sql, text, or one that a plugin brings.",
)
@click.option("--exit-code", is_flag=True, help="Exit with 3 if there is something to do.")
@options.database
@options.reading
@options.pass_program
def command(
    program: Program,
    before: str | None,
    after: str | None,
    validate: bool,
    out: Path | None,
    form: str,
    exit_code: bool,
) -> int:
    """Work out the steps that lead from one schema to another.

    Sources are schema files (.lp.sql) or folders of them, schema JSON, and databases.
    With --validate the plan is checked and run forward and backward on a throw-away database;
    the report is on stderr, and a plan that fails is not printed.
    """
    writer = program.plan_format(form)
    with program.open() as lockplane:
        found = planned(program, lockplane, before, after)
        if validate and not validated(lockplane, found):
            return exit_codes.FAILED
    document = writer.render(found.plan)
    if out:
        output.save(out, document)
        output.say(f"✓ Wrote {out}")
    else:
        output.answer(document)
    return exit_codes.DIFFERENCES if exit_code and found.plan.steps else exit_codes.DONE
