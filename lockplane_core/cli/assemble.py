"""Assembling the command line: a table of names, and modules imported when they are called."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import click

from lockplane_core.builtin.commands import TABLE, module_of
from lockplane_core.cli import exit_codes, failing, names
from lockplane_core.cli.groups import Group
from lockplane_core.cli.program import Program
from lockplane_core.cli.signals import listening
from lockplane_core.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from click.shell_completion import CompletionItem

    from lockplane_core.plugins.registry import Registry

_HELP = """Safe, explainable schema changes of PostgreSQL and SQLite.

You keep the desired schema in SQL files (.lp.sql). Lockplane works out the change, proves it
on a throw-away copy of your database, says what it will do and what it will lock, runs it, and
can take it back.
"""

_EPILOG = """\b
A source of a schema is
  schema.lp.sql, schema/          a schema file, or a folder of them
  schema.json, json:FILE          schema JSON
  postgres://…, app.db, file:…    a database
  sql:dump.sql                    any SQL script, run as it is
  exec:./print-schema             a program that prints SQL

\b
Environment variables
  DATABASE_URL                    the database to work on (--db)
  SHADOW_DATABASE_URL             the server for throw-away databases (--shadow-db)
  LOCKPLANE_ENV                   the environment of lockplane.toml (--env)
  LOCKPLANE_NO_PLUGINS=1          leave out all installed plugins
  LOCKPLANE_NO_CACHE=1            make all of a large schema again, whatever is remembered
  LOCKPLANE_NO_CACHE=1            make all of a large schema again, whatever is remembered
  LOCKPLANE_TRACE_PLUGINS=1       tell on stderr which plugin does what, and how fast
  NO_COLOR=1                      no colour

\b
Examples
  lockplane introspect > current.json
  lockplane plan --from current.json --to schema/ --validate > plan.json
  lockplane apply --plan plan.json

\b
Exit codes
  0 done   1 failed or refused   2 wrong usage   3 differences (--exit-code)
  75 busy, try again   130 interrupted   143 terminated
"""


class Commands(Group):
    """Built-in commands by the table; those of plugins once their names are asked for."""

    def __init__(self, program: Program) -> None:
        super().__init__(
            "lockplane",
            help=_HELP,
            epilog=_EPILOG,
            invoke_without_command=True,
            context_settings={
                "help_option_names": ["-h", "--help"],
                "max_content_width": 100,
                "obj": program,
            },
        )
        self.program = program
        self.params.append(_version_option())
        self.params.append(_debug_option())
        self._table = dict(TABLE)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The built-in ones in the order of work, then those of plugins."""
        return [*self._table, *sorted(names.known(self.program).commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name in self._table:
            return load(module_of(cmd_name))
        module = names.find_command(self.program, cmd_name)
        return load(module) if module else None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names and lines of help from the tables, without importing a command."""
        from click.shell_completion import CompletionItem

        others = names.known(self.program).commands.items()
        lines = self._table | {name: text for name, (_, text) in others}
        found = [(name, text) for name, text in lines.items() if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=text) for name, text in found), *options]

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; without one, show the help."""
        if not ctx.args and not ctx._protected_args:  # noqa: SLF001 - click has no other name for it
            click.echo(ctx.get_help())
            return exit_codes.DONE
        return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._table.items()))
        others = names.known(self.program).commands
        if others:
            with formatter.section("Commands of plugins"):
                formatter.write_dl(sorted((name, text) for name, (_, text) in others.items()))


def load(module: str) -> click.Command:
    """The click command at `package.module:attribute`. Raises `PluginError`."""
    path, _, attribute = module.partition(":")
    try:
        command = getattr(import_module(path), attribute)
    except Exception as error:
        raise PluginError(f"the command at {module} can not be loaded: {error}") from error
    if not isinstance(command, click.Command):
        raise PluginError(f"{module} is no click command")
    return command


def _version_option() -> click.Option:
    def show(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's own
        if value:
            ctx.exit(ctx.invoke(load(module_of("version"))))

    return click.Option(
        ["-V", "-v", "--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Print the version.",
    )


def _debug_option() -> click.Option:
    from lockplane_core.cli.options import set_debug

    return click.Option(
        ["--debug"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=set_debug,
        help="Show where an error happened, and log what is done.",
    )


def build_cli(registry: Callable[[], Registry]) -> Commands:
    """The command line over the plugins that `registry` gives; it is called when needed."""
    return Commands(Program(cache(registry)))


def call(arguments: Sequence[str]) -> int:
    """Run the command line with all that is installed; the exit code."""
    cli = build_cli(_installed)
    with listening(cli.program.interruption):
        try:
            code = cli.main(list(arguments), prog_name="lockplane", standalone_mode=False)
        except BaseException as error:  # noqa: BLE001 - told to people, with an exit code
            code = failing.report(error, cli.program)
        finally:
            cli.program.warn_of_broken_plugins()
    return code if isinstance(code, int) else exit_codes.DONE


def _installed() -> Registry:
    from lockplane_core.app import load_registry

    return load_registry()
