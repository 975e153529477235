"""`lockplane completion`: what teaches a shell the words of the command line."""

from __future__ import annotations

import click

from lockplane_core.cli import exit_codes, output
from lockplane_core.cli.program import COMPLETING


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "fish", "zsh"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the script that makes a SHELL complete commands, options and their values.

    Completed are commands, options, formats, dialects, environments and files; nothing is
    connected to, and no plugin is loaded for it. Put one of these into the file that your
    shell reads when it starts:

    \b
      bash  ~/.bashrc                                eval "$(lockplane completion bash)"
      zsh   ~/.zshrc                                 eval "$(lockplane completion zsh)"
      fish  ~/.config/fish/config.fish               lockplane completion fish | source
    """  # noqa: D301 - \b is click's mark for text that is not wrapped
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"No completion is known for {shell}.", ctx)
    root = ctx.find_root()
    output.answer(made(root.command, {}, root.info_name or "lockplane", COMPLETING).source())
    return exit_codes.DONE
