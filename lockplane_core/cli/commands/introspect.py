"""`lockplane introspect`: a database, or any other source, as a schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.cli.schema_folder import write_folder
from lockplane_core.engine.json_text import pretty
from lockplane_core.errors import UsageError

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane
    from lockplane_core.cli.program import Program
    from lockplane_core.engine.states import State


@click.command("introspect")
@click.argument("source", required=False, metavar="[SOURCE]", type=options.SOURCE)
@click.option("--from", "source_option", metavar="SOURCE", hidden=True)
@click.option("--format", "form", type=click.Choice(["json", "sql"]), help="The default is json.")
@click.option(
    "--output-dir",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write SQL files here, one for each table and its parts.",
)
@options.target("the schema")
@options.database
@options.reading
@options.pass_program
def command(
    program: Program,
    source: str | None,
    source_option: str | None,
    form: str | None,
    output_dir: Path | None,
    target: Path | None,
) -> int:
    """Read a database, or any other SOURCE, and print its schema.

    Without SOURCE it is the database of --db, DATABASE_URL or lockplane.toml.

    To adopt Lockplane for a database that exists, write its schema into files which plan to
    nothing against it: lockplane introspect --output-dir schema/
    """
    if output_dir and form == "json":
        raise UsageError("--output-dir writes SQL files", hint="Leave out --format json.")
    if output_dir and target:
        raise click.UsageError("--output-dir and --output exclude one another.")
    with program.open() as lockplane:
        named = source or source_option
        state = lockplane.read(named) if named else lockplane.read_target(program.database())
        for notice in (*state.notices, *lockplane.left_out(state)):
            output.notice(notice)
        if output_dir:
            write_folder(output_dir, lockplane.sql(state))
        else:
            output.deliver(_document(lockplane, state, form), target)
    return exit_codes.DONE


def _document(lockplane: Lockplane, state: State, form: str | None) -> str:
    if form == "sql":
        return "\n".join(text for _, text in lockplane.sql(state))
    return pretty(lockplane.tree(state))
