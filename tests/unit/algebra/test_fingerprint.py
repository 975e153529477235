"""A fingerprint is over what objects are, and over nothing else."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lockplane_core.algebra.fingerprint import fingerprint, raw
from lockplane_core.model.node import Node, Span
from lockplane_core.model.ref import Ref
from lockplane_core.testing.fakes import SHELF, VIEW, ShelfBody, ViewBody, fake_catalog
from lockplane_core.testing.fakes.strategies import schemas

if TYPE_CHECKING:
    import random


def bare(text: str) -> str:
    """Text without the parentheses around it."""
    return text.strip("()")


@given(schemas(), st.randoms(use_true_random=False))
def test_the_order_of_nodes_does_not_count(schema: str, shuffler: random.Random) -> None:
    nodes = list(fake_catalog(schema))
    shuffled = shuffler.sample(nodes, len(nodes))
    assert fingerprint(shuffled, bare) == fingerprint(nodes, bare)


@given(schemas())
def test_needs_ordinals_and_places_do_not_count(schema: str) -> None:
    nodes = list(fake_catalog(schema))
    other = [
        msgspec.structs.replace(n, needs=(Ref("x.y", ("z",)),), ordinal=9, span=Span("f", 1))
        for n in nodes
    ]
    assert raw(other) == raw(nodes)


@given(schemas(), schemas())
def test_two_catalogs_have_one_fingerprint_exactly_if_they_are_equal(one: str, other: str) -> None:
    first, second = fake_catalog(one), fake_catalog(other)
    same = {n.ref: n.body for n in first} == {n.ref: n.body for n in second}
    assert (raw(first) == raw(second)) == same


def test_it_is_the_same_on_every_machine_and_in_every_version() -> None:
    """A plan that was made last year names the state it was made for by this very text."""
    node = Node(ref=Ref(SHELF, ("a",)), body=ShelfBody(label="x"))
    canonical = b'[["fake.shelf",["a"]],{"label":"x"}]\n'
    assert raw([node]) == hashlib.sha256(canonical).hexdigest()
    assert raw([]) == hashlib.sha256(b"").hexdigest()


def test_what_belongs_to_something_else_does_not_count() -> None:
    node = Node(ref=Ref(SHELF, ("a",)), body=ShelfBody(), external=True)
    assert raw([node]) == raw([])


def test_spellings_count_only_in_the_raw_one() -> None:
    one, other = (Node(ref=Ref(VIEW, ("v",)), body=ViewBody(text=t)) for t in ("a.k", "(a.k)"))
    assert fingerprint([one], bare) == fingerprint([other], bare)
    assert raw([one]) != raw([other])
