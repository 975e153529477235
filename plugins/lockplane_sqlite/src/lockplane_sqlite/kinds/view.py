"""Kind: a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.model.text import SqlText
from lockplane_core.spi.kind import Kind
from lockplane_sqlite import refs
from lockplane_sqlite.ddl.others import read_view
from lockplane_sqlite.quote import quote, quoted
from lockplane_sqlite.tokens import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_sqlite.reader import SqliteReader


class ViewBody(Body, frozen=True, kw_only=True):
    """Its query, verbatim, and the names of its columns where they are given."""

    definition: SqlText
    columns: tuple[str, ...] = ()


class View(Kind):
    """`CREATE VIEW`. What changes, is dropped and made again."""

    tag = refs.VIEW
    plural = "views"
    role = "view"
    body = ViewBody
    weight = 70
    rebuildable = True

    def introspect(self, reader: SqliteReader) -> Iterator[Node]:  # type: ignore[override]
        """All of them, with the tables, views and columns that they read."""
        for stored in reader.of_type("view"):
            text = reader.read(stored, read_view)
            yield Node(
                ref=Ref(self.tag, (stored.name,)),
                body=ViewBody(definition=text.definition, columns=text.columns),
                needs=reader.needs_of(scan(text.definition)),
            )

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Tables, views and indexes share their names."""
        return refs.taken_name(ref.name)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """CREATE VIEW."""
        node = change.new
        columns = f" ({quoted(node.body.columns)})" if node.body.columns else ""
        step = Step(
            description=f"Create view {node.ref.name}",
            sql=(f"CREATE VIEW {quote(node.ref.name)}{columns} AS {node.body.definition}",),
            span=node.span,
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """DROP VIEW; its triggers go with it."""
        node = change.old
        step = Step(
            description=f"Drop view {node.ref.name}",
            sql=(f"DROP VIEW {quote(node.ref.name)}",),
            effects=("breaking",) if change.action == "drop" else (),
        )
        yield self.gone(change, before, step)
