"""Kind: an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_core.model.text import SqlText
from lockplane_core.spi.kind import Kind
from lockplane_sqlite import refs
from lockplane_sqlite.ddl.others import read_index
from lockplane_sqlite.kinds.parts import (
    KeyPart,
    from_list,
    parts_of,
    render,
    to_list,
)
from lockplane_sqlite.locks import writing
from lockplane_sqlite.names import Names
from lockplane_sqlite.quote import fold, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_sqlite.ddl.shapes import IndexText
    from lockplane_sqlite.ddl.shapes import Part as PartText
    from lockplane_sqlite.reader import SqliteReader


class IndexBody(Body, frozen=True, kw_only=True):
    """Its table by its folded name, and what it is on; `where` makes it partial."""

    table: str
    columns: tuple[KeyPart, ...]
    unique: bool = False
    where: SqlText | None = None


class Index(Kind):
    """`CREATE INDEX`. What changes, is dropped and made again."""

    tag = refs.INDEX
    plural = "indexes"
    role = "index"
    parent = refs.TABLE
    body = IndexBody
    tree_fields = (("table",), ("columns", list[str | KeyPart]))
    weight = 60
    rebuildable = True

    def introspect(self, reader: SqliteReader) -> Iterator[Node]:  # type: ignore[override]
        """Those that a statement made; those behind keys belong to the constraints."""
        for stored in reader.of_type("index"):
            text = reader.read(stored, read_index)
            table = reader.owner(stored.table)
            columns = parts_of(_resolved(part, reader, table) for part in text.parts)
            yield Node(
                ref=Ref(self.tag, (stored.name,)),
                parent=table,
                body=IndexBody(
                    table=fold(table.name), columns=columns, unique=text.unique, where=text.where
                ),
                needs=_needs(reader, table, text),
            )

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Tables, views and indexes share their names."""
        return refs.taken_name(ref.name)

    def moved(self, ref: Ref, old: Ref, new: Ref) -> Ref:
        """Its name is its own in the whole database."""
        return ref

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """CREATE INDEX; a unique one asks for duplicates first."""
        node = change.new
        table = table_of(node)
        is_old = table in before
        step = Step(
            description=f"Create index {node.ref.name} on table {table.name}",
            sql=(create_sql(node, Names.of(after)),),
            effects=("scan",) if is_old else (),
            locks=writing(table) if is_old else (),
            guards=tuple(_guards(node, before, after)) if is_old else (),
            span=node.span,
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
        """DROP INDEX."""
        node = change.old
        step = Step(
            description=f"Drop index {node.ref.name} from table {table_of(node).name}",
            undo_description=f"Drop index {node.ref.name}",
            sql=(f"DROP INDEX {quote(node.ref.name)}",),
            locks=writing(table_of(node)),
        )
        yield self.gone(change, before, step)

    # -- JSON ------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """As schema JSON below its table; `unique` is always said."""
        fields = super().to_tree(node, catalog)
        del fields["table"]
        columns = to_list(node.body.columns, table_of(node).name, Names.of(catalog))
        return {**fields, "columns": columns, "unique": node.body.unique}

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The index of an item."""
        assert parent is not None  # noqa: S101 - indexes stand below a table
        fields = {**item, "table": fold(parent.name), "columns": from_list(item["columns"])}
        ref = Ref(self.tag, (fields.pop("name"),))
        yield Node(ref=ref, parent=parent, body=msgspec.convert(fields, IndexBody))


def table_of(node: Node) -> Ref:
    """The table that an index is on."""
    assert node.parent is not None  # noqa: S101 - each has one
    return node.parent


def _resolved(part: PartText, reader: SqliteReader, table: Ref) -> PartText:
    """A quoted word that is no column of the table is a string (SQLite's DQS): an expression."""
    if not part.name or reader.columns_of(table, [part.name]):
        return part
    return msgspec.structs.replace(part, name="", expression=f'"{part.name}"')


def _needs(reader: SqliteReader, table: Ref, text: IndexText) -> tuple[Ref, ...]:
    return reader.columns_of(table, [*text.words, *(part.name for part in text.parts)])


def _guards(node: Node, before: Catalog, after: Catalog) -> Iterator[Guard]:
    """Duplicates among the rows as they will be."""
    from lockplane_sqlite.definition import Definition
    from lockplane_sqlite.guards import Copy, unique_index

    if node.body.unique:
        table = table_of(node)
        yield unique_index(Copy(Definition(before, table), Definition(after, table)), node)


def create_sql(node: Node, names: Names) -> str:
    """CREATE INDEX."""
    body: IndexBody = node.body
    table = table_of(node).name
    word = "UNIQUE INDEX" if body.unique else "INDEX"
    inside = render(body.columns, table, names)
    where = f" WHERE {body.where}" if body.where else ""
    return f"CREATE {word} {quote(node.ref.name)} ON {quote(table)} ({inside}){where}"
