"""Options that several commands share. Settings among them go to the program, not the command."""

from __future__ import annotations

import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lockplane_core.cli.choices import (
    DialectName,
    EnvironmentName,
    FormatName,
    FormatOption,
    SourceName,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.cli.program import Program

_F = TypeVar("_F", bound="Callable[..., Any] | click.Command")

pass_program = click.pass_obj
SOURCE = SourceName()
"""The type of an argument or option that names a source."""


def set_debug(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's own
    """Show tracebacks, and log to stderr."""
    if value:
        from lockplane_core.log import log

        ctx.obj.debug = True
        log.listen(sys.stderr)


def _set_verbose(_: click.Context, __: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's own
    if value:
        from lockplane_core.log import log

        log.listen(sys.stderr)


def _set_environment(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value:
        program: Program = ctx.obj
        program.environment = value


def _setting(name: str, *flags: str, **more: Any) -> Callable[[_F], _F]:
    """An option that stands for a setting of lockplane.toml."""

    def keep(ctx: click.Context, _: click.Parameter, value: object) -> None:
        program: Program = ctx.obj
        program.flags[name] = None if value in ("", ()) else value

    return click.option(*flags, expose_value=False, callback=keep, **more)


def common(function: _F) -> _F:
    """`--env`, `--verbose` and `--debug`: on every command that reads the settings."""
    for option in (_debug, _verbose, _environment):
        function = option(function)
    return function


_environment = click.option(
    "--env",
    metavar="NAME",
    type=EnvironmentName(),
    expose_value=False,
    callback=_set_environment,
    help="The environment of lockplane.toml to use.",
)
_verbose = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_set_verbose,
    help="Log what is done.",
)
_debug = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=set_debug,
    help="Show where an error happened, and log what is done.",
)

database = _setting("database_url", "--db", metavar="URL", help="The database. [env: DATABASE_URL]")
shadow = _setting(
    "shadow_database_url",
    "--shadow-db",
    metavar="URL",
    help="The server on which to make throw-away databases. [env: SHADOW_DATABASE_URL]",
)
schemas = _setting(
    "schemas",
    "--schema",
    metavar="GLOB",
    multiple=True,
    help="A schema (namespace) to manage; '*' for all. May be given several times.",
)
dialect = _setting(
    "dialect",
    "--dialect",
    metavar="NAME",
    type=DialectName(),
    help="The database product that files are for.",
)
trust_sql = _setting(
    "trust_sql",
    "--trust-sql",
    is_flag=True,
    default=None,
    help="Run scripts that reach beyond their database on a shadow server that you named.",
)
online = _setting(
    "online",
    "--online/--offline",
    default=None,
    help="Plan so that others can go on reading and writing, in more transactions.",
)
_strict = _setting(
    "strict",
    "--strict/--no-strict",
    default=None,
    help="Fail if anything that is managed is modelled by no plugin, and name it.",
)


def _set_words(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    words = tuple(word.strip() for word in (value or "").split(",") if word.strip())
    program: Program = ctx.obj
    program.flags["manage"] = words or None


_manage = click.option(
    "--manage",
    metavar="WORD[,WORD]",
    expose_value=False,
    callback=_set_words,
    help="Compare and plan these as well: owners, privileges, roles, settings; none for "
    "none of them.",
)
listing = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the list.",
)


def formatted(writes: str, *, default: str, what: str) -> Callable[[_F], _F]:
    """`--format`: the command gets the format itself as `form`."""
    return click.option(
        "--format",
        "form",
        cls=FormatOption,
        type=FormatName(writes),
        default=default,
        metavar="NAME",
        show_default=True,
        help=f"How to write {what}",
    )


def target(what: str) -> Callable[[_F], _F]:
    """`--output`: the command gets the path, or None for stdout, as `target`."""
    return click.option(
        "-o",
        "--output",
        "--out",
        "target",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        help=f"Write {what} to this file; the default, -, is stdout.",
    )


def one_plan(argument: Path | None, option: Path | None) -> Path | None:
    """The plan file of a call, named one way or the other. Raises `UsageError` for both."""
    if argument and option:
        raise click.UsageError("The plan is named twice: as an argument, and with --plan.")
    return argument or option


def reading(function: _F) -> _F:
    """What every command takes that turns sources into catalogs."""
    for option in (common, trust_sql, _strict, _manage, shadow, dialect, schemas):
        function = option(function)
    return function


def consents(function: Callable[..., Any]) -> Callable[..., Any]:
    """How a plan may be run; the command gets them together as `choices`."""

    @wraps(function)
    def gathered(
        *args: Any, allow_data_loss: bool, skip_shadow: bool, wait: float, **kwargs: Any
    ) -> Any:
        from lockplane_core.cli.running import Choices

        choices = Choices(allow_data_loss=allow_data_loss, skip_shadow=skip_shadow, wait=wait)
        return function(*args, choices=choices, **kwargs)

    for option in (_wait, _skip_shadow, _allow_data_loss):
        option(gathered)
    return gathered


_allow_data_loss = click.option(
    "--allow-data-loss", is_flag=True, help="Agree to the steps that lose data."
)
_skip_shadow = click.option(
    "--skip-shadow", is_flag=True, help="Run the plan without proving it first."
)
_wait = click.option(
    "--wait",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="How long to wait for another run to end.",
)
