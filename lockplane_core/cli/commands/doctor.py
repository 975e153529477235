"""`lockplane doctor`: which database, rights and shadow are used, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.cli.program import DEFAULT_DATABASE
from lockplane_core.errors import LockplaneError
from lockplane_core.log import redact
from lockplane_core.spi.dialect import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.cli.program import Program


@click.command("doctor")
@options.database
@options.reading
@options.pass_program
def command(program: Program) -> int:
    """Look at the settings, the plugins, the database and the shadow.

    Each line that begins with ✗ says what to do; the exit code is then 1.
    """
    lines = list(_lines(program))
    for line in lines:
        output.answer(redact(f"{'✗' if line.is_fault else '✓'} {line.message}"))
        if line.advice:
            output.answer(redact("\n".join(f"    {row}" for row in line.advice.splitlines())))
    return exit_codes.FAILED if any(line.is_fault for line in lines) else exit_codes.DONE


def _lines(program: Program) -> Iterator[Diagnosis]:
    for broken in program.registry.broken:
        yield Diagnosis(
            f"plugin {broken.name}: {broken.error}", is_fault=True, advice="Repair or uninstall it."
        )
    names = ", ".join(program.registry.dialects)
    advice = "" if names else "Install one: python -m pip install lockplane-postgres"
    yield Diagnosis(f"dialects: {names or 'none is installed'}", is_fault=not names, advice=advice)
    try:
        yield from _settings(program)
        url = program.database()
        with program.open() as lockplane:
            yield from lockplane.diagnose(url)
    except LockplaneError as error:
        yield Diagnosis(error.message, is_fault=True, advice=error.hint)


def _settings(program: Program) -> Iterator[Diagnosis]:
    settings = program.settings
    yield Diagnosis(f"settings: {settings.found_in or 'no lockplane.toml'}")
    if settings.environment:
        protected = ", protected" if settings.protected else ""
        yield Diagnosis(f"environment: {settings.environment}{protected}")
    for name, label in (("database_url", "database URL"), ("shadow_database_url", "shadow URL")):
        if getattr(settings, name):
            yield Diagnosis(f"{label}: from {settings.origins.get(name)}")
    if not settings.database_url and program.registry.claiming(DEFAULT_DATABASE):
        yield Diagnosis("database URL: nobody named one, so the default is used")
