"""The closure is the part of a catalog that can be made without the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from lockplane_core.algebra.closure import closure
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.ref import Ref
from lockplane_core.testing.fakes import BOX, SHELF, VIEW, BoxBody, fake_catalog
from lockplane_core.testing.fakes.strategies import schemas

if TYPE_CHECKING:
    from lockplane_core.model.node import Node


def chosen(data: st.DataObject, catalog: Catalog) -> set[Ref]:
    """Some refs of a catalog."""
    return data.draw(st.sets(st.sampled_from([node.ref for node in catalog])))


@given(schemas(), st.data())
def test_everything_that_is_needed_is_in_it(schema: str, data: st.DataObject) -> None:
    catalog = fake_catalog(schema)
    part = closure(catalog, chosen(data, catalog))
    for ref in part:
        node: Node = catalog[ref]
        assert part.issuperset(node.needs)
        assert node.parent is None or node.parent in part


@given(schemas(), st.data())
def test_what_is_made_as_a_whole_is_in_it_as_a_whole(schema: str, data: st.DataObject) -> None:
    catalog = fake_catalog(schema)
    part = closure(catalog, chosen(data, catalog))
    assert all(child.ref in part for ref in part for child in catalog.children(ref))


@given(schemas(), st.data())
def test_all_that_stands_on_the_chosen_ones_is_in_it(schema: str, data: st.DataObject) -> None:
    catalog = fake_catalog(schema)
    refs = chosen(data, catalog)
    part = closure(catalog, refs)
    assert part >= refs
    for ref in refs:
        for node in catalog.subtree(ref):
            assert part.issuperset(dependant.ref for dependant in catalog.dependants(node.ref))


@given(schemas(), st.data())
def test_without_dependants_it_is_as_small_as_can_be(schema: str, data: st.DataObject) -> None:
    """Every single ref in it is needed for one of the chosen: closing it again adds nothing."""
    catalog = fake_catalog(schema)
    refs = chosen(data, catalog)
    small = closure(catalog, refs, dependants=False)
    assert small == closure(catalog, small, dependants=False)
    assert small == {r for ref in refs for r in closure(catalog, [ref], dependants=False)}
    assert small <= closure(catalog, refs)


def test_what_does_not_exist_is_left_out() -> None:
    assert closure(fake_catalog(), [Ref(SHELF, ("nowhere",))]) == set()


def test_a_view_brings_the_shelf_of_its_boxes_but_not_the_other_way_round_unless_wanted() -> None:
    script = "create shelf a\ncreate box a.k text\ncreate view v as a.k"
    catalog = fake_catalog(script)
    shelf, box, view = Ref(SHELF, ("a",)), Ref(BOX, ("a", "k")), Ref(VIEW, ("v",))
    assert closure(catalog, [view], dependants=False) == {shelf, box, view}
    assert closure(catalog, [shelf], dependants=False) == {shelf, box}
    assert closure(catalog, [shelf]) == {shelf, box, view}


def test_a_parent_that_nobody_read_is_no_obstacle() -> None:
    """A kind of one package may live below a kind of another that is not installed."""
    from lockplane_core.model.node import Node

    box = Node(ref=Ref(BOX, ("a", "k")), parent=Ref(SHELF, ("a",)), body=BoxBody(type="text"))
    assert closure(Catalog("fake", [box]), [box.ref]) == {box.ref}
