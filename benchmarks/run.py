"""Benchmarks: each figure as a ratio to a lower bound that was measured in the same run.

    python benchmarks/run.py [--tables 1000] [--runs 5] [--markdown]

It brings its own PostgreSQL. Wall times of a shared machine are noise; quote the ratios.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import schema
from measure import Cost, least, run

if TYPE_CHECKING:
    from collections.abc import Iterator

_MIB = 1024 * 1024
_FILES = 100
_FLOORS = str(Path(__file__).with_name("floors.py"))


class Row(NamedTuple):
    """One figure: what was measured, and what it is compared with."""

    name: str
    ours: Cost
    floor_name: str
    floor: Cost

    @property
    def cells(self) -> list[str]:
        """The row of the table."""
        ratio = self.ours.cpu / self.floor.cpu if self.floor.cpu else float("nan")
        wall = self.ours.wall / self.floor.wall
        return [
            self.name,
            f"{self.ours.cpu * 1000:.0f}",
            f"{self.ours.memory:.0f}",
            self.floor_name,
            f"{self.floor.cpu * 1000:.0f}",
            f"{ratio:.2f}",
            f"{wall:.2f}",
        ]


def start_up(lockplane: str, runs: int) -> Iterator[Row]:
    """The command that does nothing, and the one that lists the others."""
    bare = least([sys.executable, "-c", "pass"], runs=runs * 3)
    for word in ("--version", "--help"):
        yield Row(f"`{word}`", least([lockplane, word], runs=runs * 3), "bare Python", bare)


def validate(lockplane: str, folder: Path, runs: int) -> Iterator[Row]:
    """Five megabytes of schema files."""
    path = folder / "big.lp.sql"
    tables = 1
    while len(schema.text(tables)) < 5 * _MIB:
        tables *= 2
    path.write_text(schema.text(tables)[: 5 * _MIB].rpartition(";\n")[0] + ";\n", encoding="utf-8")
    ours = least([lockplane, "validate", "sql", str(path)], runs=runs)
    floor = least([sys.executable, _FLOORS, "parse", str(path)], runs=runs)
    speed = path.stat().st_size / _MIB / ours.cpu
    yield Row(f"validate 5 MB ({speed:.1f} MB/s)", ours, "parse to JSON", floor)


def editor(lockplane: str, folder: Path, runs: int) -> Iterator[Row]:
    """What an editor asks for at each pause in typing: a hundred files, as JSON."""
    files = folder / "hundred"
    files.mkdir()
    for number in range(_FILES):
        (files / f"{number:03}.lp.sql").write_text(schema.table(number), encoding="utf-8")
    whole = folder / "hundred.sql"
    whole.write_text(schema.text(_FILES), encoding="utf-8")
    ours = least([lockplane, "validate", "sql", "--format", "json", str(files)], runs=runs)
    floor = least([sys.executable, _FLOORS, "parse", str(whole)], runs=runs)
    yield Row(f"validate {_FILES} files as JSON", ours, "parse to JSON", floor)


def databases(lockplane: str, folder: Path, tables: int, runs: int) -> Iterator[Row]:
    """Introspection and a small plan on a database of that many tables."""
    from lockplane_postgres.server import Servers

    servers = Servers()
    server = servers.shared_server(None)
    try:
        yield from _on_server(lockplane, folder, tables, runs, server.dsn("postgres"))
    finally:
        servers.close()


def _on_server(lockplane: str, folder: Path, tables: int, runs: int, dsn: str) -> Iterator[Row]:
    script = folder / "schema.sql"
    script.write_text(schema.text(tables), encoding="utf-8")
    run([sys.executable, _FLOORS, "execute", dsn, str(script)])
    ours = least([lockplane, "introspect", dsn], runs=runs)
    floor = least([sys.executable, _FLOORS, "catalog", dsn], runs=runs)
    yield Row(f"introspect {tables:,} tables", ours, "bare catalog queries", floor)
    dump = shutil.which("pg_dump")
    if dump:
        other = least([dump, "-s", dsn], runs=runs)
        yield Row(f"introspect {tables:,} tables", ours, "`pg_dump -s`", other)


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    head = ["what", "CPU ms", "peak MiB", "lower bound", "CPU ms", "CPU ratio", "wall ratio"]
    lines = [head, ["---"] * len(head), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Run all of it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, nargs="+", default=[1000])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    lockplane = shutil.which("lockplane", path=str(Path(sys.executable).parent)) or "lockplane"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [*start_up(lockplane, options.runs), *validate(lockplane, folder, options.runs)]
        rows += editor(lockplane, folder, options.runs)
        for tables in options.tables:
            rows += databases(lockplane, folder, tables, max(1, options.runs // 2))
    print(table(rows))  # noqa: T201 - the answer of this program


if __name__ == "__main__":
    main()
