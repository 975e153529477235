"""What stops a plan before its first statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_core.errors import (
    Busy,
    InvalidSource,
    PlanError,
    PluginError,
    Refused,
    StalePlan,
    UsageError,
)
from lockplane_core.model.consent import Consent
from lockplane_core.model.node import Span
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.testing.fakes import FakeServer, fake_lockplane
from lockplane_core.testing.fakes.dialect import FakeShadow
from lockplane_core.testing.fakes.kinds import ShelfKind
from lockplane_core.testing.fakes.runs import FAST, YES, apply, by_hand, things

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan
    from lockplane_core.spi.session import Session

LAMP = Ref("fake.lamp", ("l",))


# -- what stops it before it begins ----------------------------------------------------------


def test_a_database_that_changed_since_is_refused(
    lockplane: Lockplane, books: FakeServer, plan: Plan
) -> None:
    books.connect("main", writes=True).execute("create shelf others")
    with pytest.raises(StalePlan, match=f"expected {plan.source_hash}"):
        apply(lockplane, plan)


def test_what_the_database_is_too_old_for_is_named_with_its_place(
    lockplane: Lockplane,
    server: FakeServer,
    schema: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The judge, which is of version 2, understands it."""
    monkeypatch.setattr(ShelfKind, "since", {"label": "1.10"})
    path = schema("create shelf books", "create shelf people label x")
    server.create("main", "create shelf books", version="1.9")
    with pytest.raises(InvalidSource, match=r"label, which Fake has since 1\.10") as caught:
        lockplane.plan("fake:main", path)
    (finding,) = caught.value.findings
    assert finding.message.endswith("the database is Fake 1.9")
    assert finding.span == Span(path, 2)
    server.create("newer", "create shelf books", version="1.10")
    assert lockplane.plan("fake:newer", path).plan.steps


def test_what_fails_on_a_scratch_of_another_version_says_that_it_is_one(
    lockplane: Lockplane,
    books: FakeServer,
    schema: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FakeShadow, "apart", "scratches are of another version")
    with pytest.raises(InvalidSource) as caught:
        lockplane.plan("fake:main", schema("create view v as nothing.there"))
    assert caught.value.hint.endswith("scratches are of another version")


def test_a_plan_that_ran_already_says_so(lockplane: Lockplane, plan: Plan) -> None:
    apply(lockplane, plan)
    with pytest.raises(StalePlan, match="already is in the state"):
        apply(lockplane, plan)


def test_a_plan_of_another_product_is_refused(lockplane: Lockplane, plan: Plan) -> None:
    with pytest.raises(PlanError, match="this plan is for postgres, and the database is Fake"):
        apply(lockplane, msgspec.structs.replace(plan, dialect="postgres"))


def test_a_plan_of_more_plugins_names_those_that_lack(lockplane: Lockplane, plan: Plan) -> None:
    lamp = Step(description="Create lamp", sql=("create shelf l",), settles=(LAMP,))
    more = msgspec.structs.replace(plan, steps=(lamp,), plugins=("lockplane-lamps 2.0",))
    for work in (lambda: apply(lockplane, more), lambda: lockplane.undo(more, "fake:main")):
        with pytest.raises(PluginError, match=r"what this plan is about: fake\.lamp") as caught:
            work()
        assert "made with lockplane-lamps 2.0: install that" in caught.value.hint


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
