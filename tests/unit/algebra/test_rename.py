"""Catalogs and plans in which an object goes by another name."""

from __future__ import annotations

from lockplane_core.algebra.rename import in_turn, moved, moving, names_after
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.node import Node, Unmodelled
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Renamed, Step
from lockplane_core.testing.fakes.kinds import (
    BOX,
    SHELF,
    VIEW,
    BoxBody,
    BoxKind,
    ShelfBody,
    ShelfKind,
    ViewBody,
    ViewKind,
)

KINDS = {kind.tag: kind for kind in (ShelfKind(), BoxKind(), ViewKind())}
OLD, NEW = Ref(SHELF, ("old",)), Ref(SHELF, ("new",))
BOX_OF_OLD, BOX_OF_NEW = OLD.child(BOX, "a"), NEW.child(BOX, "a")
SHOWN = Ref(VIEW, ("old2",))
CATALOG = Catalog(
    "fake",
    [
        Node(ref=OLD, body=ShelfBody()),
        Node(ref=BOX_OF_OLD, parent=OLD, body=BoxBody(type="int"), kept="its owner"),
        Node(ref=SHOWN, body=ViewBody(text="old.a"), needs=(BOX_OF_OLD,)),
    ],
    unmodelled=[Unmodelled("seal", "s", (BOX_OF_OLD,))],
)


def _step(*pairs: tuple[Ref, Ref]) -> Step:
    renames = tuple(Renamed(old, new) for old, new in pairs)
    return Step(description="Rename", sql=("x",), renames=renames)


def test_a_name_moves_with_all_that_it_is_part_of() -> None:
    names = moving(CATALOG, OLD, NEW, KINDS)
    assert names == {OLD: NEW, BOX_OF_OLD: BOX_OF_NEW}
    after = moved(CATALOG, names, KINDS)
    assert {node.ref for node in after} == {NEW, BOX_OF_NEW, SHOWN}
    assert after[BOX_OF_NEW].parent == NEW
    assert after[BOX_OF_NEW].kept == "its owner"
    assert after[SHOWN].needs == (BOX_OF_NEW,)
    assert after.unmodelled[0].needs == (BOX_OF_NEW,)


def test_the_names_after_steps_are_followed_through_all_of_them() -> None:
    other, last = Ref(SHELF, ("other",)), NEW.child(BOX, "b")
    steps = [
        _step((OLD, NEW), (BOX_OF_OLD, BOX_OF_NEW)),
        Step(description="Something else", sql=("x",)),
        _step((BOX_OF_NEW, last)),
        _step((other, OLD)),
    ]
    assert names_after(steps) == {OLD: NEW, BOX_OF_OLD: last, other: OLD}


def test_names_that_come_back_have_not_changed() -> None:
    assert names_after([_step((OLD, NEW)), _step((NEW, OLD))]) == {}


def test_who_takes_the_name_of_another_waits_for_it() -> None:
    first, second, third = (Ref(SHELF, (name,)) for name in "abc")
    pairs = in_turn({first: second, second: third}, CATALOG, KINDS)
    assert list(pairs) == [Renamed(second, third), Renamed(first, second)]


def test_a_name_that_is_shared_by_kinds_is_waited_for_as_well() -> None:
    shelf, view = Ref(SHELF, ("a",)), Ref(VIEW, ("b",))
    pairs = in_turn({shelf: Ref(SHELF, ("b",)), view: Ref(VIEW, ("c",))}, CATALOG, KINDS)
    assert [pair.old for pair in pairs] == [view, shelf]


def test_of_two_that_exchange_their_names_one_steps_aside() -> None:
    one, other = Ref(SHELF, ("a",)), Ref(SHELF, ("b",))
    pairs = list(in_turn({one: other, other: one}, CATALOG, KINDS))
    aside = Ref(SHELF, ("lockplane_aside_1",))
    assert pairs == [Renamed(one, aside), Renamed(other, one), Renamed(aside, other)]
    steps = [_step((pair.old, pair.new)) for pair in pairs]
    assert names_after(steps) == {one: other, other: one}
