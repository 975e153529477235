"""`lockplane schema`: the JSON Schemas of what is read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.engine import json_schema
from lockplane_core.engine.json_text import pretty

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.cli.program import Program

_OWN = {
    "findings": json_schema.findings_schema,
    "plan": json_schema.plan_schema,
    "result": json_schema.result_schema,
}
_OF_PLUGINS = {"diff": json_schema.diff_schema, "schema": json_schema.schema_schema}


@click.command("schema")
@click.argument("what", type=click.Choice(sorted({*_OWN, *_OF_PLUGINS})))
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
    found = _OWN[what]() if what in _OWN else _OF_PLUGINS[what](program.registry)
    output.deliver(pretty(found), target)
    return exit_codes.DONE
