"""A run ends in a result that says what is known of the target, whatever happens on the way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from lockplane_core.engine.executor import FAULT, INTERRUPTED
from lockplane_core.errors import Busy, ConnectionFailed, StalePlan, StatementFailed
from lockplane_core.model.consent import Consent
from lockplane_core.model.record import Outcome
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.testing.fakes import FakeDialect, FakeServer, Trouble, fake_lockplane
from lockplane_core.testing.fakes.runs import Listener, apply, things

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan, Segment
    from lockplane_core.model.record import RunResult
    from lockplane_core.model.step import Step
    from lockplane_core.spi.session import Session

STATEMENTS = 5


# -- a run that goes well --------------------------------------------------------------------


def test_a_plan_runs_in_one_transaction_and_says_so(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    result = apply(lockplane, plan, Consent())
    assert (result.success, result.state, result.steps_applied) == (True, "committed", STATEMENTS)
    assert things(books) == ["books", "books.title", "lobby", "people", "titles"]


def test_the_database_and_its_rows_are_left_to_others_afterwards(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    apply(lockplane, plan)
    assert books.databases["main"].holder is books.databases["main"].writer is None
    assert len(books.connect("main", writes=False).query("select books")) == 3


def test_a_listener_hears_how_it_goes(lockplane: Lockplane, plan: Plan) -> None:
    listener = Listener()
    apply(lockplane, plan, listener=listener)
    assert listener.heard[:3] == ["Fake 2.0, in memory", "1 transactions", "1 Create shelf people"]
    assert len(listener.heard) == 2 + STATEMENTS


def test_an_empty_plan_has_nothing_to_do(
    lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]
) -> None:
    plan = lockplane.plan("fake:main", "fake:main").plan
    result = apply(lockplane, plan)
    assert (result.success, result.state) == (True, "nothing_to_do")


def test_a_server_of_another_version_is_understood(
    lockplane: Lockplane, server: FakeServer, schema: Callable[..., str]
) -> None:
    """Version 1 spells types in capitals; the shadow is of version 2 and judges both sides."""
    server.create("main", "create shelf books\ncreate box books.title text", version="1.4")
    path = schema("create shelf books label x", "create box books.title text")
    plan = lockplane.plan("fake:main", path).plan
    assert [step.description for step in plan.steps] == ["Label shelf books"]
    assert apply(lockplane, plan).success
    assert lockplane.plan("fake:main", path).plan.steps == ()


# -- what happens on the way -----------------------------------------------------------------


def test_a_database_that_changes_at_the_last_moment_is_left_alone(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    session = books.connect("main", writes=True)
    listener = Listener(lambda: session.execute("create shelf others"))
    result = apply(lockplane, plan, listener=listener)
    assert (result.success, result.state) == (False, "rolled_back")
    assert result.error is not None
    assert result.error.code == "stale_plan"
    assert things(books) == ["books", "books.title", "lobby", "others", "titles"]


def test_what_is_not_managed_may_change_meanwhile(
    lockplane: Lockplane, server: FakeServer, schema: Callable[..., str]
) -> None:
    server.create("main", "create shelf attic/a\ncreate shelf cellar/c")
    plan = lockplane.plan("fake:main", schema("create shelf attic/a label x")).plan
    session = server.connect("main", writes=True)
    listener = Listener(lambda: session.execute("create shelf cellar/d"))
    assert apply(lockplane, plan, listener=listener).success


@pytest.mark.parametrize("at", range(1, STATEMENTS + 1))
def test_an_interruption_at_any_step_takes_everything_back(
    lockplane: Lockplane, books: FakeServer, plan: Plan, at: int
) -> None:
    before = books.databases["main"].state
    books.trouble = Trouble(KeyboardInterrupt(), at)
    result = apply(lockplane, plan)
    assert (result.success, result.state, result.steps_applied) == (False, "rolled_back", 0)
    assert result.error is not None
    assert result.error.code == INTERRUPTED
    assert books.databases["main"].state == before
    assert apply(lockplane, plan).success, "the same plan runs the next time"


@pytest.mark.parametrize("at", range(1, STATEMENTS + 1))
def test_a_failure_at_any_step_names_it_and_takes_everything_back(
    lockplane: Lockplane, books: FakeServer, plan: Plan, at: int
) -> None:
    before = books.databases["main"].state
    books.trouble = Trouble(StatementFailed("out of ink", hint="Buy some."), at)
    result = apply(lockplane, plan)
    said = f"step {at} ({plan.steps[at - 1].description}) failed: out of ink"
    assert (result.state, result.errors) == ("rolled_back", (said,))
    assert result.error is not None
    assert result.error.hint == "Buy some."
    assert books.databases["main"].state == before
    assert apply(lockplane, plan).success, "the same plan runs the next time"


def test_a_lock_that_can_not_be_had_is_busy_and_names_the_step(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    books.trouble = Trouble(Busy("somebody writes"), 2)
    result = apply(lockplane, plan)
    assert result.error is not None
    assert result.error.code == "busy"
    assert result.error.message.startswith("step 2 (")
    assert result.state == "rolled_back"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), ConnectionFailed("the line is dead")], ids=repr
)
@pytest.mark.parametrize("at", ["commit", "committed"])
def test_a_commit_that_nobody_answered_is_unknown(
    lockplane: Lockplane, books: FakeServer, plan: Plan, at: str, error: BaseException
) -> None:
    books.trouble = Trouble(error, at)
    result = apply(lockplane, plan)
    assert (result.success, result.state, result.steps_applied) == (False, "unknown", 0)
    assert "Run the same plan again: it is refused as already applied, or it runs" in result.next
    books.trouble = lambda *_: None
    if at == "commit":
        assert apply(lockplane, plan).success
    else:
        with pytest.raises(StalePlan, match="already is in the state"):
            apply(lockplane, plan)


def test_a_commit_that_is_refused_is_rolled_back(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    """As a deferred constraint does it."""
    books.trouble = Trouble(StatementFailed("rows are missing"), "commit")
    assert apply(lockplane, plan).state == "rolled_back"


def test_a_step_that_did_not_do_what_it_says_is_taken_back(books: FakeServer, after: str) -> None:
    class Forgets:
        @hookimpl
        def lockplane_execute(self, step: Step, session: Session) -> Outcome | None:
            """Do not make people on the target."""
            is_target = session.database.name == "main"  # type: ignore[attr-defined]  # a fake one
            return Outcome() if is_target and "people" in step.description else None

    with fake_lockplane(books, forgets=Forgets()) as lockplane:
        plan = lockplane.plan("fake:main", after).plan
        result = apply(lockplane, plan)
    assert result.error is not None
    assert (result.state, result.error.code) == ("rolled_back", "not_reached")


class Breaks:
    """A plugin that breaks in the middle of a run."""

    @hookimpl
    def lockplane_after_step(self, plan: Plan, step: Step, outcome: Outcome) -> None:
        """Break."""
        raise ZeroDivisionError("oh no")


def test_a_plugin_that_breaks_during_a_run_has_it_taken_back(books: FakeServer, after: str) -> None:
    with fake_lockplane(books, breaks=Breaks()) as lockplane:
        plan = lockplane.plan("fake:main", after).plan
        result = apply(lockplane, plan)
    assert result.state == "rolled_back"
    assert "'breaks'" in result.errors[0]
    assert "people" not in things(books)


class Faulty(FakeDialect):
    """A dialect with a fault of its own."""

    @contextmanager
    def segment(self, session: Session, segment: Segment) -> Iterator[None]:
        """Break on the target."""
        with super().segment(session, segment):
            yield
            if session.database.name == "main":  # type: ignore[attr-defined]  # a fake one
                raise ValueError("nobody meant this")


class Clumsy(FakeDialect):
    """A dialect that can not give its lock back."""

    @contextmanager
    def exclusive(self, session: Session, wait: float) -> Iterator[None]:
        """Lose the connection at the end."""
        yield
        raise ConnectionFailed("the line is dead")


def test_an_error_that_nobody_meant_to_raise_still_has_a_result(
    books: FakeServer, after: str
) -> None:
    with fake_lockplane(books, dialect=Faulty(books)) as lockplane:
        result = apply(lockplane, lockplane.plan("fake:main", after).plan)
    assert result.error is not None
    assert (result.state, result.error.code) == ("rolled_back", FAULT)
    assert result.error.message == "ValueError: nobody meant this"
    assert "people" not in things(books)


def test_a_lock_that_is_lost_at_the_end_does_not_undo_what_was_committed(
    books: FakeServer, after: str
) -> None:
    with fake_lockplane(books, dialect=Clumsy(books)) as lockplane:
        result = apply(lockplane, lockplane.plan("fake:main", after).plan)
    assert result.success
    assert "the lock was not given back in order: the line is dead" in result.notices


def test_everybody_hears_how_a_failed_run_ended(books: FakeServer, after: str) -> None:
    class Hears:
        def __init__(self) -> None:
            self.states: list[str] = []

        @hookimpl
        def lockplane_after_apply(self, result: RunResult) -> None:
            """Remember."""
            self.states.append(result.state)

    hears = Hears()
    with fake_lockplane(books, hears=hears) as lockplane:
        plan = lockplane.plan("fake:main", after).plan
        books.trouble = Trouble(KeyboardInterrupt(), 3)
        apply(lockplane, plan)
    assert hears.states == ["rolled_back"]
