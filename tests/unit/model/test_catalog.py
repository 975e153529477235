"""A catalog finds nodes by ref, kind, parent and need, always in one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockplane_core.errors import LockplaneError
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.node import Node, Unmodelled
from lockplane_core.model.ref import Ref
from lockplane_core.testing.fakes import BOX, SHELF, ShelfBody, fake_catalog
from lockplane_core.testing.fakes.strategies import schemas

if TYPE_CHECKING:
    import random


@given(schemas(), st.randoms(use_true_random=False))
def test_the_order_of_what_it_was_made_from_is_forgotten(
    schema: str, shuffler: random.Random
) -> None:
    catalog = fake_catalog(schema)
    nodes = list(catalog)
    again = Catalog("fake", shuffler.sample(nodes, len(nodes)))
    assert list(again) == nodes == sorted(nodes, key=lambda node: node.ref)


@given(schemas())
def test_every_index_finds_what_a_search_through_all_nodes_finds(schema: str) -> None:
    catalog = fake_catalog(schema)
    for node in catalog:
        assert catalog[node.ref] is catalog.get(node.ref) is node
        assert node in catalog.of_kind(node.ref.kind)
        below = {child.ref for child in catalog if child.parent == node.ref}
        assert {child.ref for child in catalog.children(node.ref)} == below
        standing = [other for other in catalog if node.ref in other.needs]
        assert list(catalog.dependants(node.ref)) == standing


@given(schemas())
def test_parents_come_before_what_is_below_them(schema: str) -> None:
    catalog = fake_catalog(schema)
    for node in catalog:
        refs = [below.ref for below in catalog.subtree(node.ref)]
        assert refs[0] == node.ref
        for ref in refs[1:]:
            assert node.ref in catalog.ancestors(ref)


def test_children_stand_in_the_order_of_their_places() -> None:
    catalog = fake_catalog("create shelf a\ncreate box a.z text\ncreate box a.b text")
    names = [child.ref.name for child in catalog.children(Ref(SHELF, ("a",)))]
    assert names == ["z", "b"]


def test_children_can_be_had_by_kind() -> None:
    catalog = fake_catalog("create shelf a\ncreate box a.z text")
    parent = Ref(SHELF, ("a",))
    assert [child.ref.kind for child in catalog.children(parent, BOX)] == [BOX]
    assert catalog.children(parent, SHELF) == ()


def test_two_nodes_can_not_have_one_ref() -> None:
    node = Node(ref=Ref(SHELF, ("a",)), body=ShelfBody())
    with pytest.raises(LockplaneError, match="two nodes claim shelf a"):
        Catalog("fake", [node, node])


def test_a_replaced_catalog_keeps_version_and_what_is_not_modelled() -> None:
    stranger = Unmodelled("seal", "s")
    catalog = Catalog("fake", unmodelled=[stranger], version="2")
    kept = catalog.replace([])
    assert (kept.version, kept.unmodelled) == ("2", (stranger,))
    assert catalog.replace([], unmodelled=[]).unmodelled == ()


def test_nothing_is_found_for_what_is_not_there() -> None:
    catalog, ref = fake_catalog(), Ref(SHELF, ("nowhere",))
    assert ref not in catalog
    assert catalog.get(ref) is catalog.get(None) is None
    assert catalog.children(ref) == catalog.dependants(ref) == catalog.of_kind("x") == ()
    assert list(catalog.ancestors(ref)) == []
