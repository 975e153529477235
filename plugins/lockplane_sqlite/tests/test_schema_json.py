"""Schema JSON: what people write by hand, and what is printed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.algebra.tree import from_tree, to_tree
from lockplane_core.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from lockplane_core.app import Lockplane
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.kind import Kind

USERS_SQL = """
CREATE TABLE Users (Id INTEGER PRIMARY KEY AUTOINCREMENT, Email TEXT NOT NULL DEFAULT 'x')"""
POSTS_SQL = """
CREATE TABLE posts (user_id INT REFERENCES USERS (ID) ON DELETE CASCADE, n INT CHECK (n > 0))"""
USERS: dict[str, Any] = {
    "tables": [
        {
            "name": "users",
            "columns": [
                {"name": "id", "type": "integer", "nullable": False, "is_primary_key": True},
                {"name": "email", "type": "text", "nullable": False, "is_primary_key": False},
            ],
        }
    ]
}


def write(folder: Path, name: str, tree: Mapping[str, Any]) -> str:
    path = folder / name
    path.write_text(json.dumps({"dialect": "sqlite", **tree}), encoding="utf-8")
    return str(path)


def test_the_examples_of_the_readme_plan_as_it_says(lockplane: Lockplane, tmp_path: Path) -> None:
    after = json.loads(json.dumps(USERS))
    age = {"name": "age", "type": "integer", "nullable": True, "is_primary_key": False}
    after["tables"][0]["columns"].append(age)
    title = {"name": "title", "type": "text", "nullable": False, "is_primary_key": False}
    columns = [USERS["tables"][0]["columns"][0], title]
    after["tables"].append({"name": "posts", "columns": columns})
    found = lockplane.plan(
        write(tmp_path, "a.json", USERS), write(tmp_path, "b.json", after)
    ).plan.steps
    assert [step.description for step in found] == [
        "Create table posts",
        "Add column age to table users",
    ]
    assert "PRIMARY KEY" in found[0].sql[0]
    assert found[1].sql == ("ALTER TABLE users ADD COLUMN age integer",)


def test_a_table_is_printed_as_people_expect(
    catalog_of: Callable[..., Catalog], kinds: Mapping[str, Kind]
) -> None:
    catalog = catalog_of(
        USERS_SQL,
        POSTS_SQL,
        "CREATE UNIQUE INDEX by_user ON posts (USER_ID, n DESC) WHERE n > 1",
    )
    assert to_tree(catalog, kinds) == {
        "tables": [
            {
                "name": "Users",
                "columns": [
                    {"name": "Id", "type": "INTEGER", "nullable": True, "is_primary_key": True},
                    {
                        "name": "Email",
                        "type": "TEXT",
                        "nullable": False,
                        "default": "'x'",
                        "is_primary_key": False,
                    },
                ],
                "primary_key": {"columns": ["Id"], "autoincrement": True},
            },
            {
                "name": "posts",
                "columns": [
                    {"name": "user_id", "type": "INT", "nullable": True, "is_primary_key": False},
                    {"name": "n", "type": "INT", "nullable": True, "is_primary_key": False},
                ],
                "check_constraints": [{"name": "n_check", "expression": "n > 0", "unnamed": True}],
                "foreign_keys": [
                    {
                        "name": "user_id_fkey",
                        "unnamed": True,
                        "columns": ["user_id"],
                        "referenced_table": "Users",
                        "referenced_columns": ["Id"],
                        "on_delete": "CASCADE",
                        "on_update": "NO ACTION",
                    }
                ],
                "indexes": [
                    {
                        "name": "by_user",
                        "columns": ["user_id", {"name": "n", "descending": True}],
                        "unique": True,
                        "where": "n > 1",
                    }
                ],
            },
        ]
    }


def test_constraints_written_by_hand_need_no_name(lockplane: Lockplane, tmp_path: Path) -> None:
    tree = json.loads(json.dumps(USERS))
    tree["tables"][0] |= {
        "unique_constraints": [{"columns": ["email"]}],
        "check_constraints": [{"expression": "email <> ''"}],
        "foreign_keys": [
            {
                "columns": ["id"],
                "referenced_table": "users",
                "referenced_columns": ["id"],
                "on_delete": "cascade",
            }
        ],
        "indexes": [{"name": "by_email", "columns": ["email"], "unique": False}],
    }
    (table, index) = lockplane.plan(
        write(tmp_path, "a.json", {"tables": []}), write(tmp_path, "b.json", tree)
    ).plan.steps
    assert "UNIQUE" in table.sql[0]
    assert "CHECK (email <> '')" in table.sql[0]
    assert "ON DELETE CASCADE" in table.sql[0]
    assert index.sql == ("CREATE INDEX by_email ON users (email)",)


def test_a_default_written_without_its_parentheses_gets_them(
    lockplane: Lockplane, tmp_path: Path
) -> None:
    tree = json.loads(json.dumps(USERS))
    tree["tables"][0]["columns"][1]["default"] = "lower('X')"
    (step,) = lockplane.plan(
        write(tmp_path, "a.json", {"tables": []}), write(tmp_path, "b.json", tree)
    ).plan.steps
    assert "DEFAULT (lower('X'))" in step.sql[0]


def test_an_unknown_field_names_the_nearest(kinds: Mapping[str, Kind]) -> None:
    tree = {"tables": [{"name": "t", "columns": [], "strickt": True}]}
    with pytest.raises(SourceError, match="strickt") as caught:
        from_tree(tree, "sqlite", kinds, name="x.json")
    assert "'strict'" in caught.value.hint


def test_an_empty_database_is_an_empty_list(
    catalog_of: Callable[..., Catalog], kinds: Mapping[str, Kind]
) -> None:
    assert to_tree(catalog_of(), kinds) == {"tables": []}
