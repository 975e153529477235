"""What no schema says of an object outlives that it is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.diff import compare, with_replacements
from lockplane_core.algebra.keeping import bare, carried, keeping
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Keeping, Kept, Step
from lockplane_core.spi.kind import Kind

if TYPE_CHECKING:
    from lockplane_core.model.change import Change


class Thing(Body, frozen=True, kw_only=True):
    value: str = ""


class ThingKind(Kind):
    """Made anew for every change; it keeps its keeper."""

    tag = "toy.thing"
    plural = "things"
    role = "other"
    body = Thing
    rebuildable = True

    def create(self, change: Change, before: Catalog, after: Catalog) -> list[Step]:
        step = Step(description="Make", sql=(f"make {change.new.ref.name}",))
        return [self.made(change, step)]

    def drop(self, change: Change, before: Catalog, after: Catalog) -> list[Step]:
        return [self.gone(change, before, Step(description="End", sql=("end",)))]

    def keeping(self, node: Node) -> Keeping:
        return Keeping(
            mark=f"by {node.kept}",
            sql=(f"give {node.ref.name} to {node.kept}",),
            consumes=(Ref("toy.role", (node.kept,)),),
            guards=(Guard(query="may it", message="it may not"),),
        )


KINDS = {"toy.thing": ThingKind()}
A, B = Ref("toy.thing", ("a",)), Ref("toy.thing", ("b",))


def catalog(kept: str | None = None, **values: str) -> Catalog:
    return Catalog(
        "toy",
        (
            Node(ref=Ref("toy.thing", (name,)), body=Thing(value=value), kept=kept)
            for name, value in values.items()
        ),
    )


def steps(before: Catalog, after: Catalog) -> list[Step]:
    changes = with_replacements(compare(before, after), before, after, KINDS)
    rendered = KINDS["toy.thing"].render(changes, before, after)
    return keeping(rendered.steps, changes, KINDS)


def test_it_is_carried_to_what_is_there_on_both_sides() -> None:
    found = carried(catalog("eve", a="1"), catalog("adam", a="2", b="2"))
    assert [(node.ref, node.body.value, node.kept) for node in found] == [
        (A, "2", "eve"),
        (B, "2", None),
    ]


def test_without_any_a_catalog_stays_the_same_one() -> None:
    plain = catalog(a="1")
    assert bare(plain) is plain
    assert carried(plain, plain) is plain
    assert [node.kept for node in bare(catalog("eve", a="1"))] == [None]


def test_it_is_no_difference() -> None:
    assert compare(catalog("eve", a="1"), catalog("adam", a="1")) == []


def test_what_is_made_again_gets_it_back() -> None:
    live = catalog("eve", a="1")
    end, make = steps(live, carried(live, catalog(a="2")))

    assert end.keeps == ()
    assert make.sql == ("make a", "give a to eve")
    assert make.keeps == (Kept(ref=A, mark="by eve"),)
    assert make.consumes == (Ref("toy.role", ("eve",)),)
    assert [guard.query for guard in make.guards] == ["may it"]


def test_what_an_undo_makes_gets_it_back() -> None:
    live = catalog("eve", a="1")
    assert [step.sql for step in steps(catalog(), live)] == [("make a", "give a to eve")]


def test_what_is_new_has_none() -> None:
    live = catalog("eve", a="1")
    (step,) = steps(live, carried(live, catalog(a="1", b="1")))
    assert (step.sql, step.keeps) == (("make b",), ())


def test_a_mark_is_a_fact_of_the_stored_plan() -> None:
    kept = Kept(ref=A, mark="x")
    assert msgspec.json.decode(msgspec.json.encode(kept), type=Kept) == kept
