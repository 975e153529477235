"""Benchmarks: each figure as a ratio to a lower bound that was measured in the same run.

    python benchmarks/run.py [--tables 100 1000] [--only NAME …] [--runs 3] [--markdown]

It brings its own PostgreSQL. Wall times of a shared machine are noise; quote the CPU ratios.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import schema
from bed import Bed
from cases import ALONE, CHANGED, LIVE, SIZED, Alone, OnServer
from measure import Measure
from report import markdown, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from report import Row


def main() -> int:
    """Run all that was asked for and print the table; 1 if something of it failed."""
    options = _options()
    _compile()
    lockplane = shutil.which("lockplane", path=str(Path(sys.executable).parent)) or "lockplane"
    failed: list[str] = []
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        alone = Alone(lockplane, Path(name), options.runs)
        for title, found in _all(options, alone):
            _say(title)
            try:
                rows += found
            except RuntimeError as error:
                failed.append(f"{title}: {error}")
            except KeyboardInterrupt:  # what is measured is worth a table
                failed.append(f"{title}: interrupted")
                break
    cells = table(rows)
    print(markdown(cells) if options.markdown else plain(cells))  # noqa: T201 - the answer
    for message in failed:
        _say(message)
    return 1 if failed else 0


def _compile() -> None:
    """Compile our packages, as an installer does: else each command may compile what it imports."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for name in ("lockplane_core", "lockplane_postgres", "lockplane_sqlite", "lockplane_checks"):
        found = find_spec(name)
        if found is not None and found.origin:
            compileall.compile_dir(Path(found.origin).parent, quiet=1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*ALONE, *SIZED]
    parser.add_argument("--tables", type=int, nargs="+", default=[100, 1000], metavar="N")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME",
                        help=f"of {', '.join(names)}")  # fmt: skip
    parser.add_argument("--runs", type=int, default=3, help="the cheapest of them counts")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--patience", type=float, default=30.0, metavar="SECONDS",
                        help="how long to wait for another tool (30)")  # fmt: skip
    options = parser.parse_args()
    if min(*options.tables, options.runs) < 1:
        parser.error("--tables and --runs count from 1")
    return options


def _all(options: argparse.Namespace, alone: Alone) -> Iterator[tuple[str, Iterable[Row]]]:
    """The cases that were asked for: what each is called, and its rows, measured as they come."""
    for name in ALONE:
        if name in options.only:
            yield name, ALONE[name](alone)
    sized = [name for name in SIZED if name in options.only]
    if not sized:
        return
    with Bed() as bed:
        measure = Measure(options.runs, bed.cpu)
        if not bed.counts_cpu:
            _say("The server's CPU is counted on Linux only: it is not in these figures.")
        for tables in sorted(set(options.tables)):
            _say(f"making {tables:,} tables")
            _make(bed, tables)
            for name in sized:
                on = OnServer(alone.lockplane, alone.folder, measure, bed, tables, options.patience)
                yield f"{name}, {tables:,} tables", SIZED[name](on)


def _make(bed: Bed, tables: int) -> None:
    """The databases of a size, in place of those of the size before."""
    for database in (LIVE, CHANGED):
        bed.drop(database)
    bed.create(LIVE)
    bed.execute(LIVE, schema.statements(tables))
    bed.create(CHANGED, LIVE)
    bed.execute(CHANGED, schema.changes(tables))
    for database in (LIVE, CHANGED):
        bed.settle(database)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - how it goes, for who waits


if __name__ == "__main__":
    sys.exit(main())
