"""The command line, from the click commands themselves."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING

import click

from sections.markdown import code, fenced

if TYPE_CHECKING:
    from collections.abc import Iterator

_LITERAL = "\b"
"""Click's mark before a paragraph whose lines stay as they are."""


def cli() -> str:
    """Every command: how it is called, what it does, its arguments and options."""
    from lockplane_core.app import load_registry
    from lockplane_core.cli.assemble import build_cli

    group = build_cli(load_registry)
    root = click.Context(group, info_name="lockplane", obj=group.program)
    parts = [
        _prose(group.help),
        _prose(group.epilog),
        "## Options of every command",
        _options(root),
    ]
    for name in group.list_commands(root):
        parts += _command(root, name)
    return "\n\n".join(filter(None, parts))


def _command(above: click.Context, name: str) -> Iterator[str]:
    """A command, and the commands below it."""
    assert isinstance(above.command, click.Group)  # noqa: S101 - only groups have any below
    command = above.command.get_command(above, name)
    assert command is not None  # noqa: S101 - its name comes from the group's own list
    context = click.Context(command, info_name=name, parent=above)
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"## `{context.command_path}`"
    yield fenced(f"{context.command_path} {pieces}", "text")
    yield _prose(command.help)
    yield _options(context)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _command(context, below)


def _prose(text: str | None) -> str:
    """The paragraphs of a help text; those that click keeps as they are become blocks."""
    paragraphs = cleandoc(text or "").split("\n\n")
    return "\n\n".join(
        fenced(_verbatim(paragraph), "text") if _LITERAL in paragraph else paragraph
        for paragraph in paragraphs
    )


def _verbatim(paragraph: str) -> str:
    return paragraph.replace(_LITERAL, "").strip("\n")


def _options(context: click.Context) -> str:
    """The options of a command, without `--help`; what has no help is in the usage alone."""
    records = (parameter.get_help_record(context) for parameter in context.command.params)
    found = [record for record in records if record is not None and record[1]]
    return "\n".join(f"* {code(words)}: {' '.join(text.split())}" for words, text in found)
