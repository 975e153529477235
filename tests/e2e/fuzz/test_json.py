"""Schema JSON of both dialects, and plan files as text."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest
from hypothesis.strategies import deferred

from lockplane_core.engine import extents, json_text, plan_file, sources, states
from lockplane_core.engine.plan_file import InvalidPlan
from lockplane_core.engine.rendering import creation
from lockplane_core.errors import LockplaneError
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span
from lockplane_core.model.statement import Document
from lockplane_core.testing.hostile import Law, files, folder, json_texts, lockplane, moment, stand

ROOT = Path(__file__).parents[3]
EVERY = 9
"""Of the cases of SQLite one in so many is a seed: their JSON is much alike."""
TABLE = """\
{"tables": [{"name": "public.users", "columns": [
  {"name": "id", "type": "bigint", "nullable": false, "is_primary_key": true},
  {"name": "email", "type": "text", "nullable": true, "default": "now()"}],
 "indexes": [{"name": "i", "columns": ["email"], "unique": true}],
 "foreign_keys": [{"name": "f", "columns": ["id"], "references_table": "users",
   "references_columns": ["id"], "on_delete": "CASCADE"}]}],
 "views": [{"name": "v", "definition": "SELECT 1"}]}
"""
ENUM = '{"tables": [], "enums": [{"name": "public.mood", "values": ["sad", "ok"]}]}'


def schema_holds(dialect: str, data: bytes) -> None:
    """A file of any bytes is read as schema JSON or refused, at a place in it."""
    api, path = lockplane(dialect), folder() / "schema.json"
    path.write_bytes(data)
    source = sources.classify(str(path), api.registry)
    assert source.form == "json"
    try:
        stand(sources.read_document(path).text, api.validate_json(str(path)))
        if dialect == "sqlite" and source.dialect in ("", "sqlite"):
            state = api.read(str(path))
            api.tree(state)
            api.sql(state)
        else:
            bench = api._bench(str(path))
            for step in creation(bench, states.from_json(bench, str(path))[0]):
                for sql in step.sql:
                    bench.dialect.script(Document("step", sql))
    except LockplaneError:
        pass


def plan_holds(data: bytes) -> None:
    """Any bytes are read as a plan or refused, at a place in them; a plan can be written again."""
    try:
        plan = plan_file.parse_plan(data, "plan.json")
    except InvalidPlan as error:
        at = Span(error.file, error.line, error.column)
        text = data.decode("utf-8-sig")
        finding = Finding(id=plan_file.INVALID, severity="error", message="", span=at)
        (folder() / "plan.json").write_bytes(data)
        stand(text, [finding])
        stand(
            text,
            extents.in_texts([finding], {error.file: text}, lockplane("sqlite")._bench().dialect),
        )
        return
    except LockplaneError:
        return
    again = plan_file.parse_plan(plan_file.write_plan(plan).encode(), "again")
    assert again == plan


@cache
def schemas() -> list[str]:
    """Schema JSON of cases of SQLite, and what is checked in."""
    found = [
        p.read_text(encoding="utf-8") for p in sorted(ROOT.glob("examples/schemas-json/*.json"))
    ]
    api, path = lockplane("sqlite"), folder() / "seed.lp.sql"
    for schema in pairs():
        path.write_text(schema[1], encoding="utf-8")
        found.append(json_text.pretty(api.tree(api.read(str(path)))))
    return found


@cache
def pairs() -> list[tuple[str, str]]:
    """Before and after of some cases of SQLite."""
    found: list[tuple[str, str]] = []
    for path in sorted(ROOT.glob("plugins/lockplane_sqlite/tests/cases/*.toml")):
        cases = tomllib.loads(path.read_text(encoding="utf-8"))["case"]
        found += [
            (case.get("before", ""), case.get("after", ""))
            for case in cases[::EVERY]
            if not case.get("refused") and not case.get("needs")
        ]
    return found


@cache
def plans() -> list[tuple[str, str]]:
    """Plan files between these schemas, and the schema before each of them."""
    found = [("", path.read_text(encoding="utf-8")) for path in ROOT.glob("examples/plans-json/*")]
    api = lockplane("sqlite")
    before, after = folder() / "before.lp.sql", folder() / "after.lp.sql"
    for first, second in pairs():
        before.write_text(first, encoding="utf-8")
        after.write_text(second, encoding="utf-8")
        found.append((first, plan_file.write_plan(api.plan(str(before), str(after)).plan)))
    return found


def _laws() -> dict[str, Law]:
    sqlite = deferred(lambda: files(json_texts(schemas())))
    postgres = deferred(lambda: files(json_texts([TABLE, ENUM, *schemas()[:2]])))
    plan = deferred(lambda: files(json_texts([text for _, text in plans()])))
    return {
        "json-sqlite": Law(sqlite, lambda data: schema_holds("sqlite", data)),
        "json-postgres": Law(postgres, lambda data: schema_holds("postgres", data)),
        "json-plan": Law(plan, plan_holds),
    }


LAWS = _laws()


@pytest.mark.parametrize("name", LAWS)
def test_any_json_is_read_or_refused(name: str) -> None:
    LAWS[name].tried(60)


MANY_DIGITS, DEEP = b"9" * 5000, b"[" * 5000
FOUND = [
    (name, data)
    for name in LAWS
    for data in (
        MANY_DIGITS,
        b'{"steps": [' + MANY_DIGITS,
        b'{"tables": [' + DEEP,
        DEEP + MANY_DIGITS,
    )
]
FOUND += [
    ("json-sqlite", ('{"tables": [{"name": "t", "columns": [{"name": "a"}], ' + part).encode())
    for part in (
        '"indexes": [{"name": "i", "columns": null}]}]}',
        '"unique_constraints": [{"columns": null}]}]}',
        '"foreign_keys": [{"columns": null, "referenced_table": "t"}]}]}',
        '"foreign_keys": [{"columns": "a", "referenced_table": "t", "referenced_columns": 1}]}]}',
        '"primary_key": 1}]}',
        '"primary_key": {"columns": 1}}]}',
    )
]
"""What once broke a law: `int()` refuses more than 4300 digits, and columns may be no list."""


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_once_broke_a_law(name: str, data: bytes) -> None:
    with moment():
        LAWS[name].holds(data)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[1,\n 1e999]", ("Number out of range", 2, 2)),
        ('["é", NaN]', ("JSON is malformed: invalid character", 1, 7)),
        ("9" * 5000, ("Integer value out of range", 1, 1)),
    ],
)
def test_what_only_the_strict_reader_refuses_has_a_reason(
    text: str, fault: tuple[str, int, int]
) -> None:
    assert json_text.fault(text) == fault
