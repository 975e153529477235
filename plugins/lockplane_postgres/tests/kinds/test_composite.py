from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.errors import UnsupportedChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan

_TABLE = "CREATE TABLE t (id integer PRIMARY KEY, p pair);"


def test_attributes_come_and_go_where_it_stands(plan: Callable[[str, str], Plan]) -> None:
    planned = plan(
        "CREATE TYPE pair AS (a integer, b text);" + _TABLE,
        'CREATE TYPE pair AS (b text, c text COLLATE "C");' + _TABLE,
    )

    assert [(step.description, *step.sql, step.effects) for step in planned.steps] == [
        (
            "Drop attribute a from composite type pair",
            "ALTER TYPE pair DROP ATTRIBUTE a",
            ("data_loss", "breaking"),
        ),
        (
            "Add attribute c to composite type pair",
            'ALTER TYPE pair ADD ATTRIBUTE c text COLLATE pg_catalog."C"',
            (),
        ),
    ]


def test_where_nothing_is_stored_nothing_is_lost(plan: Callable[[str, str], Plan]) -> None:
    dropped, changed = plan(
        "CREATE TYPE pair AS (a integer, b text);", "CREATE TYPE pair AS (b date);"
    ).steps

    assert dropped.effects == ("breaking",)
    assert changed.sql == ("ALTER TYPE pair ALTER ATTRIBUTE b TYPE date",)


def test_what_is_stored_is_refused_with_its_place(plan: Callable[[str, str], Plan]) -> None:
    with pytest.raises(UnsupportedChange) as caught:
        plan(
            "CREATE TYPE pair AS (a integer);" + _TABLE, "\nCREATE TYPE pair AS (a text);" + _TABLE
        )

    assert "while column public.t.p holds it" in str(caught.value)
    assert "after.lp.sql:2" in str(caught.value)


def test_schema_json_has_all_of_it(tree: Callable[[str], Any]) -> None:
    found = tree(
        'CREATE TYPE pair AS (a integer, b varchar(3) COLLATE "C");'
        "COMMENT ON TYPE pair IS 'two'; COMMENT ON COLUMN pair.a IS 'one of them';"
    )

    assert found["composite_types"] == [
        {
            "name": "pair",
            "attributes": [
                {"name": "a", "type": "integer", "comment": "one of them"},
                {"name": "b", "type": "character varying(3)", "collation": 'pg_catalog."C"'},
            ],
            "comment": "two",
        }
    ]
