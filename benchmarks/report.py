"""The table: a row for each figure, with its ratio to a lower bound of the same run."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from measure import Cost

_HEAD = (
    "what", "tables", "CPU ms", "of it server", "peak MiB",
    "compared with", "CPU ms", "of it server", "peak MiB",
    "CPU ratio", "wall ratio", "per tenfold", "its own",
)  # fmt: skip
_NOTHING = "—"


class Row(NamedTuple):
    """One figure: what was measured, and what it is compared with; None if that is not there."""

    name: str
    ours: Cost
    bound_name: str
    bound: Cost | None
    tables: int = 0


def table(rows: Sequence[Row]) -> list[list[str]]:
    """Head and cells; rows of one name stand together, the smaller sizes first.

    `per tenfold` is by how much CPU grows from the size before, if that were a tenth of this one.
    """
    names = list(dict.fromkeys(_kind(row) for row in rows))
    ordered = sorted(rows, key=lambda row: (names.index(_kind(row)), row.tables))
    cells = [list(_HEAD)]
    for before, row in zip([None, *ordered], ordered, strict=False):
        cells.append(_cells(row, before if before and _kind(before) == _kind(row) else None))
    return cells


def markdown(cells: Sequence[Sequence[str]]) -> str:
    """The table for a page of the documentation."""
    head, *body = cells
    rule = ["---", *("--:" if name != "compared with" else "---" for name in head[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *body))


def plain(cells: Sequence[Sequence[str]]) -> str:
    """The table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _kind(row: Row) -> tuple[str, str]:
    return row.name, row.bound_name


def _cells(row: Row, before: Row | None) -> list[str]:
    ours, bound = row.ours, row.bound
    at_most = "" if bound is None or bound.is_whole else "< "
    return [
        row.name,
        f"{row.tables:,}" if row.tables else _NOTHING,
        *_cost(ours),
        row.bound_name,
        *(_cost(bound) if bound else [_NOTHING] * 3),
        f"{at_most}{ours.cpu / bound.cpu:.2f}" if bound else _NOTHING,
        f"{at_most}{ours.wall / bound.wall:.2f}" if bound else _NOTHING,
        _growth(before.ours if before else None, ours, before, row),
        _growth(before.bound if before else None, bound, before, row),
    ]


def _cost(cost: Cost) -> list[str]:
    more = "" if cost.is_whole else "> "
    return [f"{more}{cost.cpu * 1000:.0f}", f"{cost.server * 1000:.0f}", f"{cost.memory:.0f}"]


def _growth(small: Cost | None, large: Cost | None, before: Row | None, row: Row) -> str:
    if before is None or small is None or large is None or not small.is_whole:
        return _NOTHING
    tenfolds = log10(row.tables / before.tables)
    more = "" if large.is_whole else "> "
    return f"{more}{(large.cpu / small.cpu) ** (1 / tenfolds):.1f}"
