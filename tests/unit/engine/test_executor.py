"""A run ends in a result that says what is known of the target, whatever happens on the way."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_core.engine.executor import FAULT, INTERRUPTED, Consent
from lockplane_core.errors import (
    Busy,
    ConnectionFailed,
    PlanError,
    Refused,
    StalePlan,
    StatementFailed,
    UsageError,
)
from lockplane_core.model.plan import Plan
from lockplane_core.model.step import Guard, Step
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.testing.fakes import FakeDialect, FakeServer, fake_lockplane

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Segment
    from lockplane_core.model.record import Outcome, RunResult
    from lockplane_core.spi.session import Session

AFTER = (
    "create shelf books label x",
    "create box books.title number",
    "create view titles as books.title",
    "create shelf people",
)
STATEMENTS = 5
YES = Consent(allow_data_loss=True)
FAST = Consent(skip_shadow=True)


@pytest.fixture
def plan(lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]) -> Plan:
    """A plan of five steps, one statement each, in one transaction."""
    made = lockplane.plan("fake:main", schema(*AFTER)).plan
    assert [len(step.sql) for step in made.steps] == [1] * STATEMENTS
    return made


def apply(
    lockplane: Lockplane, plan: Plan, consent: Consent = YES, listener: Any = None
) -> RunResult:
    """The result of a run on `main`."""
    return lockplane.apply("fake:main", plan, consent=consent, listener=listener)


def by_hand(*sql: str, **more: Any) -> Plan:
    """A plan that somebody wrote: a step for each statement."""
    return Plan(dialect="", steps=tuple(Step(description=s, sql=(s,), **more) for s in sql))


def things(server: FakeServer) -> list[str]:
    """What is in `main`."""
    return sorted(thing.name for thing in server.databases["main"].state.values())


class Trouble:
    """Raises an error at the n-th statement that changes `main`, or at its commit."""

    def __init__(self, error: BaseException, at: int | str) -> None:
        self.error, self.at, self.count = error, at, 0

    def __call__(self, database: str, sql: str) -> None:
        if database == "main":
            self.count += 1
            if self.at in (self.count, sql):
                raise self.error


class Listener:
    """Does something when the statements are about to run."""

    def __init__(self, act: Callable[[], object] = lambda: None) -> None:
        self.act = act
        self.heard: list[str] = []

    def proving(self, judge: str) -> None:
        self.heard.append(judge)

    def announced(self, plan: Plan, parts: list[Segment]) -> None:
        self.heard.append(f"{len(parts)} transactions")
        self.act()

    def started(self, number: int, step: Step) -> None:
        self.heard.append(f"{number} {step.description}")


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


# -- what stops it before it begins ----------------------------------------------------------


def test_a_database_that_changed_since_is_refused(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    books.connect("main", writes=True).execute("create shelf others")
    with pytest.raises(StalePlan, match=f"expected {plan.source_hash}"):
        apply(lockplane, plan)


def test_a_plan_that_ran_already_says_so(lockplane: Lockplane, plan: Plan) -> None:
    apply(lockplane, plan)
    with pytest.raises(StalePlan, match="already is in the state"):
        apply(lockplane, plan)


def test_a_plan_of_another_product_is_refused(lockplane: Lockplane, plan: Plan) -> None:
    with pytest.raises(PlanError, match="this plan is for postgres, and the database is Fake"):
        apply(lockplane, msgspec.structs.replace(plan, dialect="postgres"))


def test_only_a_database_can_be_applied_to(
    lockplane: Lockplane, plan: Plan, schema: Callable[..., str]
) -> None:
    with pytest.raises(UsageError, match="is no database"):
        lockplane.apply(schema("create shelf a"), plan)


def test_loss_of_data_wants_consent(
    lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]
) -> None:
    plan = lockplane.plan("fake:main", schema("create shelf books")).plan
    with pytest.raises(Refused, match=r"loses data:\n  step 2: Drop box books.title") as caught:
        apply(lockplane, plan, Consent())
    assert caught.value.name == "data_loss"
    assert apply(lockplane, plan, YES).success


def test_a_standby_is_refused(lockplane: Lockplane, books: FakeServer, plan: Plan) -> None:
    books.databases["main"].standby = True
    with pytest.raises(Refused, match="standby"):
        apply(lockplane, plan)


def test_a_second_run_is_told_to_wait(lockplane: Lockplane, books: FakeServer, plan: Plan) -> None:
    books.databases["main"].holder = books.connect("main", writes=True)
    with pytest.raises(Busy, match="another run is at work"):
        apply(lockplane, plan)


def test_rows_that_do_not_allow_a_step_are_counted_before_it(
    lockplane: Lockplane, books: FakeServer
) -> None:
    guard = Guard(query="select books", message="books has rows")
    plan = by_hand("label shelf books y", guards=(guard,))
    with pytest.raises(Refused, match=r"step 1 \(label shelf books y\): books has rows"):
        apply(lockplane, plan)


def test_a_guard_that_can_not_be_asked_stops_the_plan(
    lockplane: Lockplane, books: FakeServer
) -> None:
    guard = Guard(query="select nowhere", message="nowhere has rows")
    with pytest.raises(Refused, match="nowhere has rows: there is no shelf nowhere"):
        apply(lockplane, by_hand("label shelf books y", guards=(guard,)))


# -- what no kind models ---------------------------------------------------------------------


def test_a_plan_that_touches_what_an_unmodelled_object_needs_is_not_made(
    lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]
) -> None:
    books.connect("main", writes=True).execute("create seal s on books.title")
    with pytest.raises(Refused, match=r"seal s depends on box books.title.*drop") as caught:
        lockplane.plan("fake:main", schema("create shelf books"))
    assert caught.value.name == "unmodelled"


def test_an_unmodelled_object_that_came_later_stops_the_run(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    """It is in no fingerprint, so that the plan is not stale."""
    books.connect("main", writes=True).execute("create seal s on books.title")
    for consent in (YES, FAST):
        with pytest.raises(Refused, match=r"seal s depends on box books.title.*alter"):
            apply(lockplane, plan, consent)


def test_a_plan_written_by_hand_is_held_to_it_as_well(
    lockplane: Lockplane, books: FakeServer
) -> None:
    books.connect("main", writes=True).execute("create seal s on books.title")
    with pytest.raises(Refused, match=r"seal s depends on box books.title"):
        apply(lockplane, by_hand("drop view titles", "drop box books.title"))


def test_what_it_needs_can_be_changed_around_it(
    lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]
) -> None:
    """A label on the shelf touches no box of it."""
    books.connect("main", writes=True).execute("create seal s on books.title")
    lines = ("create shelf books label y", "create box books.title text")
    plan = lockplane.plan("fake:main", schema(*lines, "create view titles as books.title")).plan
    assert apply(lockplane, plan).success


def test_an_aspect_goes_with_what_it_is_an_aspect_of(
    lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]
) -> None:
    books.connect("main", writes=True).execute("create grant g on books")
    plan = lockplane.plan("fake:main", schema("")).plan
    assert apply(lockplane, plan).success
    assert things(books) == ["lobby"]


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


def test_a_step_that_did_not_do_what_it_says_is_taken_back(
    books: FakeServer, schema: Callable[..., str]
) -> None:
    class Forgets:
        @hookimpl
        def lockplane_execute(self, step: Step, session: Session) -> Outcome | None:
            """Do not make people on the target."""
            from lockplane_core.model.record import Outcome

            is_target = session.database.name == "main"  # type: ignore[attr-defined]  # a fake one
            return Outcome() if is_target and "people" in step.description else None

    with fake_lockplane(books, forgets=Forgets()) as lockplane:
        plan = lockplane.plan("fake:main", schema(*AFTER)).plan
        result = apply(lockplane, plan)
    assert result.error is not None
    assert (result.state, result.error.code) == ("rolled_back", "not_reached")


class Breaks:
    """A plugin that breaks in the middle of a run."""

    @hookimpl
    def lockplane_after_step(self, plan: Plan, step: Step, outcome: Outcome) -> None:
        """Break."""
        raise ZeroDivisionError("oh no")


def test_a_plugin_that_breaks_during_a_run_has_it_taken_back(
    books: FakeServer, schema: Callable[..., str]
) -> None:
    with fake_lockplane(books, breaks=Breaks()) as lockplane:
        plan = lockplane.plan("fake:main", schema(*AFTER)).plan
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


def with_dialect(server: FakeServer, dialect: FakeDialect) -> Lockplane:
    """The API over another dialect of the fake product."""
    lockplane = fake_lockplane(server)
    lockplane.registry.__dict__["dialects"] = {"fake": dialect}
    return lockplane


def test_an_error_that_nobody_meant_to_raise_still_has_a_result(
    books: FakeServer, schema: Callable[..., str]
) -> None:
    with with_dialect(books, Faulty(books)) as lockplane:
        result = apply(lockplane, lockplane.plan("fake:main", schema(*AFTER)).plan)
    assert result.error is not None
    assert (result.state, result.error.code) == ("rolled_back", FAULT)
    assert result.error.message == "ValueError: nobody meant this"
    assert "people" not in things(books)


def test_a_lock_that_is_lost_at_the_end_does_not_undo_what_was_committed(
    books: FakeServer, schema: Callable[..., str]
) -> None:
    with with_dialect(books, Clumsy(books)) as lockplane:
        result = apply(lockplane, lockplane.plan("fake:main", schema(*AFTER)).plan)
    assert result.success
    assert "the lock was not given back in order: the line is dead" in result.notices


def test_everybody_hears_how_a_failed_run_ended(
    books: FakeServer, schema: Callable[..., str]
) -> None:
    class Hears:
        def __init__(self) -> None:
            self.states: list[str] = []

        @hookimpl
        def lockplane_after_apply(self, result: RunResult) -> None:
            """Remember."""
            self.states.append(result.state)

    hears = Hears()
    with fake_lockplane(books, hears=hears) as lockplane:
        plan = lockplane.plan("fake:main", schema(*AFTER)).plan
        books.trouble = Trouble(KeyboardInterrupt(), 3)
        apply(lockplane, plan)
    assert hears.states == ["rolled_back"]


# -- what a plan by hand does not say -------------------------------------------------------


@pytest.mark.parametrize("consent", [Consent(), FAST])
def test_sql_by_hand_that_drops_what_holds_data_wants_consent(
    lockplane: Lockplane, books: FakeServer, consent: Consent
) -> None:
    plan = by_hand("drop view titles", "drop box books.title")
    with pytest.raises(Refused, match=r"step 2: drop box books.title"):
        apply(lockplane, plan, consent)
    assert apply(lockplane, plan).success


def test_what_went_on_the_scratch_without_a_word_wants_consent(
    books: FakeServer, schema: Callable[..., str]
) -> None:
    class Sly:
        @hookimpl(wrapper=True)
        def lockplane_execute(self, step: Step, session: Session) -> Generator[None, Any, Any]:
            """Drop another shelf than the one that is labelled."""
            outcome = yield
            session.execute("drop shelf other")
            return outcome

    books.connect("main", writes=True).execute("create shelf other")
    with fake_lockplane(books, sly=Sly()) as lockplane:
        with pytest.raises(Refused, match=r"does not say so: shelf other"):
            apply(lockplane, by_hand("label shelf books x"), Consent())
        assert apply(lockplane, by_hand("label shelf books x")).success


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
    books: FakeServer, schema: Callable[..., str], at: int, applied: int
) -> None:
    with with_dialect(books, Lasting(books)) as lockplane:
        plan = lockplane.plan("fake:main", schema(*AFTER)).plan
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


# -- plans written by hand, and no shadow ----------------------------------------------------


def test_a_plan_written_by_hand_runs_on_any_state(lockplane: Lockplane, books: FakeServer) -> None:
    assert apply(lockplane, by_hand("create shelf a")).success
    assert "a" in things(books)


def test_a_plan_written_by_hand_is_tried_on_a_scratch_first(
    lockplane: Lockplane, books: FakeServer
) -> None:
    from lockplane_core.errors import ProofFailed

    with pytest.raises(ProofFailed, match=r"step 2 \(drop box books.title\) failed"):
        apply(lockplane, by_hand("create shelf a", "drop box books.title"))
    assert "a" not in things(books)


def test_without_a_proof_no_shadow_is_started(
    books: FakeServer, schema: Callable[..., str]
) -> None:
    with fake_lockplane(books) as lockplane:
        plan = lockplane.plan("fake:main", schema(*AFTER)).plan
    before = books.scratches
    for each in (plan, by_hand("create shelf a")):
        with fake_lockplane(books) as lockplane:
            assert apply(lockplane, each, FAST).success
            assert books.shadows == 0
    assert books.scratches == before


def test_an_interruption_of_the_proof_leaves_nothing_behind(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    """It is no result, since nothing ran on the target."""
    before = books.databases["main"].state

    def trouble(database: str, sql: str) -> None:
        if database != "main" and sql == "create shelf people":
            raise KeyboardInterrupt

    books.trouble = trouble
    with pytest.raises(KeyboardInterrupt):
        apply(lockplane, plan)
    assert list(books.databases) == ["main"]
    assert books.databases["main"].state is before
    assert books.databases["main"].holder is None


def test_no_scratch_and_no_shadow_is_left(books: FakeServer, schema: Callable[..., str]) -> None:
    with fake_lockplane(books) as lockplane:
        plan = lockplane.plan("fake:main", schema(*AFTER)).plan
        books.trouble = Trouble(KeyboardInterrupt(), 2)
        apply(lockplane, plan)
    assert list(books.databases) == ["main"]
    assert books.shadows == 0
