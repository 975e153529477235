"""The kit passes on the fake product, and each of its laws can fail."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import pytest
from hypothesis import strategies as st

from lockplane_core.config import Settings
from lockplane_core.errors import LockplaneError
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.testing import Case, DialectSuite, read_cases
from lockplane_core.testing.fakes import SHELF, FakeServer, fake_lockplane
from lockplane_core.testing.fakes.strategies import schemas
from lockplane_core.testing.properties import Tally
from lockplane_core.testing.schemas import Mutation

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from lockplane_core.app import Lockplane
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.session import Session

CASES = read_cases(Path(__file__).parent / "cases")
SETTINGS = Settings(dialect="fake", schemas=("*",))
PUT = st.just(tuple(f"put {shelf} 2" for shelf in ("a", "b", "c")))


class TestFake(DialectSuite):
    """The fake product keeps every law."""

    dialect = "fake"
    cases = CASES
    mutations: ClassVar[st.SearchStrategy[Mutation] | None] = st.builds(
        Mutation, before=schemas(), after=schemas(), rows=PUT
    )
    refusals: ClassVar[Mapping[str, float]] = {}  # nothing is impossible with the fake product
    server = FakeServer()
    numbers = count()

    @pytest.fixture(scope="class")
    @classmethod
    def lockplane(cls) -> Iterator[Lockplane]:
        with fake_lockplane(cls.server, settings=SETTINGS) as lockplane:
            yield lockplane

    def database(self, tmp_path: Path) -> AbstractContextManager[str]:
        name = f"db-{next(self.numbers)}"
        self.server.create(name)
        return nullcontext(f"fake:{name}")


# -- plugins that make the fake product break one law each -----------------------------------


class NeverSatisfied:
    """Finds the label of every shelf changed, whatever it is."""

    @hookimpl(wrapper=True)
    def lockplane_diff(self, before: Catalog, after: Catalog) -> Generator[None, Any, Any]:
        """Add a change to every shelf that is on both sides."""
        from lockplane_core.model.change import Change

        changes = yield
        known = {change.ref for change in changes}
        both = [n for n in before.of_kind(SHELF) if n.ref in after and n.ref not in known]
        return [*changes, *(Change(action="alter", before=n, after=after[n.ref]) for n in both)]


class SaysNothingOfLoss:
    """Leaves out that steps lose data."""

    @hookimpl(wrapper=True)
    def lockplane_render(self) -> Generator[None, list[Step], list[Step]]:
        """Take the effects off every step."""
        steps = yield
        return [msgspec.structs.replace(step, effects=()) for step in steps]


class MakesAnew:
    """Empties every shelf that it labels, on the target alone."""

    @hookimpl(wrapper=True)
    def lockplane_execute(self, step: Step, session: Any) -> Generator[None, Any, Any]:
        """Take the rows away."""
        outcome = yield
        if session.database.name.startswith("db"):
            session.open = {
                key: msgspec.structs.replace(thing, rows=0) for key, thing in session.open.items()
            }
        return outcome


class NotesTheOrder:
    """Makes a step of the place that a shelf has in its file."""

    @hookimpl(wrapper=True)
    def lockplane_render(self, after: Catalog) -> Generator[None, list[Step], list[Step]]:
        """Add a step without any effect that is called after the first shelf of the file."""
        steps = yield
        spans = sorted((n.span, n.ref) for n in after.of_kind(SHELF) if n.span)
        notes = [Step(description=f"First is {spans[0][1]}", sql=("put lobby 0",))] if spans else []
        return [*steps, *notes] if steps else []


class PrintsNoLabels:
    """Leaves labels out of what it writes."""

    @hookimpl(wrapper=True)
    def lockplane_render(self, before: Catalog) -> Generator[None, list[Step], list[Step]]:
        """Cut the label off the statements that make things from nothing."""
        steps = yield
        if len(before):
            return steps
        cut = [tuple(sql.partition(" label ")[0] for sql in step.sql) for step in steps]
        return [msgspec.structs.replace(s, sql=c) for s, c in zip(steps, cut, strict=True)]


LABELS = Case(name="c", before="create shelf a", after="create shelf a label x", seed="put a 2")
LABELLED = Case(name="c", before="create shelf a label x", after="create shelf a")
DROPS = Case(name="c", before="create shelf a", after="", loses="forward")
TWO = Case(name="c", after="create shelf a\ncreate shelf b", loses="backward")


@pytest.mark.parametrize(
    ("law", "plugin", "case"),
    [
        ("the_plan_converges_and_the_undo_leads_back", NeverSatisfied(), LABELS),
        ("the_plan_converges_and_the_undo_leads_back", SaysNothingOfLoss(), DROPS),
        ("the_plan_converges_and_the_undo_leads_back", MakesAnew(), LABELS),
        ("a_database_is_what_its_schema_says_in_every_form", NeverSatisfied(), LABELS),
        ("a_database_is_what_its_schema_says_in_every_form", PrintsNoLabels(), LABELLED),
        ("the_order_of_input_does_not_matter", NotesTheOrder(), TWO),
        ("after_a_failure_the_next_run_converges", NeverSatisfied(), LABELS),
    ],
)
def test_a_product_that_breaks_a_law_is_found_out(
    law: str, plugin: object, case: Case, tmp_path: Path
) -> None:
    suite = TestFake()
    with fake_lockplane(suite.server, settings=SETTINGS, liar=plugin) as lockplane:
        test = getattr(suite, f"test_{law}")
        with pytest.raises(AssertionError):
            test(lockplane, case, tmp_path)


@pytest.mark.parametrize(
    "case",
    [
        msgspec.structs.replace(DROPS, loses=""),
        msgspec.structs.replace(LABELS, loses="forward"),
        msgspec.structs.replace(LABELS, refused="no"),
    ],
    ids=["loses more", "loses less", "is not refused"],
)
def test_a_case_that_promises_something_else_is_found_out(case: Case, tmp_path: Path) -> None:
    suite = TestFake()
    with (
        fake_lockplane(suite.server, settings=SETTINGS) as lockplane,
        pytest.raises((AssertionError, pytest.fail.Exception)),
    ):
        suite.test_the_plan_converges_and_the_undo_leads_back(lockplane, case, tmp_path)


@pytest.mark.parametrize(
    "plugin", [NeverSatisfied(), MakesAnew(), SaysNothingOfLoss()], ids=lambda p: type(p).__name__
)
def test_a_product_that_breaks_a_law_is_found_out_by_random_schemas(
    plugin: object, tmp_path: Path
) -> None:
    suite = TestFake()
    with (
        fake_lockplane(suite.server, settings=SETTINGS, liar=plugin) as lockplane,
        pytest.raises((AssertionError, LockplaneError)),
    ):
        suite.test_any_schema_leads_to_any_other(lockplane, tmp_path)


def test_a_suite_without_random_schemas_says_so(tmp_path: Path) -> None:
    class Quiet(TestFake):
        mutations = None

    with (
        fake_lockplane(TestFake.server, settings=SETTINGS) as lockplane,
        pytest.raises(pytest.skip.Exception, match="Quiet names no `mutations`"),
    ):
        Quiet().test_any_schema_leads_to_any_other(lockplane, tmp_path)


def _tally(*, examples: int, changed: int, filled: int, refused: int) -> Tally:
    tally = Tally({"data": 0.1})
    tally.examples, tally.changed, tally.filled = examples, changed, filled
    tally.refused["data"] = refused
    return tally


def test_a_run_over_random_schemas_that_amounts_to_something() -> None:
    _tally(examples=100, changed=50, filled=25, refused=11).judge()


@pytest.mark.parametrize(
    ("changed", "filled", "refused", "complaint"),
    [
        (100, 100, 12, "data: 100 examples"),
        (49, 100, 0, "too few changes: 100 examples, 49 with changes"),
        (100, 24, 0, "too few rows: 100 examples, 100 with changes, 24 with rows"),
    ],
    ids=["too many refusals", "too little to do", "too few rows"],
)
def test_a_run_over_random_schemas_that_is_hollow(
    changed: int, filled: int, refused: int, complaint: str
) -> None:
    tally = _tally(examples=100, changed=changed, filled=filled, refused=refused)
    with pytest.raises(AssertionError, match=complaint):
        tally.judge()


def test_a_refusal_of_a_kind_that_nobody_expects_is_a_failure() -> None:
    tally = Tally({"data": 1.0})
    tally.refuse("data", "rows forbid it")
    with pytest.raises(AssertionError, match="refused, as cycle: they wait"):
        tally.refuse("cycle", "they wait")


def test_a_need_of_a_case_is_a_capability_a_version_or_for_the_subclass(
    server: FakeServer, tmp_path: Path
) -> None:
    server.create("main")
    session: Session = server.connect("main", writes=False)
    suite = TestFake()
    assert suite.lacks("2", session) == ""
    assert suite.lacks("3", session) == "version 2.0 is older than 3"
    assert suite.lacks("btree", session) == "fake has no btree"


def test_a_case_that_lacks_something_is_skipped_with_the_reason(tmp_path: Path) -> None:
    suite = TestFake()
    case = msgspec.structs.replace(LABELS, needs="data 99 btree")
    with (
        fake_lockplane(suite.server, settings=SETTINGS) as lockplane,
        pytest.raises(pytest.skip.Exception, match=r"older than 99; fake has no btree"),
    ):
        suite.test_a_database_is_what_its_schema_says_in_every_form(lockplane, case, tmp_path)


def test_a_database_keeps_its_baseline(server: FakeServer) -> None:
    """What every fresh database holds is neither made nor dropped."""
    server.create("main")
    with fake_lockplane(server) as lockplane:
        state = lockplane.read("fake:main")
        assert Ref(SHELF, ("lobby",)) in state.catalog
        assert lockplane.sql(state) == []


class Asking:
    """What pytest passes to a suite that says how often a test runs."""

    def __init__(self, law: str, argument: str) -> None:
        self.function = getattr(TestFake, law)
        self.fixturenames = [argument]
        self.names: list[str] = []

    def parametrize(self, _: str, cases: Sequence[Case], ids: Callable[[Case], str]) -> None:
        self.names = [ids(case) for case in cases]


@pytest.mark.parametrize(("variable", "count"), [("", 2), ("all", 4)])
def test_a_slow_suite_puts_few_cases_to_the_later_laws(
    monkeypatch: pytest.MonkeyPatch, variable: str, count: int
) -> None:
    monkeypatch.setenv("LOCKPLANE_LAWS", variable)
    suite = TestFake()
    suite.cases = [msgspec.structs.replace(TWO, name=name) for name in "abcd"]  # type: ignore[misc]
    suite.every = 2  # type: ignore[misc]
    first = Asking("test_the_plan_converges_and_the_undo_leads_back", "case")
    chosen = Asking("test_a_database_is_what_its_schema_says_in_every_form", "chosen")
    forward = Asking("test_the_order_of_input_does_not_matter", "forward")
    for asking in (first, chosen, forward):
        suite.pytest_generate_tests(asking)  # type: ignore[arg-type]
    assert [len(a.names) for a in (first, chosen, forward)] == [4, count, count]


@pytest.mark.parametrize(("variable", "left_out"), [("", {"b~back", "d~back"}), ("all", set())])
def test_a_slow_suite_goes_few_ways_back_that_tell_no_more_than_an_undo(
    monkeypatch: pytest.MonkeyPatch, variable: str, left_out: set[str]
) -> None:
    monkeypatch.setenv("LOCKPLANE_LAWS", variable)
    plain = [Case(name=name, after="create shelf x") for name in "abcd"]
    telling = [
        Case(name="rows", seed_after="put x 1"),
        Case(name="refused", refused_back="no"),
        Case(name="lost", loses="backward"),
    ]
    suite = TestFake()
    suite.cases = [way for case in (*plain, *telling) for way in (case, case.reversed())]  # type: ignore[misc]
    suite.every = 2  # type: ignore[misc]
    first = Asking("test_the_plan_converges_and_the_undo_leads_back", "case")
    suite.pytest_generate_tests(first)  # type: ignore[arg-type]
    assert {case.name for case in suite.cases} - {*first.names} == left_out
