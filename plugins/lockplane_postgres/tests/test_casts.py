from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_postgres.kinds import casts
from lockplane_postgres.seeding import sample

if TYPE_CHECKING:
    from lockplane_postgres.session import PgSession

# A text with a modifier for each, so that lengths and precisions are met as well.
TYPES = [
    "smallint", "integer", "bigint", "numeric", "numeric(6,2)", "numeric(8,2)", "numeric(8,0)",
    "real", "double precision", "boolean", "text", "character varying", "character varying(5)",
    "character varying(9)", "character(4)", "date", "timestamp without time zone",
    "timestamp(3) without time zone", "timestamp with time zone", "time without time zone",
    "interval", "uuid", "json", "jsonb", "bytea", "inet", "cidr", "bit varying(4)",
    "bit varying(8)", "oid", "money", "name", "integer[]", "bigint[]", "text[]",
    "character varying(5)[]", "character varying[]",
]  # fmt: skip


def test_using_is_said_only_where_it_is_needed(session: PgSession) -> None:
    """No USING where ALTER TYPE goes without one, and one wherever it does not."""
    wrong = [
        (old, new, cast)
        for old in TYPES
        for new in TYPES
        if old != new and bool(cast := casts.using("c", old, new)) is _alters(session, old, new, "")
    ]
    assert wrong == []


def test_every_using_is_understood(session: PgSession) -> None:
    """Whether the values have a counterpart is asked of the rows; the types always go."""
    wrong = [
        (old, new, cast)
        for old in TYPES
        for new in TYPES
        if old != new
        and (cast := casts.using("c", old, new))
        and not _alters(session, old, new, cast)
    ]
    assert wrong == []


def test_a_rewrite_is_said_exactly_where_it_happens(session: PgSession) -> None:
    wrong = []
    for old in TYPES:
        for new in TYPES:
            if old != new and not casts.using("c", old, new):
                before, after = _files(session, old, new)
                said = "rewrite" in casts.effects(old, new)
                if said != (before != after):
                    wrong.append((old, new, said))
    assert wrong == []


@pytest.mark.parametrize(
    ("old", "new", "value", "fits"),
    [
        ("bigint", "integer", "3000000000", False),
        ("bigint", "integer", "3", True),
        ("text", "integer", "'x'", False),
        ("text", "integer", "'12'", True),
        ("text", "date", "'2000-13-01'", False),
        ("text", "character varying(2)", "'abc'", False),
        ("text", "character varying(2)", "'ab   '", True),
        ("character varying(9)", "character varying(5)", "'123456'", False),
        ("integer", "character varying(2)", "123", False),
        ("numeric(8,2)", "numeric(6,2)", "99999", False),
        ("numeric(8,2)", "numeric(6,2)", "9999.99", True),
        ("numeric", "numeric(4,1)", "999.96", False),
        ("double precision", "smallint", "40000", False),
        ("text", "jsonb", "'{'", False),
    ],
)
def test_the_guard_says_what_alter_type_will_say(
    session: PgSession,
    old: str,
    new: str,
    value: str,
    fits: bool,  # noqa: FBT001 - a parameter of the table above
) -> None:
    from lockplane_core.errors import StatementFailed

    session.execute(f"CREATE TABLE t (c {old})")
    session.execute(f"INSERT INTO t VALUES ({value})")
    condition = casts.offences("c", old, new)
    assert condition
    try:
        guarded = not session.query(f"SELECT 1 FROM t WHERE {condition}")
    except StatementFailed:
        guarded = False
    assert guarded is fits
    assert _alters_now(session, new, casts.using("c", old, new)) is fits


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("numeric(8,3)", "numeric(8,1)"),
        ("double precision", "integer"),
        ("numeric", "integer"),
        ("timestamp without time zone", "date"),
        ("timestamp with time zone", "timestamp(0) with time zone"),
        ("double precision", "real"),
        ("bigint", "double precision"),
    ],
)
def test_values_that_become_others_are_lost_data(old: str, new: str) -> None:
    assert "data_loss" in casts.effects(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("integer", "bigint"),
        ("numeric(8,0)", "integer"),
        ("numeric(8,1)", "numeric(9,2)"),
        ("character varying(5)", "text"),
        ("date", "timestamp without time zone"),
        ("text", "integer"),
        ("real", "double precision"),
    ],
)
def test_what_keeps_every_value_loses_none(old: str, new: str) -> None:
    assert "data_loss" not in casts.effects(old, new)


def test_the_words_in_a_modifier_count() -> None:
    """PostGIS has such types: a change of them writes the rows anew, and may not fit them."""
    point, other = "public.geometry(Point,4326)", "public.geometry(PointZ,4326)"
    assert casts.effects(point, other) == ("rewrite",)
    assert casts.offences("c", point, other) == f"(c::{other}) IS NULL AND c IS NOT NULL"
    assert casts.effects(point, "public.geometry") == ()
    assert casts.offences("c", point, "public.geometry") == ""


def test_a_quoted_type_may_hold_anything() -> None:
    assert casts.base('public."Mood (x)"') == 'public."Mood (x)"'
    assert casts.base("timestamp(3) with time zone") == "timestamp with time zone"
    assert casts.using("c", 'public."Mood (x)"', "public.other") == "c::text::public.other"
    assert casts.using("c", "public.a[]", "public.b[]") == "c::text[]::public.b[]"
    assert casts.using("c", "text", "public.mood") == "c::public.mood"


@pytest.mark.parametrize("type_", TYPES)
def test_each_type_has_a_sample(session: PgSession, type_: str) -> None:
    assert session.query(f"SELECT ({sample(type_)}) IS NULL") == [(False,)]


def _alters(session: PgSession, old: str, new: str, using: str) -> bool:
    from contextlib import suppress

    result = False
    with suppress(_Back), session.transaction():
        session.execute(f"CREATE TABLE t (c {old})")
        result = _alters_now(session, new, using)
        raise _Back
    return result


def _alters_now(session: PgSession, new: str, using: str) -> bool:
    from lockplane_core.errors import StatementFailed

    said = f" USING {using}" if using else ""
    try:
        with session.transaction():
            session.execute(f"ALTER TABLE t ALTER COLUMN c TYPE {new}{said}")
    except StatementFailed:
        return False
    return True


def _files(session: PgSession, old: str, new: str) -> tuple[int, int]:
    """The file of the table before and after."""
    from contextlib import suppress

    found: list[int] = []
    query = "SELECT pg_relation_filenode('t')"
    with suppress(_Back), session.transaction():
        session.execute(f"CREATE TABLE t (c {old})")
        found.append(session.query(query)[0][0])
        session.execute(f"ALTER TABLE t ALTER COLUMN c TYPE {new}")
        found.append(session.query(query)[0][0])
        raise _Back
    return found[0], found[1]


class _Back(Exception):
    """Leaves a transaction without a trace."""
