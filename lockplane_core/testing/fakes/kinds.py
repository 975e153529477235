"""The kinds of the fake product: a root that holds boxes and rows, its boxes, and views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Lock, Step
from lockplane_core.model.text import SqlText
from lockplane_core.spi.kind import Kind
from lockplane_core.testing.fakes.language import Thing, boxes_in, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

SHELF, BOX, VIEW = "fake.shelf", "fake.box", "fake.view"


class ShelfBody(Body, frozen=True, kw_only=True):
    """A shelf may have a label."""

    label: str = ""


class BoxBody(Body, frozen=True, kw_only=True):
    """A box has a type, may refer to another box, and may check what is put in."""

    type: str
    of: tuple[str, ...] = ()
    check: SqlText = ""


class ViewBody(Body, frozen=True, kw_only=True):
    """A view is an expression over boxes."""

    text: SqlText


class _RootKind(Kind):
    """What may be in a room: shelves and views, which share one pool of names."""

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """The name, which nothing else can have then."""
        return (Ref("fake.name", ref.path),)

    def spoken(self, ref: Ref) -> str:
        """`room/name`."""
        return "/".join(ref.path)

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """With the room in the name."""
        return {**super().to_tree(node, catalog), "name": self.spoken(node.ref)}

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """With the room out of the name."""
        for node in super().from_tree(item, parent):
            path = tuple(node.ref.name.split("/"))
            yield msgspec.structs.replace(node, ref=Ref(self.tag, path))


class ShelfKind(_RootKind):
    """Ref: ([room,] shelf). Made with those of its boxes that refer to nothing."""

    tag = SHELF
    plural = "shelves"
    role = "table"
    body = ShelfBody
    weight = 10

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All shelves, rows left aside."""
        for thing in things(reader, "shelf"):
            body = ShelfBody(label=thing.label)
            yield Node(ref=Ref(SHELF, thing.path), body=body, external=thing.addon)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Make the shelf and its simple boxes."""
        name, label = self.spoken(change.ref), change.new.body.label
        boxes = [node for node in after.children(change.ref, BOX) if not node.needs]
        sql = [f"create shelf {name} label {label}" if label else f"create shelf {name}"]
        sql += [box_sql(node) for node in boxes]
        step = Step(description=f"Create shelf {name}", sql=tuple(sql))
        yield self.made(change, step, also=boxes)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Take it away with its boxes and rows; boxes tied to another that goes, went before."""
        name = self.spoken(change.ref)
        step = Step(
            description=f"Drop shelf {name}", sql=(f"drop shelf {name}",), effects=("data_loss",)
        )
        done = self.gone(change, before, step)
        tied = [node for node in before.children(change.ref, BOX) if _is_tied(node, after)]
        apart = {ref for node in tied for ref in (node.ref, *node.needs)}
        yield msgspec.structs.replace(
            done,
            destroys=tuple(ref for ref in done.destroys if ref not in apart),
            settles=tuple(ref for ref in done.settles if ref not in apart),
            consumes=tuple(ref for ref in done.consumes if ref not in apart),
        )

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Change the label."""
        name = self.spoken(change.ref)
        sql = f"label shelf {name} {change.new.body.label}".rstrip()
        yield self.made(change, Step(description=f"Label shelf {name}", sql=(sql,)))


class BoxKind(Kind):
    """Ref: (…shelf, box)."""

    tag = BOX
    plural = "boxes"
    role = "column"
    body = BoxBody
    parent = SHELF
    weight = 20

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All boxes; the first major version spells types in capitals."""
        is_old = reader.session.version.startswith("1.")
        shelves = {thing.path: thing for thing in things(reader, "shelf")}
        for number, thing in enumerate(sorted(things(reader, "box"), key=lambda t: t.number)):
            yield Node(
                ref=Ref(BOX, thing.path),
                parent=Ref(SHELF, thing.path[:-1]),
                body=BoxBody(
                    type=thing.type.upper() if is_old else thing.type,
                    of=thing.of,
                    check=thing.text,
                ),
                needs=(Ref(BOX, thing.of),) if thing.of else (),
                ordinal=number,
                external=shelves[thing.path[:-1]].addon,
            )

    def displaces(self, change: Change, dependant: Node) -> bool:
        """A view must be away while the type of a box that it shows is changed."""
        return dependant.ref.kind == VIEW and _retypes(change)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Put a box into a shelf that is there."""
        name = self.spoken(change.ref)
        yield self.made(change, Step(description=f"Add box {name}", sql=(box_sql(change.new),)))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Take it away with what it holds."""
        name = self.spoken(change.ref)
        step = Step(
            description=f"Drop box {name}", sql=(f"drop box {name}",), effects=("data_loss",)
        )
        yield self.gone(change, before, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Change type and check, each in a step of its own; a reference can not be changed."""
        if change.old.body.of != change.new.body.of:
            raise self.unsupported(change, "changed in place")
        return self._alter(change)

    def _alter(self, change: Change) -> Iterator[Step]:
        name, new = self.spoken(change.ref), change.new.body
        if _retypes(change):
            step = Step(
                description=f"Change type of box {name} to {new.type}",
                sql=(f"change box {name} {new.type}",),
                effects=("rewrite",),
                locks=(Lock(change.old.parent or change.ref, "whole shelf", ("writes",)),),
            )
            yield self.made(change, step)
        if change.old.body.check != new.check:
            step = Step(
                description=f"Change check of box {name}",
                sql=(f"check box {name} {new.check}".rstrip(),),
            )
            yield self.made(change, step)

    def spoken(self, ref: Ref) -> str:
        """`room/shelf.box`."""
        return spelled(ref.path)


class ViewKind(_RootKind):
    """Ref: ([room,] view). Has no ALTER."""

    tag = VIEW
    plural = "views"
    role = "view"
    body = ViewBody
    weight = 30
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All views, with the boxes that they show."""
        for thing in things(reader, "view"):
            needs = tuple(Ref(BOX, path) for path in boxes_in(thing.text))
            yield Node(ref=Ref(VIEW, thing.path), body=ViewBody(text=thing.text), needs=needs)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Make the view."""
        name = self.spoken(change.ref)
        sql = f"create view {name} as {change.new.body.text}"
        yield self.made(change, Step(description=f"Create view {name}", sql=(sql,)))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Take it away."""
        name = self.spoken(change.ref)
        step = Step(description=f"Drop view {name}", sql=(f"drop view {name}",))
        yield self.gone(change, before, step)


def box_sql(node: Node) -> str:
    """The statement that makes a box."""
    body: BoxBody = node.body
    of = f" of {spelled(body.of)}" if body.of else ""
    check = f" check {body.check}" if body.check else ""
    return f"create box {spelled(node.ref.path)} {body.type}{of}{check}"


def _is_tied(node: Node, after: Catalog) -> bool:
    """Whether a box refers to a shelf that is dropped: two shelves may refer to one another."""
    return any(Ref(SHELF, need.path[:-1]) not in after for need in node.needs)


def things(reader: Reader, sort: str) -> list[Thing]:
    """What a database holds of one sort."""
    found: list[Thing] = [row[0] for row in reader.session.query("things")]
    return [thing for thing in found if thing.sort == sort]


def _retypes(change: Change) -> bool:
    return change.action == "alter" and bool(change.old.body.type != change.new.body.type)
