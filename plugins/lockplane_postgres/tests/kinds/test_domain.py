from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.errors import UnsupportedChange

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan

_TABLE = "CREATE TABLE t (id integer PRIMARY KEY, a amount DEFAULT 1, b integer);"


def test_each_part_is_altered_where_it_stands(plan: Callable[[str, str], Plan]) -> None:
    one = "CREATE DOMAIN amount AS integer DEFAULT 1 CONSTRAINT c CHECK (VALUE > 0);" + _TABLE
    two = "CREATE DOMAIN amount AS integer NOT NULL CONSTRAINT d CHECK (VALUE < 9);" + _TABLE
    planned = plan(one, two)

    assert [(step.description, *step.sql, step.effects) for step in planned.steps] == [
        ("Drop check constraint c from domain amount", "ALTER DOMAIN amount DROP CONSTRAINT c", ()),
        ("Change default of domain amount", "ALTER DOMAIN amount DROP DEFAULT", ()),
        ("Require non-null in domain amount", "ALTER DOMAIN amount SET NOT NULL", ("scan",)),
        (
            "Add check constraint d to domain amount",
            "ALTER DOMAIN amount ADD CONSTRAINT d CHECK ((VALUE < 9))",
            ("scan",),
        ),
    ]
    assert [guard.query for step in planned.steps for guard in step.guards] == [
        "SELECT 1 FROM t WHERE a IS NULL LIMIT 1",
        "SELECT 1 FROM (SELECT a::integer AS value FROM t) held WHERE NOT ((VALUE < 9)) LIMIT 1",
    ]


def test_a_check_that_is_not_valid_looks_at_nothing(plan: Callable[[str, str], Plan]) -> None:
    domain = "CREATE DOMAIN amount AS integer;"
    check = "ALTER DOMAIN amount ADD CONSTRAINT c CHECK (VALUE > 0)"
    (added,) = plan(domain + _TABLE, domain + _TABLE + check + " NOT VALID;").steps
    (validated,) = plan(domain + _TABLE + check + " NOT VALID;", domain + _TABLE + check).steps

    assert (added.effects, added.locks, added.guards) == ((), (), ())
    assert validated.sql == ("ALTER DOMAIN amount VALIDATE CONSTRAINT c",)
    assert validated.effects == ("scan",)
    assert [lock.ref.name for lock in validated.locks] == ["t"]


def test_another_type_below_is_one_step_that_says_what_it_does(
    plan: Callable[[str, str], Plan],
) -> None:
    domain = "CREATE DOMAIN amount AS {} CHECK (VALUE > 0);"
    planned = plan(domain.format("numeric(9,2)") + _TABLE, domain.format("integer") + _TABLE)
    (step,) = planned.steps

    assert step.description == "Change type of domain amount from numeric(9,2) to integer"
    assert step.sql == (
        "ALTER DOMAIN amount RENAME TO amount_old1",
        "CREATE DOMAIN amount AS integer CONSTRAINT amount_check CHECK ((VALUE > 0))",
        (
            "ALTER TABLE t ALTER COLUMN a DROP DEFAULT, "
            "ALTER COLUMN a TYPE amount USING a::integer::amount, "
            "ALTER COLUMN a SET DEFAULT 1"
        ),
        "DROP DOMAIN amount_old1",
    )
    assert step.effects == ("data_loss", "rewrite", "breaking")


def test_a_column_is_cast_to_what_its_domain_is_over(plan: Callable[[str, str], Plan]) -> None:
    domains = "CREATE DOMAIN amount AS integer; CREATE DOMAIN price AS amount CHECK (VALUE > 0);"
    (step,) = plan(domains + _TABLE, domains + _TABLE.replace("b integer", "b price")).steps

    assert step.sql == ("ALTER TABLE t ALTER COLUMN b TYPE public.price",)
    assert step.effects == ("rewrite",)


def test_a_rule_that_can_not_be_tried_is_refused_with_its_place(
    plan: Callable[[str, str], Plan],
) -> None:
    table = "CREATE TABLE t (a amount[]);"
    with pytest.raises(UnsupportedChange) as caught:
        plan(
            "CREATE DOMAIN amount AS integer;" + table,
            "\nCREATE DOMAIN amount AS integer NOT NULL;" + table,
        )

    assert "table public.t holds it in a inside of an array" in str(caught.value)
    assert "after.lp.sql:2" in str(caught.value)


def test_schema_json_has_all_of_it(tree: Callable[[str], Any]) -> None:
    found = tree(
        "CREATE DOMAIN amount AS varchar(5) COLLATE \"C\" DEFAULT 'x' NOT NULL"
        " CONSTRAINT c CHECK (VALUE <> ''); COMMENT ON DOMAIN amount IS 'how much';"
        "COMMENT ON CONSTRAINT c ON DOMAIN amount IS 'some';"
    )

    assert found["domains"] == [
        {
            "name": "amount",
            "type": "character varying(5)",
            "nullable": False,
            "default": "'x'::character varying",
            "collation": '"C"',
            "comment": "how much",
            "checks": [
                {"name": "c", "expression": "((VALUE)::text <> ''::text)", "comment": "some"}
            ],
        }
    ]
