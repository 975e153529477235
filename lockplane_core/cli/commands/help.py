"""`lockplane help`."""

from __future__ import annotations

import click

from lockplane_core.cli import exit_codes


@click.command("help")
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def command(ctx: click.Context, words: tuple[str, ...]) -> int:
    """Show the help of a COMMAND, or of lockplane."""
    at = ctx.find_root()
    for word in words:
        group = at.command
        if not isinstance(group, click.Group):
            raise click.UsageError(f"{at.command_path} has no commands of its own.", ctx)
        _, found, _ = group.resolve_command(at, [word])
        if found is None:
            raise click.UsageError(f"No such command {word!r}.", at)
        at = click.Context(found, info_name=word, parent=at)
    click.echo(at.get_help())
    return exit_codes.DONE
