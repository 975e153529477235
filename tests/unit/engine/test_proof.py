"""A proof shows what a plan does; where that is not what it says, the target stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_core.engine.proof import overlaid, touched_part
from lockplane_core.errors import ProofFailed, ScratchError, StatementFailed
from lockplane_core.model.consent import Consent
from lockplane_core.model.plan import Plan
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.testing.fakes import (
    BOX,
    SHELF,
    VIEW,
    FakeDialect,
    FakeServer,
    fake_catalog,
    fake_lockplane,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lockplane_core.app import Lockplane
    from lockplane_core.engine.planner import Planned
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.session import Session

BOOKS = Ref(SHELF, ("books",))
AFTER = ("create shelf books label x", "create box books.title text", "create shelf people")


@pytest.fixture
def planned(lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]) -> Planned:
    """A plan that labels a shelf, makes another one and drops a view."""
    return lockplane.plan("fake:main", schema(*AFTER))


def with_plan(planned: Planned, **changes: Any) -> Planned:
    """The same with another plan."""
    plan = msgspec.structs.replace(planned.plan, **changes)
    return msgspec.structs.replace(planned, plan=plan)


def with_step(planned: Planned, *sql: str) -> Planned:
    """The same with a step more, of which nothing is known."""
    more = Step(description="More", sql=sql)
    return with_plan(planned, steps=(*planned.plan.steps, more))


def test_a_proof_names_the_judge_and_the_tables_that_had_rows(
    lockplane: Lockplane, planned: Planned
) -> None:
    found = lockplane.prove(planned)
    assert found.judge == "Fake 2.0, in memory"
    assert found.seeded == (BOOKS,)
    assert (found.not_seeded, found.remade, found.notices) == ((), (), ())


def test_only_what_the_plan_touches_is_made_on_the_scratch(
    lockplane: Lockplane, server: FakeServer, schema: Callable[..., str]
) -> None:
    server.create("main", "create shelf a\ncreate shelf b\ncreate box b.k text")
    lines = ("create shelf a label x", "create shelf b", "create box b.k text")
    planned = lockplane.plan("fake:main", schema(*lines))
    made: list[str] = []
    server.trouble = lambda _, sql: made.append(sql)
    lockplane.prove(planned)
    assert "create shelf a" in made
    assert "create shelf b" not in made


def test_a_step_that_fails_is_named_and_the_target_is_untouched(
    lockplane: Lockplane, planned: Planned, books: FakeServer
) -> None:
    before = books.databases["main"].state
    with pytest.raises(ProofFailed, match=r"step 4 \(More\) failed: there is no shelf nowhere"):
        lockplane.prove(with_step(planned, "drop shelf nowhere"))
    assert books.databases["main"].state == before


def test_a_plan_that_leads_elsewhere_is_found_out(lockplane: Lockplane, planned: Planned) -> None:
    with pytest.raises(ProofFailed, match="does not lead to the state that it was made for"):
        lockplane.prove(with_step(planned, "create shelf others"))


def test_an_undo_that_does_not_lead_back_is_found_out(
    lockplane: Lockplane, planned: Planned
) -> None:
    undo = planned.plan.undo
    with pytest.raises(ProofFailed, match="rollback does not lead back: missing view titles"):
        lockplane.prove(with_plan(planned, undo=undo[1:]))


def test_an_undo_that_fails_is_found_out(lockplane: Lockplane, planned: Planned) -> None:
    first, *rest = planned.plan.undo
    broken = msgspec.structs.replace(first.step, sql=("drop shelf nowhere",))
    undo = (msgspec.structs.replace(first, step=broken), *rest)
    with pytest.raises(ProofFailed, match=r"rollback step 1 .* failed: there is no shelf nowhere"):
        lockplane.prove(with_plan(planned, undo=undo))


def test_a_dropped_table_is_not_asked_for_its_rows(
    lockplane: Lockplane, books: FakeServer, schema: Callable[..., str]
) -> None:
    assert BOOKS in lockplane.prove(lockplane.plan("fake:main", schema(""))).seeded


# -- rows ------------------------------------------------------------------------------------


def again(*effects: Any, known: bool = True) -> Plan:
    """A plan that makes a shelf anew, empty."""
    refs = (BOOKS, Ref(BOX, ("books", "title"))) if known else ()
    sql = (
        "drop view titles",
        "drop shelf books",
        "create shelf books",
        "create box books.title text",
        "create view titles as books.title",
    )
    step = Step(description="Again", sql=sql, settles=refs, destroys=refs, effects=effects)
    return Plan(dialect="fake", steps=(step,))


def test_rows_that_are_lost_without_a_word_fail_the_proof(
    lockplane: Lockplane, books: FakeServer
) -> None:
    planned = lockplane.plan("fake:main", "fake:main")
    for plan in (again(), again(known=False)):
        with pytest.raises(ProofFailed, match=r"rows were lost .*: shelf books"):
            lockplane.prove(msgspec.structs.replace(planned, plan=plan))


def test_rows_that_the_plan_says_it_loses_may_be_lost(
    lockplane: Lockplane, books: FakeServer
) -> None:
    consent = Consent(allow_data_loss=True)
    assert lockplane.apply("fake:main", again("data_loss"), consent=consent).success


class NoRows(FakeDialect):
    """Can put no row anywhere."""

    def seed(self, session: Session, catalog: Catalog, table: Ref) -> bool:
        return False


class RefusesRows(FakeDialect):
    """Tries to put a row, and is refused."""

    def seed(self, session: Session, catalog: Catalog, table: Ref) -> bool:
        raise StatementFailed("a trigger says no")


@pytest.mark.parametrize("dialect", [NoRows, RefusesRows])
def test_a_table_without_a_row_is_named(
    books: FakeServer, schema: Callable[..., str], dialect: type[FakeDialect]
) -> None:
    with fake_lockplane(books, dialect=dialect(books)) as lockplane:
        found = lockplane.prove(lockplane.plan("fake:main", schema(*AFTER)))
    assert (found.seeded, found.not_seeded) == ((), (BOOKS,))


def test_a_row_of_our_own_making_that_is_in_the_way_is_taken_out(
    lockplane: Lockplane, planned: Planned, server: FakeServer
) -> None:
    """As where a column is added that must not be empty, and the real table has no rows."""

    def trouble(database: str, sql: str) -> None:
        if database != "main" and sql == "label shelf books x":
            shelf = server.databases[database].state["relation", ("books",)]
            if shelf.rows:
                raise StatementFailed("there are rows")

    server.trouble = trouble
    found = lockplane.prove(planned)
    assert (found.seeded, found.not_seeded) == ((), (BOOKS,))
    (notice,) = found.notices
    assert notice.startswith("tried without rows, since a row of its own making stopped step 2")


# -- what is made anew -----------------------------------------------------------------------


class MadeAnew(FakeDialect):
    """On this one, every look finds every shelf made anew."""

    count = 0

    def identities(self, session: Session) -> Mapping[Ref, str]:
        self.count += 1
        return {BOOKS: str(self.count), Ref(SHELF, ("lobby",)): "the same"}


def test_what_is_made_anew_with_the_knowledge_of_the_plan_is_reported(
    books: FakeServer, schema: Callable[..., str]
) -> None:
    with fake_lockplane(books, dialect=MadeAnew(books)) as lockplane:
        found = lockplane.prove(lockplane.plan("fake:main", schema(*AFTER)))
    assert found.remade == (BOOKS,)


def test_what_is_made_anew_without_a_word_fails_the_proof(
    books: FakeServer, schema: Callable[..., str]
) -> None:
    with fake_lockplane(books, dialect=MadeAnew(books)) as lockplane:
        lines = ("create shelf books", "create box books.title text")
        planned = lockplane.plan("fake:main", schema(*lines))
        assert [step.description for step in planned.plan.steps] == ["Drop view titles"]
        with pytest.raises(ProofFailed, match=r"made anew .* does not mention: shelf books"):
            lockplane.prove(planned)


# -- the scratch -----------------------------------------------------------------------------


def test_a_scratch_that_does_not_read_back_the_same_is_no_judge(server: FakeServer) -> None:
    class Blind:
        @hookimpl(wrapper=True)
        def lockplane_introspect(self, session: Session) -> Any:
            """Do not see books on scratches."""
            catalog = yield
            if session.database.name == "main":  # type: ignore[attr-defined]  # a fake one
                return catalog
            return catalog.replace(node for node in catalog if node.ref != BOOKS)

    server.create("main", "create shelf books")
    with fake_lockplane(server, blind=Blind()) as lockplane:
        planned = with_step(lockplane.plan("fake:main", "fake:main"), "create shelf x")
        with pytest.raises(ScratchError, match=r"does not read back .*: missing shelf books"):
            lockplane.prove(planned)


def test_a_plan_that_does_not_say_what_it_touches_is_tried_on_everything() -> None:
    before = fake_catalog("create shelf a\ncreate shelf b")
    plan = Plan(dialect="", steps=(Step(description="x", sql=("x",)),))
    assert touched_part(plan, before) is before


def test_the_part_that_is_tried_holds_what_the_undo_needs() -> None:
    before = fake_catalog(
        "create shelf a\ncreate box a.k text\ncreate shelf b\ncreate view v as a.k"
    )
    view = Step(description="x", sql=(), destroys=(Ref(VIEW, ("v",)),))
    part = touched_part(Plan(dialect="", steps=(view,)), before)
    assert [str(node.ref) for node in part] == ["box a.k", "shelf a", "view v"]


def test_what_stands_on_something_that_is_only_used_is_not_tried() -> None:
    """Each new table uses its schema: with all that stands there, a proof would be as large."""
    before = fake_catalog("create shelf a\ncreate box a.k text\ncreate view v as a.k")
    view = Step(
        description="x",
        sql=(),
        produces=(Ref(VIEW, ("new",)),),
        consumes=(Ref(SHELF, ("a",)),),
    )
    part = touched_part(Plan(dialect="", steps=(view,)), before)
    assert [str(node.ref) for node in part] == ["box a.k", "shelf a"]


def test_what_changed_on_the_scratch_is_laid_over_the_whole() -> None:
    before = fake_catalog("create shelf a\ncreate shelf b\ncreate shelf c")
    start = before.replace(n for n in before if n.ref.path != ("c",))
    reached = fake_catalog("create shelf a label x\ncreate shelf d")
    whole = overlaid(before, start, reached)
    assert [(n.ref.name, n.body.label) for n in whole] == [
        ("a", "x"),
        ("c", ""),
        ("d", ""),
        ("lobby", ""),
    ]
