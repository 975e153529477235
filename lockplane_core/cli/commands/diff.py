"""`lockplane diff`: what differs between two schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.engine.json_text import pretty

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.cli.program import Program


@click.command("diff")
@click.argument("before", type=options.SOURCE)
@click.argument("after", type=options.SOURCE)
@options.target("the difference")
@click.option("--exit-code", is_flag=True, help="Exit with 3 if there are differences.")
@options.reading
@options.pass_program
def command(program: Program, before: str, after: str, target: Path | None, exit_code: bool) -> int:
    """Print as JSON what changes from the source BEFORE to the source AFTER.

    No difference is {}.
    """
    with program.open() as lockplane:
        found = lockplane.compare(before, after)
    for notice in found.notices:
        output.notice(notice)
    output.deliver(pretty(found.tree), target)
    return exit_codes.DIFFERENCES if exit_code and found.tree else exit_codes.DONE
