"""The 39 known faults of the first Lockplane, each shown to be absent: the table is faults.toml.

What takes more than two schemas to show is a test of its own, here or in test_faults_cli.py,
which the table names.
"""

from __future__ import annotations

import json
import sqlite3
import tomllib
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import psycopg
import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.engine.plan_file import read_plan, write_plan
from lockplane_core.errors import ProofFailed, Refused, StalePlan
from lockplane_core.model.consent import Consent
from lockplane_postgres import testing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lockplane_core.model.plan import Plan, Segment
    from lockplane_core.model.step import Step
    from lockplane_core.plugins.registry import Registry

DATA_LOSS = Consent(allow_data_loss=True)


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two schemas between which the fault would show, there and back.

    `holds` and `lacks` are parts of the plan's SQL, `takes_back` of its undo's. `keeps` are
    queries that answer the same before and after, `sees` queries with their answers after;
    `clear` takes away what these put in the way of the rollback.
    """

    dialect: Literal["postgres", "sqlite"] = "postgres"
    before: str = ""
    after: str
    seed: str = ""
    same: bool = False
    refused: str = ""
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    takes_back: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    sees: tuple[tuple[str, list[list[Any]]], ...] = ()
    clear: str = ""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must hold instead of a fault, and how it is shown: by cases, by named tests, or both."""

    number: int
    says: str
    tests: tuple[str, ...] = ()
    case: tuple[Case, ...] = ()


def _read() -> list[Fault]:
    text = Path(__file__).with_name("faults.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)["fault"], list[Fault])


FAULTS = _read()
CASES = [
    pytest.param(case, id=f"{fault.number} {fault.says} ({place})")
    for fault in FAULTS
    for place, case in enumerate(fault.case, 1)
]


class World:
    """One empty database of a product, and the Python API beside it."""

    def __init__(self, lockplane: Lockplane, url: str, folder: Path) -> None:
        self.lockplane, self.url, self._folder = lockplane, url, folder

    def schema(self, sql: str) -> str:
        """A schema file with this text."""
        path = self._folder / f"{abs(hash(sql))}.lp.sql"
        path.write_text(sql, "utf-8")
        return str(path)

    def plan(self, sql: str) -> Plan:
        """The plan from the database to a schema."""
        return self.lockplane.plan(self.url, self.schema(sql)).plan

    def run(self, plan: Plan) -> None:
        """Apply a plan, whatever it loses."""
        assert self.lockplane.apply(self.url, plan, consent=DATA_LOSS).success

    def tree(self) -> dict[str, Any]:
        """Schema JSON of the database."""
        tree = self.lockplane.tree(self.lockplane.read(self.url))
        printed: dict[str, Any] = json.loads(json.dumps(tree))
        return printed

    def script(self, sql: str) -> None:
        """Run statements behind the program's back."""
        if self._is_file:
            with closing(sqlite3.connect(self.url, isolation_level=None)) as database:
                database.executescript(sql)
        else:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(sql.encode())

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that a query gives."""
        if self._is_file:
            with closing(sqlite3.connect(self.url, isolation_level=None)) as database:
                return database.execute(sql).fetchall()
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(sql.encode()).fetchall()

    @property
    def _is_file(self) -> bool:
        return self.url.endswith(".db")


@pytest.fixture(scope="module")
def registry() -> Registry:
    """What is installed."""
    return load_registry()


@pytest.fixture
def world(registry: Registry, server: str, tmp_path: Path) -> Callable[..., Any]:
    """A new world of a product, as a context."""

    @contextmanager
    def make(dialect: str = "postgres") -> Iterator[World]:
        with ExitStack() as stack:
            url, shadow = str(tmp_path / "app.db"), ":memory:"
            if dialect == "postgres":
                url, shadow = stack.enter_context(testing.database(server)), server
            settings = Settings(dialect=dialect, shadow_database_url=shadow)
            yield World(stack.enter_context(Lockplane(registry, settings)), url, tmp_path)

    return make


@pytest.fixture
def postgres(world: Callable[..., Any]) -> Iterator[World]:
    """A world of PostgreSQL."""
    with world("postgres") as made:
        yield made


@pytest.fixture
def lite(world: Callable[..., Any]) -> Iterator[World]:
    """A world of SQLite."""
    with world("sqlite") as made:
        yield made


@pytest.fixture(params=["postgres", "sqlite"])
def either(request: pytest.FixtureRequest, world: Callable[..., Any]) -> Iterator[World]:
    """A world of each product in turn."""
    with world(request.param) as made:
        yield made


# -- the table -----------------------------------------------------------------------------


def test_every_fault_has_a_row_with_something_that_shows_it() -> None:
    assert [fault.number for fault in FAULTS] == list(range(1, 40))
    assert [fault.number for fault in FAULTS if not (fault.case or fault.tests)] == []


@pytest.mark.parametrize("case", CASES)
def test_the_fault_is_not_there(world: Callable[..., Any], case: Case) -> None:
    with world(case.dialect) as made:
        made.script(case.before)
        made.script(case.seed)
        start = made.tree()
        plan = made.plan(case.after)
        assert (plan.steps == ()) is case.same
        _read_well(plan, case)
        if case.refused:
            with pytest.raises(Refused, match=case.refused):
                made.run(plan)
        elif not case.same:
            _runs_well(made, plan, case)
        assert made.tree() == start


def _runs_well(world: World, plan: Plan, case: Case) -> None:
    """A plan leads where it should, keeps what it should, and is taken back."""
    rows = [world.ask(query) for query in case.keeps]
    world.run(plan)
    assert world.plan(case.after).steps == (), "a second plan is not empty"
    assert [world.ask(query) for query in case.keeps] == rows
    for query, answer in case.sees:
        assert world.ask(query) == [tuple(row) for row in answer]
    world.script(case.clear)
    world.run(world.lockplane.undo(plan, world.url))


def _read_well(plan: Plan, case: Case) -> None:
    """The SQL of a plan and of its undo is as the case says, and is never a mere comment."""
    forward = [sql for step in plan.steps for sql in step.sql]
    back = [sql for entry in plan.undo for sql in entry.step.sql]
    assert not any(sql.lstrip().startswith(("--", "/*")) for sql in forward + back)
    for words, texts in ((case.holds, forward), (case.takes_back, back)):
        for word in words:
            assert any(word in text for text in texts), texts
    for word in case.lacks:
        assert not any(word in text for text in forward + back), word


# -- reading -------------------------------------------------------------------------------


def test_indexes_are_told_from_keys_and_read_whole(either: World) -> None:
    either.script(
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) UNIQUE, b INT);\n"
        "CREATE UNIQUE INDEX i ON t (lower(a), b DESC) WHERE b > 0;\n"
        "CREATE INDEX j ON t (b, a);\n"
    )
    (table,) = either.tree()["tables"]
    first, second = table["indexes"]
    assert (first["name"], second["name"]) == ("i", "j")
    assert first["unique"] is True
    text = json.dumps(first).replace('"descending": true', "DESC")
    assert all(word in text for word in ("lower(", "DESC", "b > 0"))
    assert second["columns"] == ["b", "a"]


def test_a_key_of_two_columns_is_one_key_in_its_order(either: World) -> None:
    either.script(
        "CREATE TABLE p (x INT, y INT, PRIMARY KEY (y, x));\n"
        "CREATE TABLE c (i INT, j INT, FOREIGN KEY (j, i) REFERENCES p (y, x));\n"
    )
    child, parent = either.tree()["tables"]
    (reference,) = child["foreign_keys"]
    assert reference["columns"] == ["j", "i"]
    assert reference["referenced_columns"] == ["y", "x"]
    assert [column["is_primary_key"] for column in parent["columns"]] == [True, True]
    assert '["y", "x"]' in json.dumps(parent)


# -- judging -------------------------------------------------------------------------------

JUDGED = {
    "dropped": ("a int", "", "data_loss"),
    "shorter": ("a int, b int", "b int", "data_loss"),
    "required": ("a int", "a int NOT NULL", "set_not_null"),
    "narrower": ("a varchar(9)", "a varchar(5)", "change_type"),
    "single": ("a int", "a int UNIQUE", "unique_on_existing_data"),
    "checked": ("a int", "a int CHECK (a > 0)", "constraint_on_existing_data"),
    "unchecked": ("a int CHECK (a > 0)", "a int", "drop_constraint"),
    "grown": ("a int", "a int, b int NOT NULL", "add_required_column"),
}
"""Tables whose columns change, and what must be said of it."""


def test_every_sort_of_change_is_judged(postgres: World) -> None:
    before, after = (
        "\n".join(f"CREATE TABLE {t} ({row[side]});" for t, row in JUDGED.items() if row[side])
        for side in (0, 1)
    )
    files = postgres.schema(before), postgres.schema(after)
    planned = postgres.lockplane.plan(*files)
    said = {(f.id, table) for f in planned.findings for table in JUDGED if table in str(f.ref)}
    lost = {
        ("data_loss", table)
        for _, step in planned.plan.loses_data()
        for table in JUDGED
        if f"table {table}" in step.description
    }
    for table, (*_, judgement) in JUDGED.items():
        assert (judgement, table) in said | lost


# -- running -------------------------------------------------------------------------------


def test_a_statement_that_wants_no_transaction_gets_none(postgres: World, tmp_path: Path) -> None:
    postgres.script("CREATE TABLE t (a int);")
    path = tmp_path / "hand.json"
    sql = "CREATE INDEX CONCURRENTLY i ON t (a)"
    step = {"description": "Index", "sql": sql}
    path.write_text(json.dumps({"steps": [step]}), "utf-8")
    with pytest.raises(ProofFailed, match='"transaction": "outside"'):
        postgres.run(read_plan(path))
    path.write_text(json.dumps({"steps": [step | {"transaction": "outside"}]}), "utf-8")
    postgres.run(read_plan(path))
    assert postgres.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == [
        (True,)
    ]


BEHIND = {
    "ALTER TABLE t ADD COLUMN stray int": "ALTER TABLE t DROP COLUMN stray",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 1": "ALTER TABLE t ALTER COLUMN a DROP DEFAULT",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)": "ALTER TABLE t DROP CONSTRAINT c",
    "CREATE TABLE s.t (id int)": "DROP TABLE s.t",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY": "ALTER TABLE t DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY p ON t USING (true)": "DROP POLICY p ON t",
    "CREATE INDEX i ON t (a)": "DROP INDEX i",
    "CREATE VIEW v AS SELECT a FROM t": "DROP VIEW v",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'": "DROP FUNCTION f()",
    "CREATE TYPE mood AS ENUM ('sad')": "DROP TYPE mood",
}
"""What somebody may do between plan and apply, and how to take it back."""


def test_whatever_changes_behind_a_plan_makes_it_stale(postgres: World) -> None:
    schema = "CREATE SCHEMA s;\nCREATE TABLE t (id int PRIMARY KEY, a int);\n"
    postgres.script(schema)
    plan = postgres.plan(f"{schema}CREATE TABLE s.new (id int);\n")
    for change, reverse in BEHIND.items():
        postgres.script(change)
        with pytest.raises(StalePlan):
            postgres.run(plan)
        postgres.script(reverse)
    postgres.run(plan)


def test_a_rollback_runs_only_after_its_plan(either: World) -> None:
    either.script("CREATE TABLE t (id INT PRIMARY KEY);")
    plan = either.plan("CREATE TABLE t (id INT PRIMARY KEY, a INT);")
    back = either.lockplane.undo(plan, either.url)
    assert (back.source_hash, back.target_hash) == (plan.target_hash, plan.source_hash)
    with pytest.raises(StalePlan):
        either.run(back)
    either.run(plan)
    either.run(back)


def test_a_rollback_is_the_same_before_and_after_its_plan(either: World) -> None:
    either.script("CREATE TABLE gone (id INT PRIMARY KEY, a INT UNIQUE);")
    plan = either.plan("CREATE TABLE t (id INT PRIMARY KEY);")
    early = write_plan(either.lockplane.undo(plan, either.url))
    either.run(plan)
    assert write_plan(either.lockplane.undo(plan, either.url)) == early
    assert "gone" in early


class Heard:
    """Notes in which order a run does what."""

    def __init__(self) -> None:
        self.order: list[str] = []

    def proving(self, judge: str) -> None:
        self.order.append("proving" if judge else "")

    def announced(self, plan: Plan, parts: list[Segment]) -> None:
        self.order.append(f"announced {len(plan.steps)} in {len(parts)}")

    def started(self, number: int, step: Step) -> None:
        self.order.append(f"{number} {step.description}")


def test_a_drop_is_proved_and_agreed_to_before_it_runs(either: World) -> None:
    either.script("CREATE TABLE t (id INT PRIMARY KEY);")
    plan = either.plan("")
    heard = Heard()
    with pytest.raises(Refused, match="loses data"):
        either.lockplane.apply(either.url, plan, listener=heard)
    assert heard.order == []
    assert either.lockplane.apply(either.url, plan, consent=DATA_LOSS, listener=heard).success
    assert heard.order == ["proving", "announced 1 in 1", "1 Drop table t"]
