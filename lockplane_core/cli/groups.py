"""Groups of commands, which answer an unknown name with the nearest one they have."""

from __future__ import annotations

import click

from lockplane_core.cli import exit_codes, former
from lockplane_core.nearest import meant


class UnknownCommand(click.UsageError):
    """A command that nobody brings."""

    exit_code = exit_codes.FAILED


class Group(click.Group):
    """Use it for every group: `@click.group(cls=Group)`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names. Raises `UnknownCommand` with the nearest."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            guess = former.COMMANDS.get(name) or meant(name, self.list_commands(ctx))
            raise UnknownCommand(f"No such command {name!r}. {guess}".rstrip(), ctx)
        return name if command else None, command, args[1:]
