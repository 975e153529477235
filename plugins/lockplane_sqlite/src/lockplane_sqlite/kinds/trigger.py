"""Kind: a trigger of a table or a view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.model.text import SqlText
from lockplane_core.spi.kind import Kind
from lockplane_sqlite import refs
from lockplane_sqlite.ddl.others import read_trigger
from lockplane_sqlite.names import Names
from lockplane_sqlite.quote import fold, quote, upper
from lockplane_sqlite.tokens import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_sqlite.reader import SqliteReader


class TriggerBody(Body, frozen=True, kw_only=True):
    """Its table or view by its folded name, and all after its own name, verbatim."""

    table: str
    definition: SqlText


class Trigger(Kind):
    """`CREATE TRIGGER`. Its name is its own in the whole database: schema JSON lists it there."""

    tag = refs.TRIGGER
    plural = "triggers"
    role = "trigger"
    always_root = True
    body = TriggerBody
    weight = 80
    rebuildable = True

    def introspect(self, reader: SqliteReader) -> Iterator[Node]:  # type: ignore[override]
        """All of them. What a body names is not looked up before the trigger fires."""
        for stored in reader.of_type("trigger"):
            text = reader.read(stored, read_trigger)
            owner = reader.owner(text.table.text)
            needs = reader.needs_of(scan(text.definition), but=owner)
            yield Node(
                ref=Ref(self.tag, (stored.name,)),
                parent=owner,
                body=TriggerBody(table=fold(text.table.text), definition=text.definition),
                needs=needs,
            )

    def moved(self, ref: Ref, old: Ref, new: Ref) -> Ref:
        """Its name is its own in the whole database."""
        return ref

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """CREATE TRIGGER."""
        node = change.new
        step = Step(
            description=f"Create trigger {node.ref.name} on {_owner(node)}",
            sql=(create_sql(node),),
            span=node.span,
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """DROP TRIGGER."""
        node = change.old
        step = Step(
            description=f"Drop trigger {node.ref.name} from {_owner(node)}",
            undo_description=f"Drop trigger {node.ref.name}",
            sql=(f"DROP TRIGGER {quote(node.ref.name)}",),
        )
        yield self.gone(change, before, step)

    # -- JSON ------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """As schema JSON, the table as it is declared."""
        owner = Names.of(catalog).owner(node.body.table)
        return {**super().to_tree(node, catalog), "table": owner}

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The trigger of an item; INSTEAD OF says that it is a view's."""
        fields = dict(item)
        ref = Ref(self.tag, (fields.pop("name"),))
        table = fields["table"]
        body = msgspec.convert({**fields, "table": fold(str(table))}, TriggerBody)
        is_of_view = upper(body.definition.lstrip()).startswith("INSTEAD")
        owner = Ref(refs.VIEW if is_of_view else refs.TABLE, (str(table),))
        yield Node(ref=ref, parent=owner, body=body)


def _owner(node: Node) -> str:
    assert node.parent is not None  # noqa: S101 - each has its table or view
    return f"{node.parent.noun} {node.parent.name}"


def create_sql(node: Node) -> str:
    """CREATE TRIGGER."""
    return f"CREATE TRIGGER {quote(node.ref.name)} {node.body.definition}"
