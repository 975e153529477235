"""Markdown: texts of other people's naming, written so that they stay what they are."""

from __future__ import annotations

from itertools import groupby

_SPECIAL = frozenset("\\`*_{}[]<>#|~!&@")


def plain(text: str) -> str:
    """A text on one line in which no character means anything but itself."""
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in " ".join(text.split()))


def code(text: str) -> str:
    """A text as a piece of code inside a line or a cell of a table."""
    text = " ".join(text.split())
    ticks = "`" * (_longest_run(text) + 1)
    room = " " if text[:1] == "`" or text[-1:] == "`" else ""
    # In a table the bar ends the cell even inside of code.
    return f"{ticks}{room}{text}{room}{ticks}".replace("|", "\\|")


def fenced(text: str, language: str) -> str:
    """A block of code; its fence is longer than any run of backticks inside."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """The lines of a table; cells are Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _longest_run(text: str) -> int:
    runs = (len(list(group)) for char, group in groupby(text) if char == "`")
    return max(runs, default=0)
