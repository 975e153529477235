"""`lockplane schema`: the JSON Schemas of the files that people exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.engine.json_schema import plan_schema, schema_schema
from lockplane_core.engine.json_text import pretty

if TYPE_CHECKING:
    from lockplane_core.cli.program import Program


@click.command("schema")
@click.argument("what", type=click.Choice(["plan", "schema"]))
@options.pass_program
def command(program: Program, what: str) -> int:
    """Print the JSON Schema of plan files, or of schema JSON, for editors and validators.

    That of schema JSON holds what the installed plugins model.
    """
    found = plan_schema() if what == "plan" else schema_schema(program.registry)
    output.answer(pretty(found))
    return exit_codes.DONE
