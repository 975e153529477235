"""What is asked about rows before a table is attached as a partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession

_ONE = "CREATE TABLE p1 (a integer, b text);"
_CASES = {
    "list": ("LIST (a)", "FOR VALUES IN (1, 2)", "(1, 'x'), (2, NULL)", "(3, 'x')"),
    "list with null": ("LIST (a)", "FOR VALUES IN (1, NULL)", "(1, 'x'), (NULL, 'x')", "(2, '')"),
    "no null": ("LIST (a)", "FOR VALUES IN (1)", "(1, 'x')", "(NULL, 'x')"),
    "range": ("RANGE (a)", "FOR VALUES FROM (1) TO (5)", "(1, 'x'), (4, 'x')", "(5, 'x')"),
    "open": ("RANGE (a)", "FOR VALUES FROM (MINVALUE) TO (5)", "(-9, 'x')", "(NULL, 'x')"),
    "least": (
        "RANGE (a, b)", "FOR VALUES FROM (1, MINVALUE) TO (2, 'k')",
        "(1, ''), (2, 'a')", "(2, 'k')",
    ),
    "most": (
        "RANGE (a, b)", "FOR VALUES FROM (1, MAXVALUE) TO (2, MAXVALUE)", "(2, 'z')", "(1, 'z')",
    ),
    "hash": (
        "HASH (a)", "FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "(1, 'x')", "(3, 'x'), (4, 'x'), (5, 'x'), (6, 'x'), (7, 'x')",
    ),
    "expression": ("LIST (lower(b))", "FOR VALUES IN ('x')", "(1, 'X')", "(1, 'y')"),
    "collation": (
        'RANGE (b COLLATE "C")', "FOR VALUES FROM ('a') TO ('b')", "(1, 'aB')", "(1, 'B')",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _CASES)
def test_rows_that_do_not_fit_are_told_and_others_are_not(
    name: str, session: PgSession, plan: Callable[[str, str], Plan]
) -> None:
    key, bound, good, bad = _CASES[name]
    split = f"CREATE TABLE p (a integer, b text) PARTITION BY {key};"
    link = f"ALTER TABLE p ATTACH PARTITION p1 {bound};"
    (step,) = plan(split + _ONE, split + _ONE + link).steps
    (guard,) = step.guards
    session.script([split + _ONE, f"INSERT INTO p1 VALUES {good}"])

    assert not session.query(guard.query)
    with session.transaction():  # what the server says as well
        session.script(step.sql)
        session.script([f"ALTER TABLE p DETACH PARTITION p1; INSERT INTO p1 VALUES {bad}"])
    assert session.query(guard.query)
    with pytest.raises(Exception, match="partition constraint of relation"):
        session.script(step.sql)
    assert guard.message.startswith("rows of p1 do not fit FOR VALUES")


def test_bounds_above_and_rows_of_the_default_partition(
    session: PgSession, plan: Callable[[str, str], Plan]
) -> None:
    before = """
    CREATE TABLE p (a integer, b integer) PARTITION BY LIST (a);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1) PARTITION BY LIST (b);
    CREATE TABLE rest PARTITION OF p1 DEFAULT;
    CREATE TABLE p11 (a integer, b integer);
    """
    (step,) = plan(before, before + "ALTER TABLE p1 ATTACH PARTITION p11 FOR VALUES IN (7);").steps
    session.script([before, "INSERT INTO p11 VALUES (1, 7); INSERT INTO rest VALUES (1, 8)"])
    assert not any(session.query(guard.query) for guard in step.guards)

    session.script(["INSERT INTO rest VALUES (1, 7); INSERT INTO p11 VALUES (2, 7)"])
    said = [guard.message for guard in step.guards if session.query(guard.query)]

    assert said == [
        "rows of p11 do not fit FOR VALUES IN (1) of p",
        "rows of rest belong into p11, which is FOR VALUES IN (7) of p1",
    ]


def test_a_default_partition_holds_what_no_other_does(
    session: PgSession, plan: Callable[[str, str], Plan]
) -> None:
    before = """
    CREATE TABLE p (a integer) PARTITION BY LIST (a);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
    CREATE TABLE rest (a integer);
    """
    (step,) = plan(before, before + "ALTER TABLE p ATTACH PARTITION rest DEFAULT;").steps
    (guard,) = step.guards
    session.script([before, "INSERT INTO rest VALUES (2), (NULL)"])
    assert not session.query(guard.query)

    session.execute("INSERT INTO rest VALUES (1)")
    assert session.query(guard.query)
