from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_postgres.kinds.implicit import multirange_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession

_LONG = "r23456789_123456789_123456789_123456789_123456789_123456789_123"


@pytest.mark.parametrize(
    "name", ["hours", "floatrange", "a_range_b", "rangerange", _LONG, "ü" * 31]
)
def test_the_multirange_is_called_as_the_server_calls_it(session: PgSession, name: str) -> None:
    session.execute(f'CREATE TYPE "{name}" AS RANGE (subtype = float8)')
    rows = session.query("SELECT rngmultitypid::regtype::text FROM pg_range WHERE rngtypid > 16384")

    assert rows[0][0].strip('"') in (multirange_name(name), f'public."{multirange_name(name)}')


def test_what_is_the_servers_own_choice_is_not_said(plan: Callable[[str, str], Plan]) -> None:
    words = (
        'CREATE TYPE words AS RANGE (subtype = text, collation = "C", subtype_diff = diff, '
        "multirange_type_name = many);"
    )
    function = (
        "CREATE FUNCTION diff(a text, b text) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1';"
    )
    plain, _, full = plan(
        "", function + "CREATE TYPE hours AS RANGE (subtype = time);" + words
    ).steps

    assert plain.sql == ("CREATE TYPE hours AS RANGE (SUBTYPE = time without time zone)",)
    assert full.sql == (
        (
            'CREATE TYPE words AS RANGE (SUBTYPE = text, COLLATION = pg_catalog."C", '
            "SUBTYPE_DIFF = public.diff, MULTIRANGE_TYPE_NAME = many)"
        ),
    )


def test_constructors_are_no_functions_of_the_schema(tree: Callable[[str], Any]) -> None:
    found = tree("CREATE TYPE hours AS RANGE (subtype = time, multirange_type_name = many);")

    assert "functions" not in found
    assert found["range_types"] == [
        {"name": "hours", "subtype": "time without time zone", "multirange": ["public", "many"]}
    ]
