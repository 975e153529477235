"""Schema JSON of tables: the original's examples, what is left out, and what is wrong in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_core.algebra.diff import compare
from lockplane_core.algebra.order import ordered
from lockplane_core.algebra.tree import from_tree, to_tree
from lockplane_core.app import load_registry
from lockplane_core.errors import SourceError
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.scope import Scope
from lockplane_core.plugins.stages import Stages
from lockplane_postgres.kinds.implicit import implicit_name

if TYPE_CHECKING:
    from lockplane_postgres.session import PgSession

REGISTRY = load_registry()
DIALECT = REGISTRY.dialect("postgres")
STAGES = Stages(REGISTRY, DIALECT)
KINDS = REGISTRY.kinds("postgres")

AFTER: dict[str, Any] = {
    "$schema": "https://example.org/schema.json",
    "tables": [
        {
            "name": "users",
            "columns": [
                {"name": "id", "type": "integer", "nullable": False, "is_primary_key": True},
                {"name": "email", "type": "text", "nullable": False, "is_primary_key": False},
                {"name": "age", "type": "integer", "nullable": True, "is_primary_key": False},
            ],
            "indexes": [{"name": "users_email", "columns": ["email"], "unique": True}],
        },
        {
            "name": "posts",
            "columns": [
                {"name": "id", "type": "integer", "nullable": False, "is_primary_key": True},
                {"name": "user_id", "type": "integer", "nullable": False, "is_primary_key": False},
                {
                    "name": "title",
                    "type": "text",
                    "nullable": False,
                    "is_primary_key": False,
                    "default": "'untitled'",
                },
            ],
            "foreign_keys": [
                {
                    "name": "posts_user_id_fkey",
                    "columns": ["user_id"],
                    "referenced_table": "users",
                    "referenced_columns": ["id"],
                    "on_delete": "cascade",
                }
            ],
        },
    ],
}


def read(tree: object) -> Catalog:
    return from_tree(tree, "postgres", KINDS, name="schema.json")


def written(catalog: Catalog) -> Any:
    """The schema JSON of a catalog, as a reader of the file sees it."""
    return json.loads(msgspec.json.encode(to_tree(catalog, KINDS)))


def made(session: PgSession, catalog: Catalog) -> Catalog:
    """The catalog as it reads after it was made."""
    nothing = Catalog("postgres", version=session.version)
    changes = STAGES.diff(nothing, catalog)
    for step in ordered(STAGES.render(changes, nothing, catalog), KINDS):
        session.script(step.sql)
    found = STAGES.introspect(session, Scope())
    return found.replace(node for node in found if not DIALECT.is_baseline(node))


def test_the_form_of_the_original_is_read(session: PgSession) -> None:
    catalog = made(session, read(AFTER))

    tree = written(catalog)
    posts, users = tree["tables"]
    assert users["indexes"] == [{"name": "users_email", "columns": ["email"], "unique": True}]
    assert posts["foreign_keys"][0]["on_delete"] == "CASCADE"
    assert posts["foreign_keys"][0]["referenced_table"] == "users"
    assert [column["is_primary_key"] for column in posts["columns"]] == [True, False, False]
    assert posts["columns"][2]["default"] == "'untitled'::text"
    assert compare(catalog, read(tree)) == []


def test_an_empty_database_is_an_empty_list_of_tables(session: PgSession) -> None:
    assert to_tree(made(session, read({"tables": []})), KINDS) == {"tables": []}


def test_a_key_is_spelled_out_only_where_the_columns_do_not_say_it_all(session: PgSession) -> None:
    session.execute(
        """
        CREATE TABLE plain (id integer PRIMARY KEY);
        CREATE TABLE turned (a integer, b integer, PRIMARY KEY (b, a));
        CREATE TABLE named (id integer, CONSTRAINT k PRIMARY KEY (id) DEFERRABLE);
        CREATE SCHEMA s; CREATE TABLE s.remarked (id integer PRIMARY KEY);
        COMMENT ON CONSTRAINT remarked_pkey ON s.remarked IS 'why';
        """
    )
    tables = {t["name"]: t for t in written(STAGES.introspect(session, Scope()))["tables"]}

    assert "primary_key" not in tables["plain"]
    assert "schema" not in tables["plain"]
    assert tables["turned"]["primary_key"] == {"columns": ["b", "a"]}
    assert tables["named"]["primary_key"] == {"name": "k", "columns": ["id"], "deferrable": True}
    assert tables["remarked"]["schema"] == "s"
    assert tables["remarked"]["primary_key"]["comment"] == "why"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"columns": []}, "the field 'name' is missing"),
        ({"name": "t", "columns": [{"name": "a"}]}, "missing required field `type`"),
        ({"name": "t", "columns": [{"name": "a", "type": "text", "nulable": True}]}, "`nulable`"),
        ({"name": "t", "columns": [{"name": "a", "type": "text", "nullable": "no"}]}, "bool"),
        ({"name": "t", "colums": []}, "`colums`"),
        ({"name": 3, "columns": []}, "expected a text"),
        (
            {
                "name": "t",
                "columns": [],
                "foreign_keys": [
                    {
                        "name": "f",
                        "columns": ["a"],
                        "referenced_table": "x",
                        "referenced_columns": ["b"],
                        "on_delete": "EXPLODE",
                    }
                ],
            },
            "'EXPLODE' is no action",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(table: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read({"tables": [table]})

    assert "schema.json: $.tables[0]" in caught.value.message
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second", "label"),
    [
        ("users", "", "pkey"),
        ("a" * 63, "", "pkey"),
        ("ä" * 31 + "a", "", "pkey"),
        ("t", "id", "seq"),
        ("a" * 63, "b" * 63, "seq"),
        ("ä" * 31, "ü" * 31, "seq"),
        ("short", "ü" * 31, "seq"),
    ],
)
def test_names_that_the_server_makes_up(
    session: PgSession, first: str, second: str, label: str
) -> None:
    column = second or "id"
    session.execute(
        f'CREATE TABLE "{first}" ("{column}" integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY)'
    )
    kind = "S" if label == "seq" else "i"
    rows = session.query(f"SELECT relname FROM pg_class WHERE relkind = '{kind}' AND oid > 16384 "
                         "AND relnamespace = 'public'::regnamespace")  # fmt: skip
    assert rows == [(implicit_name(first, second, label),)]
