"""`lockplane schema`: the JSON Schemas of what is read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.engine.json_schema import SCHEMAS
from lockplane_core.engine.json_text import pretty

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.cli.program import Program


@click.command("schema")
@click.argument("what", type=click.Choice(list(SCHEMAS)))
@options.target("the JSON Schema")
@options.pass_program
def command(program: Program, what: str, target: Path | None) -> int:
    """Print a JSON Schema, for editors and validators.

    \b
      schema    schema JSON, as `convert` and `introspect` write it
      plan      plan files
      diff      what `diff` prints
      findings  what `validate --format json` and `plan --findings json` print
      result    what `apply` prints

    Those of schema JSON and of differences hold what the installed plugins model.
    """  # noqa: D301 - \b is click's mark for text that is not wrapped
    output.deliver(pretty(SCHEMAS[what](program.registry)), target)
    return exit_codes.DONE
