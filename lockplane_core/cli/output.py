"""Output: the machine's answer on stdout; everything for people on stderr."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from lockplane_core.errors import SourceError
from lockplane_core.log import redact

if TYPE_CHECKING:
    from pathlib import Path

_COLOURS = (
    ("✓", "green"),
    ("✗", "red"),
    ("❌", "red"),
    ("Error:", "red"),
    ("  Error:", "red"),
    ("⚠", "yellow"),
    ("Warning:", "yellow"),
    ("  Warning:", "yellow"),
)


def answer(text: str) -> None:
    """Write the answer to stdout, as it is; an empty one leaves no line."""
    if text:
        click.echo(text, nl=not text.endswith("\n"), color=False)


def deliver(text: str, target: Path | None) -> None:
    """Write the answer to a file and say so; to stdout where none, or -, is named."""
    if target is None or str(target) == "-":
        answer(text)
        return
    save(target, text)
    say(f"✓ Wrote {target}")


def say(text: str) -> None:
    """Tell people something, on stderr and without any password."""
    for line in redact(text).splitlines():
        click.echo(_painted(line), err=True)


def notice(text: str) -> None:
    """Tell people something that they did not ask for."""
    say(f"Note: {text}")


def warn(text: str) -> None:
    """Tell people something that should not be so."""
    say(f"Warning: {text}")


def has_colour() -> bool:
    """Whether people look at stderr on a terminal and did not forbid colour (no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def _painted(line: str) -> str:
    if not has_colour():
        return line
    colour = next((colour for mark, colour in _COLOURS if line.startswith(mark)), None)
    return click.style(line, fg=colour) if colour else line


def save(path: Path, text: str) -> None:
    """Write a file in one go: whoever reads it meets the old one or the new one, never half."""
    try:
        if path.exists() and not path.is_file():  # a device or a pipe, not to be replaced
            path.write_text(text, encoding="utf-8")
            return
        target = path.resolve()
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(target)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error
