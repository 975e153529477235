"""Kind: a virtual table, opaque but for its module and arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.model.text import SqlText
from lockplane_core.spi.kind import Kind
from lockplane_sqlite import refs
from lockplane_sqlite.ddl.others import read_virtual_table
from lockplane_sqlite.kinds.table import TableBody
from lockplane_sqlite.locks import writing
from lockplane_sqlite.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_sqlite.reader import SqliteReader


class VirtualTableBody(Body, frozen=True, kw_only=True):
    """All after USING, verbatim: `fts5(title, body)`."""

    definition: SqlText


class VirtualTable(Kind):
    """`CREATE VIRTUAL TABLE`. The tables that its module keeps behind it are external."""

    tag = refs.VIRTUAL_TABLE
    plural = "virtual_tables"
    role = "table"
    optional = True
    body = VirtualTableBody
    weight = 50

    def introspect(self, reader: SqliteReader) -> Iterator[Node]:  # type: ignore[override]
        """Virtual tables, and the shadow tables behind them."""
        virtual = []
        for stored in reader.of_type("table", "virtual"):
            text = reader.read(stored, read_virtual_table)
            ref = Ref(self.tag, (stored.name,))
            virtual.append(ref)
            yield Node(ref=ref, body=VirtualTableBody(definition=text.definition))
        for stored in reader.of_type("table", "shadow"):
            behind = [ref for ref in virtual if stored.name.startswith(f"{ref.name}_")]
            needs = (max(behind, key=lambda ref: len(ref.name)),) if behind else ()
            ref = refs.table(stored.name)
            yield Node(ref=ref, body=TableBody(), needs=needs, external=True)

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Tables, views and indexes share their names."""
        return refs.taken_name(ref.name)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """CREATE VIRTUAL TABLE."""
        node = change.new
        step = Step(
            description=f"Create virtual table {node.ref.name}",
            sql=(f"CREATE VIRTUAL TABLE {quote(node.ref.name)} USING {node.body.definition}",),
            span=node.span,
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """DROP TABLE; its shadow tables go with it."""
        node = change.old
        step = Step(
            description=f"Drop virtual table {node.ref.name}",
            sql=(f"DROP TABLE {quote(node.ref.name)}",),
            effects=("data_loss", "breaking"),
            locks=writing(node.ref),
        )
        yield self.gone(change, before, step)

    def unsupported(self, change: Change, how: str) -> UnsupportedChange:
        """Its module alone knows what it holds, so it can not be filled again."""
        node = change.after or change.old
        place = f" ({node.span})" if node.span else ""
        return UnsupportedChange(
            f"virtual table {change.ref.name} can not be {how}{place}",
            hint="Only the application can fill it again: take it out of the schema and apply, "
            "then declare it anew and apply, and fill it.",
        )
