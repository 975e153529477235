"""`lockplane validate`: schema files, schema JSON and plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lockplane_core.cli import options, output
from lockplane_core.cli.groups import Group
from lockplane_core.cli.judging import judged
from lockplane_core.engine import plan_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.cli.program import Program
    from lockplane_core.spi.format import FindingsFormat


@click.group("validate", cls=Group)
def command() -> None:
    """Check schema files, schema JSON and plans, without any database."""


def _subject(function: Callable[..., Any]) -> Callable[..., Any]:
    """What every subcommand takes: a path, in one of two ways, a format, and where to write."""
    path = options.SOURCE
    for decorate in (
        options.common,
        options.target("what was found"),
        options.formatted("findings", default="text", what="what was found"),
        click.option("-f", "--file", "file", metavar="PATH", type=path, help="The same as PATH."),
        click.argument("path", required=False, type=path),
    ):
        function = decorate(function)
    return function


@command.command("sql")
@_subject
@options.dialect
@options.pass_program
def sql(
    program: Program, path: str | None, file: str | None, form: FindingsFormat, target: Path | None
) -> int:
    """Check a schema file (.lp.sql), or all of a folder.

    \b
    Reported are, with file and line:
      - syntax errors, all of them in one go
      - faults of structure: columns declared twice or without a type, missing primary keys
        (a warning), foreign keys and indexes on what does not exist, indexes declared twice
      - dangerous statements: DROP TABLE, DROP COLUMN, TRUNCATE, DELETE without WHERE
      - what is not declarative: IF NOT EXISTS, CREATE OR REPLACE, BEGIN and COMMIT

    A schema file says what should be there, not how to get there: CREATE and COMMENT
    statements, and ALTER TABLE for what can not be said inside CREATE TABLE. Dropping is the
    business of plans.

    Folders are not searched further, and symlinks are skipped.
    """  # noqa: D301 - \b is click's mark for text that is not wrapped
    source = path or file or program.desired()
    return _sql(program, source, form, target)


def _sql(program: Program, source: str, form: FindingsFormat, target: Path | None) -> int:
    def findings() -> Any:
        with program.open() as lockplane:
            return lockplane.validate_sql(source)

    return judged(form, findings, target, f"SQL schema is valid: {source}")


@command.command("schema")
@_subject
@options.dialect
@options.pass_program
def schema(
    program: Program, path: str | None, file: str | None, form: FindingsFormat, target: Path | None
) -> int:
    """Check a file of schema JSON: its syntax, fields and types.

    A schema file (.lp.sql) or a folder goes to `validate sql`.
    """
    source = path or file or program.desired()
    if not source.endswith(".json"):
        return _sql(program, source, form, target)

    def findings() -> Any:
        with program.open() as lockplane:
            return lockplane.validate_json(source)

    return judged(form, findings, target, f"JSON schema is valid: {source}")


@command.command("plan")
@_subject
def plan(path: str | None, file: str | None, form: FindingsFormat, target: Path | None) -> int:
    """Check that a plan file can be read.

    Its syntax and fields, its digest, and that each step has SQL. Whether its steps are safe is
    said where it is made (`lockplane plan --validate`), and whether they run, by `lockplane apply`.
    """
    source = path or file
    if not source:
        raise click.UsageError("Name a plan file.")

    def findings() -> Any:
        found = plan_file.read_plan(Path(source))
        if not found.bound:
            output.notice("this plan is not bound to a state of the database")
        return []

    return judged(form, findings, target, f"Plan is valid: {source}")
