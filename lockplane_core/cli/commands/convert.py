"""`lockplane convert`: SQL into schema JSON, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.cli.schema_folder import write_folder
from lockplane_core.engine.json_text import pretty
from lockplane_core.errors import UsageError

if TYPE_CHECKING:
    from lockplane_core.cli.program import Program

_FORMS = click.Choice(["json", "sql"])


@click.command("convert")
@click.option("--input", "-i", "source", required=True, metavar="SOURCE", help="What to convert.")
@click.option(
    "--output",
    "-o",
    "target",
    metavar="PATH",
    help="A file, or for SQL also a folder (ends in /); default: stdout.",
)
@click.option("--to", "form", type=_FORMS, help="Default: by the name of the output, else json.")
@click.option(
    "--from", "given", type=_FORMS, help="What the input is, where its name must not decide."
)
@options.reading
@options.pass_program
def command(
    program: Program, source: str, target: str | None, form: str | None, given: str | None
) -> int:
    """Turn schema files into schema JSON, and schema JSON into schema files.

    The input may be any source, a database too.
    """
    _check_input(source, given)
    _refuse_same(source, target)
    form = form or ("sql" if target and target.endswith((".sql", "/")) else "json")
    with program.open() as lockplane:
        state = lockplane.read(source)
        for notice in state.notices:
            output.notice(notice)
        if form == "sql" and target and _is_folder(target):
            write_folder(Path(target), lockplane.sql(state))
            return exit_codes.DONE
        if form == "sql":
            text = "\n".join(file for _, file in lockplane.sql(state))
        else:
            text = pretty(lockplane.tree(state))
    if target:
        output.save(Path(target), text)
        output.say(f"✓ Converted {source} to {form}: {target}")
    else:
        output.answer(text)
    return exit_codes.DONE


def _is_folder(target: str) -> bool:
    return target.endswith("/") or Path(target).is_dir()


def _check_input(source: str, given: str | None) -> None:
    is_json = source.endswith(".json")
    if given and is_json != (given == "json"):
        raise UsageError(f"{source} is no {given}, by its name", hint="Leave out --from.")


def _refuse_same(source: str, target: str | None) -> None:
    if target and Path(target).exists() and Path(target).resolve() == Path(source).resolve():
        raise UsageError(f"{target} is the input", hint="Name another file for --output.")
