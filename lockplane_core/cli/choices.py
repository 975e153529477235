"""Values of options that are names of something: checked, completed, and listed in the help."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lockplane_core.cli import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from click.shell_completion import CompletionItem

    from lockplane_core.cli.program import Program


class Named(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """A name; which ones there are is only asked when somebody completes it."""

    name = "name"

    def known(self, program: Program) -> Iterable[str]:
        """The names there are."""
        raise NotImplementedError

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Those that begin with what was typed."""
        from click.shell_completion import CompletionItem

        found = [name for name in self.known(ctx.obj) if name.startswith(incomplete)]
        return [CompletionItem(name) for name in found]


class DialectName(Named):
    """A dialect. That it is installed is found out when it is used."""

    def known(self, program: Program) -> Iterable[str]:
        """What the installed plugins bring."""
        return sorted(names.known(program).dialects)


class EnvironmentName(Named):
    """An environment. That it exists is found out when the settings are read."""

    def known(self, program: Program) -> Iterable[str]:
        """Those of lockplane.toml, and those with a file `.env.NAME` beside it."""
        from lockplane_core.config.environments import environments
        from lockplane_core.errors import ConfigError

        try:
            return environments(Path.cwd())
        except ConfigError:
            return ()


class FormatName(Named):
    """A format for what it `writes`; the command gets the format itself."""

    def __init__(self, writes: str) -> None:
        self.writes = writes

    def known(self, program: Program | None) -> Iterable[str]:
        """Those of the core and of plugins."""
        return names.formats(program, self.writes)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        """The format. Raises `UsageError` for a name that nobody brings."""
        if not isinstance(value, str) or ctx is None or ctx.resilient_parsing:
            return value
        program: Program = ctx.obj
        return program.format(self.writes, value)


class FormatOption(click.Option):
    """An option whose help ends in the names of the formats there are."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """As for any option, with the names behind the words."""
        kind = self.type
        if isinstance(kind, FormatName) and self.help:
            words = self.help.partition(":")[0]
            self.help = f"{words}: {', '.join(kind.known(ctx.obj))}."
        return super().get_help_record(ctx)


class SourceName(click.ParamType):  # type: ignore[type-arg]  # as above
    """A source of a schema: mostly a file, so that is what a shell completes."""

    name = "source"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Leave it to the shell, which knows the files."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]
