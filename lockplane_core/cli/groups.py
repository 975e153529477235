"""Groups of commands, which answer an unknown name with the nearest one they have."""

from __future__ import annotations

from difflib import get_close_matches

import click

from lockplane_core.cli import exit_codes


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
            near = get_close_matches(name, self.list_commands(ctx), n=1)
            guess = f" Did you mean {near[0]!r}?" if near else ""
            raise UnknownCommand(f"No such command {name!r}.{guess}", ctx)
        return name if command else None, command, args[1:]
