from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.model.ref import Ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession

_TABLE = "CREATE TABLE person (id integer PRIMARY KEY, mood mood DEFAULT 'ok', moods mood[]);"


def _enum(*values: str) -> str:
    return f"CREATE TYPE mood AS ENUM ({', '.join(repr(value) for value in values)});"


@pytest.mark.parametrize(
    ("before", "after", "additions"),
    [
        (["b"], ["b", "c"], ["'c'"]),
        (["b"], ["a", "b"], ["'a' BEFORE 'b'"]),
        (["c"], ["a", "b", "c"], ["'a' BEFORE 'c'", "'b' AFTER 'a'"]),
        (["a", "d"], ["a", "b", "c", "d"], ["'b' AFTER 'a'", "'c' AFTER 'b'"]),
        (["b"], ["a", "b", "c"], ["'a' BEFORE 'b'", "'c'"]),
        ([], ["a", "b"], ["'a'", "'b'"]),
    ],
)
def test_values_are_added_at_their_place(
    plan: Callable[[str, str], Plan], before: list[str], after: list[str], additions: list[str]
) -> None:
    (step,) = plan(_enum(*before), _enum(*after)).steps

    assert step.sql == tuple(f"ALTER TYPE mood ADD VALUE {item}" for item in additions)
    assert step.transaction == "boundary"
    assert step.effects == ()


def test_descriptions_name_the_values(plan: Callable[[str, str], Plan]) -> None:
    """What a person reads, forward and back."""
    planned = plan(_enum("a"), _enum("a", "it"))

    assert [step.description for step in planned.steps] == ["Add value 'it' to enum mood"]
    assert [undo.step.description for undo in planned.undo] == [
        "Rollback: Remove value 'it' from enum mood"
    ]
    (step,) = plan(_enum("a", "b"), _enum("b", "a")).steps
    assert step.description == "Reorder values of enum mood"


def test_a_swap_is_one_step_that_says_what_it_does(plan: Callable[[str, str], Plan]) -> None:
    (step,) = plan(_enum("sad", "ok") + _TABLE, _enum("ok") + _TABLE).steps

    assert step.description == "Remove value 'sad' from enum mood"
    assert step.sql == (
        "ALTER TYPE mood RENAME TO mood_old1",
        "CREATE TYPE mood AS ENUM ('ok')",
        (
            "ALTER TABLE person ALTER COLUMN mood DROP DEFAULT, "
            "ALTER COLUMN mood TYPE mood USING mood::text::mood, "
            "ALTER COLUMN mood SET DEFAULT 'ok'::public.mood, "
            "ALTER COLUMN moods TYPE mood[] USING moods::text[]::mood[]"
        ),
        "DROP TYPE mood_old1",
    )
    assert step.effects == ("rewrite", "breaking")
    (lock,) = step.locks
    assert (lock.ref, lock.mode) == (
        Ref("postgres.table", ("public", "person")),
        "ACCESS EXCLUSIVE",
    )
    assert [guard.query for guard in step.guards] == [
        "SELECT 1 FROM person WHERE mood::text IN ('sad') LIMIT 1",
        "SELECT 1 FROM person WHERE moods::text[] && ARRAY['sad'] LIMIT 1",
    ]


def test_the_old_type_steps_aside_under_a_name_that_is_free(
    plan: Callable[[str, str], Plan],
) -> None:
    other = "CREATE TABLE mood_old1 (id integer PRIMARY KEY);"
    (step,) = plan(_enum("a", "b") + other, _enum("b", "a") + other).steps

    assert step.sql[0] == "ALTER TYPE mood RENAME TO mood_old2"


def test_a_type_with_the_name_of_a_built_in_one_is_named_in_full(
    plan: Callable[[str, str], Plan],
) -> None:
    (step,) = plan("CREATE TYPE date AS ENUM ('a');", "CREATE TYPE date AS ENUM ('a', 'b');").steps

    assert step.sql == ("ALTER TYPE public.date ADD VALUE 'b'",)


def test_schema_json_lists_the_values(tree: Callable[[str], Any]) -> None:
    found = tree(_enum("a", "b") + "CREATE SCHEMA s; CREATE TYPE s.e AS ENUM ('x');")

    assert found["enums"] == [
        {"name": "mood", "values": ["a", "b"]},
        {"schema": "s", "name": "e", "values": ["x"]},
    ]


@pytest.mark.parametrize(
    ("type_", "rows", "fits"),
    [
        ("mood", "('ok'), ('it''s'), (NULL)", True),
        ("mood", "('ok'), ('none')", False),
        ("feeling", "('none')", False),
        ("mood[]", "('{ok,ok}'), ('{}'), (NULL)", True),
        ("mood[]", "('{ok,none}')", False),
    ],
)
def test_values_are_asked_whether_an_enum_lists_them(
    plan: Callable[[str, str], Plan],
    session: PgSession,
    type_: str,
    rows: str,
    fits: bool,  # noqa: FBT001 - a parameter of the table above
) -> None:
    """Before the first statement, when the enum may not be there yet."""
    text = "text[]" if type_.endswith("[]") else "text"
    session.execute(f"CREATE TABLE t (id serial PRIMARY KEY, m {text})")
    session.execute(f"INSERT INTO t (m) VALUES {rows}")
    made = "CREATE TYPE mood AS ENUM ('ok', 'it''s'); CREATE DOMAIN feeling AS mood;"
    table = "CREATE TABLE t (id serial PRIMARY KEY, m {});"

    steps = plan(table.format(text), made + table.format(type_)).steps

    (guard,) = steps[-1].guards
    assert bool(session.query(guard.query)) is not fits
