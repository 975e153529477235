"""What every kind has before it overrides anything."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import pytest

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.change import Action, Change
from lockplane_core.model.node import Body, Node, Span
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.spi.facts import Facts
from lockplane_core.spi.kind import Kind
from lockplane_core.spi.support import Support

if TYPE_CHECKING:
    from collections.abc import Iterator


class Value(Body, frozen=True):
    """A few fields."""

    type: str = ""
    nullable: bool = True
    default: str | None = None
    columns: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()


class Plain(Kind):
    """A kind that can do nothing."""

    tag, plural, role, body = "toy.plain", "plains", "table", Value


class Rebuilt(Plain):
    """A kind that can be dropped and made again."""

    rebuildable = True

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        yield self.made(change, Step(description="make", sql=("make",)))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        yield self.gone(change, before, Step(description="end", sql=("end",)))


def ref(*path: str) -> Ref:
    """A ref of this kind."""
    return Ref("toy.plain", path)


def node(*path: str, needs: str = "", parent: str = "", span: Span | None = None) -> Node:
    """A node."""
    return Node(
        ref=ref(*path),
        body=Value(),
        needs=tuple(ref(n) for n in needs.split()),
        parent=ref(parent) if parent else None,
        span=span,
    )


def change(action: Action, old: Node | None = None, new: Node | None = None) -> Change:
    """A change."""
    return Change(action=action, before=old, after=new)


NOTHING = Catalog("toy")
STEP = Step(description="s", sql=("s",))
HERE = Span("a.lp.sql", 3)


# -- what a kind can not do ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (change("create", None, node("a", span=HERE)), r"plain a can not be made \(a.lp.sql:3:1\)"),
        (change("drop", node("a")), "plain a can not be dropped"),
        (change("alter", node("a"), node("a")), "plain a can not be changed in place"),
        (change("rename", node("a"), node("b")), "plain b can not be renamed"),
        (change("replace", node("a"), node("a")), "made again without losing what it holds"),
    ],
)
def test_what_a_kind_does_not_know_is_refused_by_name_and_place(asked: Change, said: str) -> None:
    with pytest.raises(UnsupportedChange, match=said) as caught:
        Plain().render([asked], NOTHING, NOTHING)
    assert caught.value.hint


def test_only_a_kind_that_holds_nothing_is_replaced() -> None:
    altered = change("alter", node("a"), node("a"))
    assert not Plain().replaces(altered)
    assert Rebuilt().replaces(altered)


def test_a_rebuilt_object_is_dropped_and_made_again() -> None:
    before = Catalog("toy", [node("a")])
    rendered = Rebuilt().render([change("replace", node("a"), node("a"))], before, before)
    assert [step.description for step in rendered.steps] == ["end", "make"]
    assert set(rendered.settled) == {ref("a")}


def test_changes_of_other_kinds_are_left_to_them() -> None:
    other = Node(ref=Ref("toy.other", ("a",)), body=Value())
    assert Plain().render([change("create", None, other)], NOTHING, NOTHING).steps == ()


# -- steps -----------------------------------------------------------------------------------


def test_a_step_that_makes_something_needs_its_parent_and_its_needs() -> None:
    made = Plain().made(change("create", None, node("a", "k", needs="n", parent="a")), STEP)
    assert (made.produces, made.destroys) == ((ref("a", "k"),), ())
    assert made.consumes == (ref("a"), ref("n"))


def test_what_comes_along_is_made_and_settled_with_it() -> None:
    part = node("a", "k", needs="n", parent="a")
    made = Plain().made(change("create", None, node("a")), STEP, also=[part])
    assert made.produces == made.settles == (ref("a"), ref("a", "k"))
    assert made.consumes == (ref("n"),)


def test_a_step_that_alters_needs_what_was_and_what_will_be() -> None:
    made = Plain().made(change("alter", node("a", needs="x"), node("a", needs="y")), STEP)
    assert made.produces == made.destroys == (ref("a"),)
    assert made.consumes == (ref("x"), ref("y"))


def test_what_a_step_said_itself_is_kept() -> None:
    own = msgspec.structs.replace(STEP, consumes=(ref("z"),))
    made = Plain().made(change("create", None, node("a", needs="n")), own)
    assert made.consumes == (ref("n"), ref("z"))


def test_a_step_that_drops_ends_all_below() -> None:
    catalog = Catalog("toy", [node("a"), node("a", "k", needs="n", parent="a"), node("n")])
    gone = Plain().gone(change("drop", node("a")), catalog, STEP)
    assert gone.destroys == gone.settles == (ref("a"), ref("a", "k"))
    assert (gone.produces, gone.consumes) == ((), (ref("n"),))


def test_what_is_dropped_to_be_made_again_leaves_its_parts_unsettled() -> None:
    catalog = Catalog("toy", [node("a"), node("a", "k", parent="a")])
    gone = Plain().gone(change("replace", node("a"), node("a")), catalog, STEP)
    assert gone.destroys == (ref("a"), ref("a", "k"))
    assert gone.settles == (ref("a"),)


# -- versions --------------------------------------------------------------------------------


class Inner(Body, frozen=True):
    """A part of a body."""

    virtual: bool = False


class Outer(Value, frozen=True):
    """A body with a part."""

    inner: Inner | None = None


class Grown(Plain):
    """A kind that has grown with the versions."""

    since = MappingProxyType({"tags": "2", "inner.virtual": "3", "in words": "4"})


@pytest.mark.parametrize(
    ("body", "used"),
    [
        (Outer(), set()),
        (Outer(default="x", columns=("a",)), set()),
        (Outer(tags=frozenset("a")), {"tags"}),
        (Outer(inner=Inner()), set()),
        (Outer(inner=Inner(virtual=True), tags=frozenset("a")), {"inner.virtual", "tags"}),
    ],
)
def test_a_body_makes_use_of_what_is_not_at_its_default(body: Outer, used: set[str]) -> None:
    assert Grown().uses(Node(ref=ref("a"), body=body)) == used


# -- JSON and facts --------------------------------------------------------------------------


def test_the_json_of_a_set_is_in_order() -> None:
    tags = frozenset(f"tag{number}" for number in range(50))
    found = Plain().to_tree(Node(ref=ref("a"), body=Value(tags=tags)), NOTHING)
    assert found == {"name": "a", "tags": sorted(tags)}


def test_facts_are_read_off_the_json() -> None:
    body = Value(type="text", nullable=False, default="x", columns=("a", "b"))
    found = Plain().facts(Node(ref=ref("a"), body=body), NOTHING)
    assert found == Facts(type="text", nullable=False, fills=True, columns=("a", "b"))


def test_nothing_is_known_of_what_says_nothing() -> None:
    assert Plain().facts(node("a"), NOTHING) == Facts()


def test_a_kind_can_do_what_its_class_defines() -> None:
    """What is written down for people is read off the methods, so it can not say more."""
    assert Plain().support() == Support()
    assert Rebuilt().support() == Support(create="yes", replace="yes", drop="yes")
