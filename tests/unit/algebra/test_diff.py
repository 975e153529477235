"""The difference of two catalogs, and what must be made again around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given

from lockplane_core.algebra.diff import compare, with_replacements
from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.spi.kind import Kind
from lockplane_core.testing.fakes import fake_catalog, fake_kinds
from lockplane_core.testing.fakes.strategies import schemas

if TYPE_CHECKING:
    from lockplane_core.model.change import Change


def actions(changes: list[Change]) -> dict[str, str]:
    """What happens, by name."""
    return {".".join(change.ref.path): change.action for change in changes}


@given(schemas())
def test_a_catalog_does_not_differ_from_itself(schema: str) -> None:
    assert compare(fake_catalog(schema), fake_catalog(schema)) == []


@given(schemas(), schemas())
def test_the_way_back_is_each_change_reversed(one: str, other: str) -> None:
    before, after = fake_catalog(one), fake_catalog(other)
    assert compare(after, before) == [change.reversed() for change in compare(before, after)]


@given(schemas(), schemas())
def test_changes_lead_from_one_catalog_to_the_other(one: str, other: str) -> None:
    before, after = fake_catalog(one), fake_catalog(other)
    nodes = {node.ref: node for node in before}
    for change in compare(before, after):
        if change.before:
            del nodes[change.old.ref]
        if change.after:
            nodes[change.new.ref] = change.new
    assert {ref: node.body for ref, node in nodes.items()} == {n.ref: n.body for n in after}


@given(schemas(), schemas())
def test_replacements_cover_every_difference_once_in_the_order_of_refs(
    one: str, other: str
) -> None:
    before, after = fake_catalog(one), fake_catalog(other)
    plain = compare(before, after)
    full = with_replacements(plain, before, after, fake_kinds())
    refs = [change.ref for change in full]
    assert refs == sorted(set(refs))
    assert set(refs) >= {change.ref for change in plain}


def test_what_belongs_to_something_else_never_differs() -> None:
    installed, empty = fake_catalog("install shelf a"), fake_catalog()
    assert compare(installed, empty) == compare(empty, installed) == []
    assert compare(installed, fake_catalog("create shelf a label x")) == []


# -- what is made again, on kinds made for it ------------------------------------------------


class Value(Body, frozen=True):
    """Any difference will do."""

    v: int = 0


class Thing(Kind):
    """Can be dropped and made again."""

    tag, plural, role, body = "toy.thing", "things", "view", Value
    rebuildable = True


class Holder(Kind):
    """Holds data."""

    tag, plural, role, body = "toy.holder", "holders", "table", Value


class Anchor(Kind):
    """Can be changed in place, but nothing may stand on it meanwhile."""

    tag, plural, role, body = "toy.anchor", "anchors", "table", Value

    def displaces(self, change: Change, dependant: Node) -> bool:
        """Everything has to go."""
        return True


TOYS = {kind.tag: kind for kind in (Thing(), Holder(), Anchor())}


def node(tag: str, path: str, needs: str = "", v: int = 0) -> Node:
    """A node by dotted names; its parent is what its path begins with, if that is longer."""
    parts = tuple(path.split("."))
    return Node(
        ref=Ref(f"toy.{tag}", parts),
        body=Value(v=v),
        parent=Ref("toy.thing", parts[:-1]) if parts[1:] else None,
        needs=tuple(Ref("toy.thing" if n.islower() else "toy.anchor", (n,)) for n in needs.split()),
    )


def replaced(before: list[Node], after: list[Node]) -> dict[str, str]:
    """The actions for two lists of nodes."""
    one, other = Catalog("toy", before), Catalog("toy", after)
    return actions(with_replacements(compare(one, other), one, other, TOYS))


def changed(nodes: list[Node], path: str) -> list[Node]:
    """The nodes, one of them with another body."""
    parts = tuple(path.split("."))
    return [
        msgspec.structs.replace(n, body=Value(v=1)) if n.ref.path == parts else n for n in nodes
    ]


def test_what_has_no_alter_is_replaced() -> None:
    things = [node("thing", "a")]
    assert replaced(things, changed(things, "a")) == {"a": "replace"}


def test_what_stands_on_it_is_replaced_with_it_and_so_on() -> None:
    things = [
        node("thing", "a"),
        node("thing", "b", "a"),
        node("thing", "c", "b"),
        node("thing", "z"),
    ]
    found = replaced(things, changed(things, "a"))
    assert found == {"a": "replace", "b": "replace", "c": "replace"}


def test_what_holds_data_and_stands_on_it_stops_the_change() -> None:
    things = [node("thing", "a"), node("holder", "h", "a")]
    with pytest.raises(UnsupportedChange, match=r"thing a must be dropped.*holder h stands on it"):
        replaced(things, changed(things, "a"))


def test_what_is_below_it_goes_and_is_made_again() -> None:
    before = [node("thing", "a"), node("thing", "a.stays"), node("thing", "a.goes")]
    after = [node("thing", "a", v=1), node("thing", "a.stays"), node("thing", "a.comes")]
    found = replaced(before, after)
    assert found == {"a": "replace", "a.stays": "create", "a.comes": "create"}


def test_what_is_below_it_twice_is_made_once() -> None:
    things = [node("thing", "a"), node("thing", "a.b"), node("thing", "a.b.c")]
    found = replaced(things, changed(changed(things, "a"), "a.b"))
    assert found == {"a": "replace", "a.b": "create", "a.b.c": "create"}


def test_what_stands_on_a_part_of_it_is_replaced() -> None:
    user = msgspec.structs.replace(node("thing", "u"), needs=(Ref("toy.thing", ("a", "b")),))
    things = [node("thing", "a"), node("thing", "a.b"), user]
    found = replaced(things, changed(things, "a"))
    assert found == {"a": "replace", "a.b": "create", "u": "replace"}


def test_what_needs_something_that_goes_is_replaced_if_it_stays() -> None:
    before = [node("thing", "a"), node("thing", "b", "a")]
    assert replaced(before, [node("thing", "b")]) == {"a": "drop", "b": "replace"}


def test_a_change_in_place_may_displace_what_stands_on_it() -> None:
    things = [node("anchor", "A"), node("thing", "b", "A")]
    assert replaced(things, changed(things, "A")) == {"A": "alter", "b": "replace"}


def test_what_is_dropped_anyway_is_not_made_again() -> None:
    before = [node("thing", "a"), node("thing", "b", "a")]
    assert replaced(before, [node("thing", "a", v=1)]) == {"a": "replace", "b": "drop"}
