"""What is measured. Each case yields rows; those of `SIZED` run at each number of tables."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import schema
from measure import Measure
from peers import PEERS, lacking
from report import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bed import Bed

_MIB = 1024 * 1024
_FILES = 100
_STEPS = 500
_HERE = Path(__file__).parent
_FLOORS = (sys.executable, str(_HERE / "floors.py"))
_PEERS = (sys.executable, str(_HERE / "peers.py"))
_CATALOG = "bare catalog queries"
LIVE, CHANGED, WANTED = "live", "changed", "wanted"
"""The databases: of that many tables, with a column more for some, with small tables besides."""


class Alone(NamedTuple):
    """What a case without a database needs."""

    lockplane: str
    folder: Path
    runs: int


class OnServer(NamedTuple):
    """What a case on databases of a size needs."""

    lockplane: str
    folder: Path
    measure: Measure
    bed: Bed
    tables: int
    patience: float

    @property
    def live(self) -> str:
        return self.bed.dsn(LIVE)

    @property
    def changed(self) -> str:
        return self.bed.dsn(CHANGED)


# -- without a database --------------------------------------------------------------------


def start_up(on: Alone) -> Iterator[Row]:
    """The command that does nothing, and the one that lists the others."""
    measure = Measure(on.runs * 3)
    bare = measure.least([sys.executable, "-c", "pass"])
    for word in ("--version", "--help"):
        yield Row(f"`{word}`", measure.least([on.lockplane, word]), "bare Python", bare)


def validate(on: Alone) -> Iterator[Row]:
    """Five megabytes of schema files."""
    path = on.folder / "big.lp.sql"
    tables = 1
    while len(schema.text(tables)) < 5 * _MIB:
        tables *= 2
    text = schema.text(tables)[: 5 * _MIB].rpartition(";\nCREATE TABLE")[0] + ";\n"
    path.write_text(text, encoding="utf-8")
    measure = Measure(on.runs)
    ours = measure.least([on.lockplane, "validate", "sql", str(path)])
    floor = measure.least([*_FLOORS, "parse", str(path)])
    speed = path.stat().st_size / _MIB / ours.cpu
    yield Row(f"validate 5 MB ({speed:.1f} MB/s)", ours, "parse to JSON", floor)


def editor(on: Alone) -> Iterator[Row]:
    """What an editor asks for at each pause in typing: a hundred files, as JSON."""
    files = on.folder / "hundred"
    files.mkdir()
    for number in range(_FILES):
        (files / f"{number:03}.lp.sql").write_text(schema.table(number), encoding="utf-8")
    whole = on.folder / "hundred.sql"
    whole.write_text(schema.text(_FILES), encoding="utf-8")
    measure = Measure(on.runs)
    ours = measure.least([on.lockplane, "validate", "sql", "--format", "json", str(files)])
    floor = measure.least([*_FLOORS, "parse", str(whole)])
    yield Row(f"validate {_FILES} files as JSON", ours, "parse to JSON", floor)


# -- on databases --------------------------------------------------------------------------


def introspect(on: OnServer) -> Iterator[Row]:
    """One database as schema JSON."""
    ours = on.measure.least([on.lockplane, "introspect", on.live])
    floor = on.measure.least([*_FLOORS, "catalog", on.live])
    yield Row("introspect", ours, _CATALOG, floor, on.tables)
    dump = on.bed.program("pg_dump")
    other = on.measure.least([dump, "-s", "-d", on.live]) if dump else None
    yield Row("introspect", ours, "`pg_dump -s`" if dump else "pg_dump: none", other, on.tables)


def diff(on: OnServer) -> Iterator[Row]:
    """What differs between two databases, also as other tools find it."""
    ours = on.measure.least([on.lockplane, "diff", on.live, on.changed])
    floor = on.measure.least([*_FLOORS, "catalog", on.live, on.changed])
    yield Row("diff of two databases", ours, _CATALOG, floor, on.tables)
    patient = on.measure._replace(patience=on.patience)
    for name in PEERS:
        absent = lacking(name)
        if absent:
            row = Row("diff of two databases", ours, f"{name}: no {absent}", None, on.tables)
        else:
            peer = patient.least([*_PEERS, name, on.live, on.changed])
            on.bed.disconnect()
            row = Row("diff of two databases", ours, name, peer, on.tables)
        yield row


def plan(on: OnServer) -> Iterator[Row]:
    """The steps from one database to another, and their undo."""
    yield _planned(on, "plan")


def proof(on: OnServer) -> Iterator[Row]:
    """The same, run forward and backward on a throw-away server that is started for it."""
    yield _planned(on, "plan --validate", "--validate")


def _planned(on: OnServer, name: str, *options: str) -> Row:
    command = [on.lockplane, "plan", *options, "--from", on.live, "--to", on.changed]
    floor = on.measure.least([*_FLOORS, "catalog", on.live, on.changed])
    return Row(name, on.measure.least(command), _CATALOG, floor, on.tables)


def apply(on: OnServer) -> Iterator[Row]:
    """Five hundred steps that make a small table each, with their proof and without it."""
    made, script = _small_steps(on)
    measure = on.measure._replace(prepare=lambda: _take_back(on))
    command = [on.lockplane, "apply", "--db", on.live, "--plan", str(made)]
    proved = measure.least(command)
    unproved = measure.least([*command, "--skip-shadow"])
    psql = on.bed.program("psql")
    options = ["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1"]
    same = measure.least([psql, *options, "-d", on.live, "-f", str(script)]) if psql else None
    read = measure.least([*_FLOORS, "change", on.live, str(script)])
    _take_back(on)
    for name, ours in (("", proved), (", unproved", unproved)):
        title = f"apply {_STEPS} small steps{name}"
        yield Row(title, ours, "`psql`" if psql else "psql: none", same, on.tables)
        yield Row(title, ours, f"same SQL between {_CATALOG}", read, on.tables)


def _small_steps(on: OnServer) -> tuple[Path, Path]:
    """A plan that makes the small tables, and its SQL as a script."""
    on.bed.create(WANTED, LIVE)
    on.bed.execute(WANTED, schema.small_tables(_STEPS))
    made = on.folder / f"plan-{on.tables}.json"
    wanted = on.bed.dsn(WANTED)
    Measure().run([on.lockplane, "plan", "--from", on.live, "--to", wanted, "-o", str(made)])
    on.bed.drop(WANTED)
    found = [step["sql"] for step in json.loads(made.read_text(encoding="utf-8"))["steps"]]
    if len(found) != _STEPS:
        raise RuntimeError(f"{_STEPS} steps were meant, {len(found)} were planned")
    script = made.with_suffix(".sql")
    script.write_text(schema.script(_statements(found)), encoding="utf-8")
    return made, script


def _statements(steps: list[str | list[str]]) -> Iterator[str]:
    for sql in steps:
        yield from [sql] if isinstance(sql, str) else sql


def _take_back(on: OnServer) -> None:
    on.bed.execute(LIVE, schema.without_small_tables(_STEPS))


ALONE: dict[str, Callable[[Alone], Iterator[Row]]] = {
    "start-up": start_up,
    "validate": validate,
    "editor": editor,
}
SIZED: dict[str, Callable[[OnServer], Iterator[Row]]] = {
    "introspect": introspect,
    "diff": diff,
    "plan": plan,
    "proof": proof,
    "apply": apply,
}
