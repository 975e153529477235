"""A plan in more than one transaction, or with none, says what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_core.errors import ConnectionFailed, StatementFailed
from lockplane_core.testing.fakes import FakeDialect, FakeServer, Trouble, fake_lockplane
from lockplane_core.testing.fakes.runs import Listener, apply, by_hand, things

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan


# -- more than one transaction ---------------------------------------------------------------


def in_parts(transaction: Any) -> Plan:
    """A plan of three steps, the second of which is not like the others."""
    plan = by_hand("create shelf a", "create shelf b", "create shelf c")
    first, second, third = plan.steps
    second = msgspec.structs.replace(second, transaction=transaction)
    return msgspec.structs.replace(plan, steps=(first, second, third))


@pytest.mark.parametrize(("transaction", "parts"), [("inside", 1), ("boundary", 2), ("outside", 3)])
def test_steps_run_in_as_many_transactions_as_they_want(
    lockplane: Lockplane, books: FakeServer, transaction: str, parts: int
) -> None:
    listener = Listener()
    result = apply(lockplane, in_parts(transaction), listener=listener)
    assert (result.success, result.steps_applied) == (True, 3)
    assert listener.heard[1] == f"{parts} transactions"


@pytest.mark.parametrize(
    ("error", "failed"),
    [(KeyboardInterrupt(), "interrupted"), (StatementFailed("no"), "execution_failed")],
)
def test_transactions_before_a_failure_stay(
    lockplane: Lockplane, books: FakeServer, error: BaseException, failed: str
) -> None:
    def trouble(database: str, sql: str) -> None:
        if (database, sql) == ("main", "create shelf c"):
            raise error

    books.trouble = trouble
    result = apply(lockplane, in_parts("boundary"))
    assert result.error is not None
    assert (result.state, result.steps_applied, result.error.code) == ("partial", 2, failed)
    assert "lockplane plan --from DATABASE" in result.next
    assert {"a", "b"} < set(things(books))


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (KeyboardInterrupt(), "unknown"),
        (ConnectionFailed("gone"), "unknown"),
        (StatementFailed("no"), "partial"),
    ],
    ids=repr,
)
def test_a_step_outside_of_a_transaction_may_have_left_something_behind(
    lockplane: Lockplane, books: FakeServer, error: BaseException, state: str
) -> None:
    """Whoever says here that nothing was changed can not know it."""
    only = by_hand("create shelf a", transaction="outside")
    books.trouble = Trouble(error, 1)
    result = apply(lockplane, only)
    assert (result.success, result.state, result.steps_applied) == (False, state, 0)


class Lasting(FakeDialect):
    """A product that takes no change of a schema back."""

    capabilities = frozenset({"data"})


@pytest.mark.parametrize(("at", "applied"), [(1, 0), (3, 2)])
def test_where_nothing_is_taken_back_nobody_says_that_it_was(
    books: FakeServer, after: str, at: int, applied: int
) -> None:
    with fake_lockplane(books, dialect=Lasting(books)) as lockplane:
        plan = lockplane.plan("fake:main", after).plan
        books.trouble = Trouble(StatementFailed("no"), at)
        result = apply(lockplane, plan)
    assert (result.state, result.steps_applied) == ("partial", applied)


def test_a_silent_end_after_a_commit_wants_a_new_plan(
    lockplane: Lockplane, books: FakeServer
) -> None:
    def trouble(database: str, sql: str) -> None:
        if (database, sql) == ("main", "create shelf b"):
            raise ConnectionFailed("gone")

    books.trouble = trouble
    result = apply(lockplane, in_parts("outside"))
    assert (result.state, result.steps_applied) == ("unknown", 1)
    assert "Run the same plan again" not in result.next
