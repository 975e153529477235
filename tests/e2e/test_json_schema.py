"""The JSON Schemas that are shipped are those that the structs make now, and hold.

That schema JSON holds what its schema says is a law of the kit as well, checked on every case.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from lockplane_core.testing.shell import Shell

ROOT = Path(__file__).parents[2]
NAMES = ("diff", "findings", "plan", "result", "schema")


def validator(name: str) -> Draft202012Validator:
    """What a published schema demands."""
    schema = json.loads((ROOT / f"schema-json/{name}.json").read_text("utf-8"))
    return Draft202012Validator(schema)


def is_valid(name: str, document: Any) -> bool:
    """Whether a document is as a published schema says; for a test that it can say no."""
    return bool(validator(name).is_valid(document))


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_files_are_what_the_command_prints(lockplane: Shell, name: str) -> None:
    """Mended by `python docs/generate.py`."""
    printed = lockplane("schema", name).succeeded().out
    for folder in ("schema-json", "lockplane_core/json_schemas"):
        assert (ROOT / folder / f"{name}.json").read_text("utf-8") == printed, folder


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_are_valid_themselves(name: str) -> None:
    schema = json.loads((ROOT / f"schema-json/{name}.json").read_text("utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


def test_no_schema_is_missing_or_left_over() -> None:
    for folder in ("schema-json", "lockplane_core/json_schemas"):
        assert sorted(path.stem for path in (ROOT / folder).glob("*.json")) == sorted(NAMES)


RICH = """\
CREATE TABLE a (x INT, y INT, z VARCHAR(20) DEFAULT 'it''s', PRIMARY KEY (x, y)) WITHOUT ROWID;
CREATE TABLE b (
  id INTEGER PRIMARY KEY AUTOINCREMENT, u TEXT COLLATE NOCASE UNIQUE, k INT CHECK (k > 0), ax INT,
  ay INT, g INT AS (ax + 1) STORED, CONSTRAINT f FOREIGN KEY (ax, ay) REFERENCES a ON DELETE CASCADE
);
CREATE INDEX b_lower ON b (lower(u)) WHERE k > 1;
CREATE VIEW v AS SELECT id FROM b;
CREATE TRIGGER t AFTER INSERT ON b BEGIN UPDATE b SET k = 1; END;
"""
LESS = """\
CREATE TABLE a (x INT, y TEXT, PRIMARY KEY (x));
CREATE TABLE b (id INTEGER PRIMARY KEY, k INT, ax INT);
CREATE TABLE c (id INTEGER PRIMARY KEY);
CREATE VIEW v AS SELECT id, k FROM b;
"""


@pytest.fixture
def shop(lockplane: Shell) -> Shell:
    """Two SQLite schemas that differ in everything."""
    lockplane.write("lockplane.toml", 'dialect = "sqlite"\n')
    lockplane.write("rich.lp.sql", RICH)
    lockplane.write("less.lp.sql", LESS)
    return lockplane


def test_what_is_printed_is_as_the_schemas_say(shop: Shell) -> None:
    both = ("rich.lp.sql", "less.lp.sql")
    for before, after in (both, both[::-1]):
        validator("diff").validate(shop("diff", before, after).succeeded().json)
        plan = shop("plan", "--from", before, "--to", after, "--validate").succeeded().json
        assert plan["undo"]
        validator("plan").validate(plan)
        found = shop("plan", "--from", before, "--to", after, "--findings", "json").json
        assert any("step" in issue for issue in found["issues"])
        validator("findings").validate(found)
        validator("schema").validate(shop("convert", "--input", before).succeeded().json)
    for text in ("CREATE TABLE t (a INT, a INT REFERENCES x);\n", "DROP;\nDROP TABLE t;\n"):
        shop.write("bad.lp.sql", text)
        found = shop("validate", "sql", "bad.lp.sql", "--format", "json").refused().json
        assert len(found["issues"]) > 1
        validator("findings").validate(found)


def test_a_rename_is_as_the_schemas_say(shop: Shell) -> None:
    shop.write("a.lp.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY);")
    shop.write("b.lp.sql", "-- lockplane: renamed_from=a\nCREATE TABLE b (id INTEGER PRIMARY KEY);")
    found = shop("diff", "a.lp.sql", "b.lp.sql").succeeded().json
    assert found == {"renamed_tables": [{"from": "a", "to": "b"}]}
    validator("diff").validate(found)
    plan = shop("plan", "--from", "a.lp.sql", "--to", "b.lp.sql").succeeded().json
    assert plan["steps"][0]["renames"]
    validator("plan").validate(plan)


def test_results_are_as_the_schema_says(shop: Shell) -> None:
    words = ("apply", "--db", "app.db", "--to", "rich.lp.sql")
    refused = shop(*words).refused().json
    assert refused["success"] is False
    done = [shop(*words, "--auto-approve").succeeded().json for _ in range(2)]
    assert [result["steps_applied"] for result in done] == [5, 0]
    for result in (refused, *done):
        validator("result").validate(result)


def test_the_files_of_the_original_are_as_the_schemas_say() -> None:
    for path in sorted((ROOT / "examples/schemas-json").glob("*.json")):
        validator("schema").validate(json.loads(path.read_text("utf-8")))
    for path in sorted((ROOT / "examples/plans-json").glob("*.json")):
        validator("plan").validate(json.loads(path.read_text("utf-8")))


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("schema", {"tables": [{"name": "t", "colums": []}]}),
        ("schema", {"tables": [{"columns": []}]}),
        ("plan", {"steps": [{"description": "x"}]}),
        ("plan", {"steps": [{"description": "x", "sql": "X", "descripton": ""}]}),
        ("diff", {"added_tables": [{"nam": "t"}]}),
        ("diff", {"changed_tables": []}),
        ("findings", {"valid": True}),
        ("result", {"success": True}),
    ],
)
def test_the_schemas_can_say_no(name: str, document: Any) -> None:
    assert not is_valid(name, document)
