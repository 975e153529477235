"""Changes are handed from kind to kind until each is settled by exactly one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.algebra.diff import compare
from lockplane_core.engine.bench import Bench
from lockplane_core.engine.rendering import creation, make, remade
from lockplane_core.errors import PluginError, ScratchError, UnsupportedChange
from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.scope import Scope
from lockplane_core.model.step import Rendered, Step
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.spi.kind import Kind
from lockplane_core.testing.fakes import (
    SHELF,
    FakeDialect,
    FakeServer,
    fake_catalog,
    fake_registry,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change

SCRIPT = "create shelf a\ncreate box a.k text"


class Empty(Body, frozen=True):
    """Nothing."""


class Greedy(Kind):
    """Lives below shelves, and settles changes of shelves that were settled before."""

    tag, plural, role, body, parent = "greedy.part", "parts", "other", Empty, SHELF

    def render(self, changes: Sequence[Change], before: Catalog, after: Catalog) -> Rendered:
        shelves = tuple(node.ref for node in after.of_kind(SHELF))
        return Rendered((), (*(change.ref for change in changes), *shelves))


class Brings:
    """A plugin that brings a kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    @hookimpl
    def lockplane_kinds(self, dialect: str) -> list[Kind]:
        """Return it."""
        return [self.kind]


def bench(server: FakeServer, **plugins: Any) -> Bench:
    """The fake dialect at work, with further plugins."""
    registry = fake_registry(server, dialect=None, **plugins)
    return Bench(registry, registry.dialect("fake"), scope=Scope())


def test_a_kind_that_settles_a_change_takes_care_of_it_alone(server: FakeServer) -> None:
    """The shelf makes its simple boxes, so that nobody asks the kind of boxes about them."""
    steps = creation(bench(server), fake_catalog(SCRIPT))
    assert [step.sql for step in steps] == [("create shelf a", "create box a.k text")]


def test_two_kinds_that_settle_one_change_are_both_named(server: FakeServer) -> None:
    catalog = fake_catalog(SCRIPT)
    shelf = Ref(SHELF, ("a",))
    part = Node(ref=shelf.child("greedy.part", "x"), parent=shelf, body=Empty())
    wanted = catalog.replace([*catalog, part])
    with pytest.raises(PluginError, match=r"both fake\.shelf and greedy\.part settle .* shelf a"):
        creation(bench(server, greedy=Brings(Greedy())), wanted)


def test_a_change_that_nobody_makes_is_named(server: FakeServer) -> None:
    class Idle(Greedy):
        def render(self, changes: Sequence[Change], before: Catalog, after: Catalog) -> Rendered:
            return Rendered()

    catalog = fake_catalog()
    part = Node(ref=Ref("greedy.part", ("x",)), body=Empty())
    with pytest.raises(UnsupportedChange, match="no installed kind makes this change: part x"):
        creation(bench(server, idle=Brings(Idle())), catalog.replace([*catalog, part]))


def test_what_every_fresh_database_holds_is_not_made(server: FakeServer) -> None:
    assert creation(bench(server), fake_catalog()) == []


def test_a_catalog_that_is_made_reads_back_as_itself(server: FakeServer) -> None:
    catalog = fake_catalog(SCRIPT)
    assert compare(catalog, remade(bench(server), catalog)) == []
    assert server.databases == {}


def test_a_scratch_that_refuses_what_exists_says_what_it_was(server: FakeServer) -> None:
    steps = [Step(description="Create shelf a", sql=("create box a.k text",))]
    at_work = bench(server)
    with (
        at_work.scratch() as session,
        pytest.raises(ScratchError, match=r"Create shelf a: a.k needs the relation a"),
    ):
        make(at_work, session, steps)


def test_a_dialect_may_be_a_variant_of_the_fake_one(server: FakeServer) -> None:
    class Variant(FakeDialect):
        title = "Variant"

    assert fake_registry(server, dialect=Variant(server)).dialect("fake").title == "Variant"
