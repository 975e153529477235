from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan

_BASE = (
    "CREATE TABLE a (id integer PRIMARY KEY, n integer);"
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
)


def _trigger(when: str = "AFTER INSERT", kind: str = "TRIGGER") -> str:
    return f"CREATE {kind} t {when} ON a FOR EACH ROW EXECUTE FUNCTION f();"


def test_it_is_replaced_in_place(plan: Callable[[str, str], Plan]) -> None:
    (step,) = plan(_BASE + _trigger(), _BASE + _trigger("BEFORE UPDATE OF n")).steps

    assert step.description == "Change trigger t on table a"
    assert step.sql == (
        (
            "CREATE OR REPLACE TRIGGER t BEFORE UPDATE OF n ON a "
            "FOR EACH ROW EXECUTE FUNCTION public.f()"
        ),
    )
    assert [(lock.ref.name, lock.mode) for lock in step.locks] == [("a", "SHARE ROW EXCLUSIVE")]


def test_a_constraint_trigger_is_made_again(plan: Callable[[str, str], Plan]) -> None:
    kind = "CONSTRAINT TRIGGER"
    made = plan(_BASE + _trigger(kind=kind), _BASE + _trigger("AFTER UPDATE", kind))

    assert [step.description for step in made.steps] == [
        "Drop trigger t on table a",
        "Create trigger t on table a",
    ]


@pytest.mark.parametrize("state", ["DISABLE", "ENABLE REPLICA", "ENABLE ALWAYS"])
@pytest.mark.parametrize("kind", ["TRIGGER", "CONSTRAINT TRIGGER"])
def test_a_state_is_switched(plan: Callable[[str, str], Plan], state: str, kind: str) -> None:
    switch = f"ALTER TABLE a {state} TRIGGER t"
    made = plan(_BASE + _trigger(kind=kind), _BASE + _trigger(kind=kind) + switch + ";")

    assert [step.sql for step in made.steps] == [(switch,)]
    assert [undo.step.sql for undo in made.undo] == [("ALTER TABLE a ENABLE TRIGGER t",)]


def test_a_trigger_that_is_replaced_keeps_its_state(plan: Callable[[str, str], Plan]) -> None:
    """OR REPLACE enables a trigger, whatever it was before."""
    off = "ALTER TABLE a DISABLE TRIGGER t;"
    (step,) = plan(_BASE + _trigger() + off, _BASE + _trigger("AFTER DELETE") + off).steps

    assert step.sql[1:] == ("ALTER TABLE a DISABLE TRIGGER t",)
