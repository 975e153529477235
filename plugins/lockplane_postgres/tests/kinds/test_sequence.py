from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan

_TABLE = "CREATE TABLE t (id integer PRIMARY KEY, n integer);"


def test_options_change_in_place(plan: Callable[[str, str], Plan]) -> None:
    (step,) = plan("CREATE SEQUENCE s;", "CREATE SEQUENCE s AS integer INCREMENT BY 2 CYCLE;").steps

    assert step.sql == (
        "ALTER SEQUENCE s AS integer INCREMENT BY 2 MINVALUE 1 MAXVALUE 2147483647 CYCLE",
    )
    assert step.effects == ()
    (guard,) = step.guards
    assert (
        guard.query == "SELECT 1 FROM s WHERE is_called AND last_value NOT BETWEEN 1 AND 2147483647"
    )


def test_a_column_that_becomes_serial_counts_on_after_its_rows(
    plan: Callable[[str, str], Plan],
) -> None:
    made = plan(_TABLE, _TABLE.replace("n integer", "n serial"))

    (step,) = (step for step in made.steps if step.description == "Create sequence t_n_seq")
    assert step.sql == (
        "CREATE SEQUENCE t_n_seq AS integer OWNED BY t.n",
        "SELECT setval('t_n_seq', max(n)) FROM t HAVING max(n) BETWEEN 1 AND 2147483647",
    )


def test_a_sequence_that_goes_takes_its_value_along(plan: Callable[[str, str], Plan]) -> None:
    (step,) = plan("CREATE SEQUENCE s;", "").steps

    assert step.effects == ("data_loss",)


def test_an_owner_that_goes_does_not_take_along_what_it_owns_no_more(
    plan: Callable[[str, str], Plan],
) -> None:
    made = plan(_TABLE + "CREATE SEQUENCE s OWNED BY t.id;", "CREATE SEQUENCE s;")

    assert [sql for step in made.steps for sql in step.sql] == [
        "ALTER SEQUENCE s OWNED BY NONE",
        "DROP TABLE t",
    ]


def test_schema_json_lists_all_sequences_at_its_root(tree: Callable[[str], Any]) -> None:
    found = tree(_TABLE + "CREATE SEQUENCE s OWNED BY t.n START WITH 5 CACHE 2;")

    assert found["sequences"] == [
        {"name": "s", "start": 5, "cache": 2, "owned_by": ["t", "n"]},
    ]
