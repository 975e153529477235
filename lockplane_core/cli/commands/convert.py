"""`lockplane convert`: SQL into schema JSON, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.cli.schema_folder import write_folder
from lockplane_core.engine.json_text import pretty
from lockplane_core.engine.sources import SUFFIX
from lockplane_core.errors import UsageError

if TYPE_CHECKING:
    from lockplane_core.cli.program import Program

_FORMS = click.Choice(["json", "sql"])


@click.command("convert")
@click.option(
    "--input",
    "-i",
    "source",
    required=True,
    metavar="SOURCE",
    type=options.SOURCE,
    help="What to convert.",
)
@click.option(
    "--output",
    "-o",
    "target",
    metavar="PATH",
    type=click.Path(allow_dash=True),
    help="A file, or for SQL also a folder (ends in /); default: stdout.",
)
@click.option("--to", "form", type=_FORMS, help="Default: by the name of the output, else json.")
@click.option(
    "--from", "given", type=_FORMS, help="What the input is, where its name does not tell."
)
@options.reading
@options.pass_program
def command(
    program: Program, source: str, target: str | None, form: str | None, given: str | None
) -> int:
    """Turn schema files into schema JSON, and schema JSON into schema files.

    The input may be any source, a database too.
    """
    _refuse_same(source, target)
    form = form or ("sql" if target and target.endswith((".sql", "/")) else "json")
    if form == "json" and target and _is_folder(target):
        raise UsageError(f"{target} is a folder, and schema JSON one file", hint="Say --to sql.")
    with program.open() as lockplane:
        state = lockplane.read(_as_given(source, given))
        for notice in state.notices:
            output.notice(notice)
        for finding in state.unsound:
            output.warn(f"{finding.span or source}: {finding.message}")
        for intent in lockplane.unsaid(state, json=form == "json"):
            output.notice(f"{intent.span}: this annotation is left out")
        if form == "sql" and target and _is_folder(target):
            write_folder(Path(target), lockplane.sql(state))
            return exit_codes.DONE
        if form == "sql":
            text = "\n".join(file for _, file in lockplane.sql(state))
        else:
            text = pretty(lockplane.tree(state))
    if target and target != "-":
        output.save(Path(target), text)
        output.say(f"✓ Converted {source} to {form}: {target}")
    else:
        output.answer(text)
    return exit_codes.DONE


def _is_folder(target: str) -> bool:
    return target.endswith("/") or Path(target).is_dir()


def _as_given(source: str, given: str | None) -> str:
    """The source with the prefix that says what its name does not."""
    names = {"json": (".json",), "sql": (SUFFIX, "/")}
    if given is None or source.endswith(names[given]) or (given == "sql" and Path(source).is_dir()):
        return source
    return f"{given}:{source}"


def _refuse_same(source: str, target: str | None) -> None:
    if target and Path(target).exists() and Path(target).resolve() == Path(source).resolve():
        raise UsageError(f"{target} is the input", hint="Name another file for --output.")
