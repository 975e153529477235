from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import UnsupportedChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan

_WORD = (
    "CREATE TYPE word;"
    "CREATE FUNCTION i(cstring) RETURNS word LANGUAGE internal IMMUTABLE STRICT AS 'textin';"
    "CREATE FUNCTION o(word) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';"
    "CREATE TYPE word (INPUT = i, OUTPUT = o{});"
)


def test_a_shell_comes_before_the_functions_and_these_before_the_type(
    plan: Callable[[str, str], Plan],
) -> None:
    made = plan("", _WORD.format(""))

    assert [step.description for step in made.steps] == [
        "Create shell of base type word",
        "Create function i(cstring)",
        "Create function o(public.word)",
        "Create base type word",
    ]
    assert [undo.step.sql for undo in made.undo] == [
        ("DROP TYPE word CASCADE",),
        ("DROP FUNCTION IF EXISTS public.o(public.word)",),
        ("DROP FUNCTION IF EXISTS public.i(cstring)",),
    ]


def test_another_type_is_refused_while_a_column_is_of_it(
    plan: Callable[[str, str], Plan],
) -> None:
    table = "CREATE TABLE a (w word);"
    with pytest.raises(UnsupportedChange, match=r"base type public\.word .*column public\.a\.w"):
        plan(_WORD.format("") + table, _WORD.format(", DELIMITER = ';'") + table)


def test_columns_go_on_being_stored_as_their_type_is(plan: Callable[[str, str], Plan]) -> None:
    table = "CREATE TABLE a (w word, x word); ALTER TABLE a ALTER x SET STORAGE external;"
    before = _WORD.format(", STORAGE = main")
    (step,) = plan(before + table, _WORD.format(", STORAGE = extended") + table).steps

    assert step.sql == (
        "ALTER TYPE word SET (STORAGE = extended)",
        "ALTER TABLE a ALTER COLUMN w SET STORAGE extended",
    )
    assert [(lock.ref.name, lock.mode) for lock in step.locks] == [("a", "ACCESS EXCLUSIVE")]
