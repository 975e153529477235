from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan


def _function(arguments: str, returns: str = "integer", source: str = "SELECT 1") -> str:
    return f"CREATE FUNCTION f({arguments}) RETURNS {returns} LANGUAGE sql AS '{source}';"


def _said(plan: Plan) -> list[str]:
    return [step.description for step in plan.steps]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_function("a integer"), _function("a integer", source="SELECT 2")),
        (_function("integer"), _function("a integer")),
        (_function("a integer"), _function("a integer DEFAULT 1")),
        (_function("a integer DEFAULT 1"), _function("a integer DEFAULT 2")),
    ],
    ids=["another source", "a name comes", "a default comes", "another default"],
)
def test_it_is_replaced_in_place(plan: Callable[[str, str], Plan], before: str, after: str) -> None:
    (step,) = plan(before, after).steps

    assert step.description == "Change function f(integer)"
    assert step.sql[0].startswith("CREATE OR REPLACE FUNCTION public.f(")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_function("a integer"), _function("b integer")),
        (_function("a integer"), _function("integer")),
        (_function("a integer DEFAULT 1"), _function("a integer")),
        (_function("a integer"), _function("a integer", "text")),
        (_function("a integer", "integer"), _function("a integer", "SETOF integer")),
        (_function("a integer", "TABLE (x integer)"), _function("a integer", "TABLE (y integer)")),
    ],
    ids=["another name", "no name", "no default", "another result", "a set", "other columns"],
)
def test_it_is_made_again_where_postgres_refuses_to_replace_it(
    plan: Callable[[str, str], Plan], before: str, after: str
) -> None:
    made = plan(before, after)

    assert _said(made) == ["Drop function f(integer)", "Create function f(integer)"]
    assert made.steps[0].effects == ("breaking",)


def test_another_overload_is_another_function(plan: Callable[[str, str], Plan]) -> None:
    made = plan(_function("integer"), _function("bigint"))

    assert _said(made) == ["Create function f(bigint)", "Drop function f(integer)"]


def test_a_procedure_is_called_one(plan: Callable[[str, str], Plan]) -> None:
    source = "CREATE PROCEDURE p(a integer, OUT b text) LANGUAGE plpgsql AS 'BEGIN END';"
    made = plan("", source)

    assert _said(made) == ["Create procedure p(integer)"]
    (undo,) = made.undo
    assert undo.step.sql == ("DROP PROCEDURE public.p(IN integer)",)


def test_other_rights_are_a_matter_of_security(plan: Callable[[str, str], Plan]) -> None:
    mentioned = _function("", source="SELECT 1 -- SECURITY DEFINER")
    (step,) = plan(_function(""), mentioned).steps
    assert step.effects == ()

    (step,) = plan(_function(""), _function("").replace("sql AS", "sql SECURITY DEFINER AS")).steps
    assert step.effects == ("security",)


def test_schema_json_takes_a_routine_apart(tree: Callable[[str], Any]) -> None:
    found = tree(
        "CREATE FUNCTION f(a integer, VARIADIC b text[] DEFAULT '{}') RETURNS TABLE (x integer) "
        "LANGUAGE sql STABLE AS 'SELECT 1';"
        "CREATE FUNCTION g() RETURNS integer IMMUTABLE RETURN 1;"
    )

    assert found["functions"] == [
        {
            "name": "f(integer, text[])",
            "definition": "LANGUAGE sql\n STABLE\nAS $function$SELECT 1$function$",
            "arguments": [
                {"type": "integer", "name": "a"},
                {"type": "text[]", "name": "b", "mode": "variadic", "default": "'{}'::text[]"},
            ],
            "returns": "TABLE(x integer)",
        },
        {
            "name": "g()",
            "definition": "LANGUAGE sql\n IMMUTABLE",
            "returns": "integer",
            "body": "RETURN 1",
        },
    ]
