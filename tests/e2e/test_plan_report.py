"""The report of a validated plan, from schema JSON to text, through both dialects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.engine.report import report
from lockplane_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Reporting = Callable[..., str]


def column(name: str, type_: str, *, nullable: bool = False, **more: Any) -> dict[str, Any]:
    """A column of schema JSON."""
    key = name == "id"
    return {"name": name, "type": type_, "nullable": nullable, "is_primary_key": key, **more}


USERS = [column("id", "integer"), column("email", "text")]
POSTS = [column("id", "integer"), column("title", "text")]
AGE = column("age", "integer", nullable=True)
CURRENT = {"users": USERS}
AFTER = {"users": [*USERS, AGE], "posts": POSTS}


@pytest.fixture(params=["postgres", "sqlite"])
def reporting(request: pytest.FixtureRequest, tmp_path: Path) -> Reporting:
    """Report the plan between two schemas, each the columns of tables by name."""

    def run(before: dict[str, Any], after: dict[str, Any], **checks: str) -> str:
        settings = Settings(dialect=request.param, checks=checks)
        with Lockplane(load_registry(), settings) as lockplane:
            sides = (_write(tmp_path, "before", before), _write(tmp_path, "after", after))
            planned = lockplane.plan(*sides)
            kinds = lockplane.registry.kinds(request.param)
        return report(planned.plan, planned.findings, kinds)

    return run


def _write(folder: Path, name: str, tables: dict[str, Any]) -> str:
    path = folder / f"{name}.json"
    tree = {"tables": [{"name": table, "columns": tables[table]} for table in tables]}
    path.write_text(json.dumps(tree), encoding="utf-8")
    return str(path)


def test_a_table_and_a_nullable_column_pass(reporting: Reporting) -> None:
    assert reporting(CURRENT, AFTER) == (
        "=== Validation Results ===\n"
        "\n"
        "Step 1: Create table posts\n"
        "✓ Validation 1: PASS\n"
        "  - Table creation is always safe\n"
        "  - Reversible: DROP TABLE posts\n"
        "\n"
        "Step 2: Add column age to table users\n"
        "✓ Validation 2: PASS\n"
        "  - Column 'age' is nullable - safe to add\n"
        "  - Reversible: DROP COLUMN users.age\n"
        "\n"
        "✓ All operations are reversible\n"
        "✓ All validations passed\n"
    )


def test_a_required_column_without_a_value_fails(reporting: Reporting) -> None:
    bad = {"users": [*USERS, column("email2", "text")]}
    assert reporting(CURRENT, bad) == (
        "=== Validation Results ===\n"
        "\n"
        "✗ Validation 1: FAIL\n"
        "  Error: Cannot add NOT NULL column 'email2' without a DEFAULT value\n"
        "  - NOT NULL columns require a DEFAULT value when added to tables with existing data\n"
        "  - Reversible: DROP COLUMN users.email2\n"
        "\n"
        "❌ Validation FAILED: Some operations are not safe\n"
    )


def test_a_required_column_with_a_default_passes(reporting: Reporting) -> None:
    text = reporting(CURRENT, {"users": [*USERS, column("email2", "text", default="''")]})
    assert "  - Column 'email2' has a value for every row - safe to add\n" in text
    assert text.endswith("✓ All validations passed\n")


def test_what_a_plan_loses_is_marked_and_does_not_fail_it(reporting: Reporting) -> None:
    text = reporting(AFTER, {"posts": POSTS[:1]})
    for line in (
        "  Warning: Data loss: table users and all it holds\n",
        "  Warning: Data loss: column posts.title and all it holds\n",
        "  - Reversible: CREATE TABLE users (what it held is gone)\n",
        "  - Reversible: ADD COLUMN posts.title (what it held is gone)\n",
        "\n⚠ Data is lost, and no rollback brings it back: steps 1, 2\n",
        "✓ All validations passed\n",
    ):
        assert line in text


def test_a_project_may_switch_a_check_but_not_the_guard(reporting: Reporting) -> None:
    bad = {"users": [*USERS, column("email2", "text")]}
    assert "Error" not in reporting(CURRENT, bad, add_required_column="off")
    with pytest.raises(ConfigError, match="data_loss is a guard"):
        reporting(AFTER, CURRENT, data_loss="off")


@pytest.mark.parametrize("reporting", ["postgres"], indirect=True)
def test_a_column_that_fills_itself_passes(reporting: Reporting) -> None:
    identity = column("n", "bigint", identity={"always": True})
    text = reporting(CURRENT, {"users": [*USERS, identity]})
    assert "Column 'n' has a value for every row - safe to add" in text
