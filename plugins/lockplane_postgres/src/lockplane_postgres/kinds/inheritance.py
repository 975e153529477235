"""Inheritance: the tables that a table inherits columns and checks from, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import handed
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.table_name import read_table_name, table_name
from lockplane_postgres.kinds.tags import CHECK, COLUMN, INHERITANCE, TABLE
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, spoken
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_PARENTS = """
SELECT h.inhrelid, array_agg(n.nspname::text ORDER BY h.inhseqno),
       array_agg(p.relname::text ORDER BY h.inhseqno)
FROM pg_inherits h
JOIN pg_class c ON c.oid = h.inhrelid AND c.relkind = 'r' AND NOT c.relispartition
JOIN pg_class p ON p.oid = h.inhparent
JOIN pg_namespace n ON n.oid = p.relnamespace
GROUP BY h.inhrelid
"""

Path = tuple[str, str]


class InheritanceBody(Body, frozen=True, kw_only=True):
    """`parents` are (schema, table)."""

    parents: tuple[Path, ...]


class InheritanceKind(PgKind):
    """Ref: (schema, table); in the JSON of its table."""

    tag = INHERITANCE
    plural = "inheritances"
    role = "other"
    body = InheritanceBody
    parent = TABLE
    places = True
    weight = 125
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All modelled tables that inherit."""
        pg = as_pg(reader)
        for oid, schemas, tables in pg.rows(_PARENTS):
            child = pg.tables.get(oid)
            if child is not None:
                yield _node(child, tuple(zip(schemas, tables, strict=True)))

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`INHERIT`, of a table that was there; CREATE TABLE says it itself."""
        node = change.new
        for parent in node.body.parents:
            yield handed.attached(
                self.made(change, _inherit(node, parent, before)), table_of(node.ref), before, after
            )

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`NO INHERIT`: the table keeps all columns, and the parents see its rows no more."""
        node = change.old
        for parent in node.body.parents:
            yield handed.detached(
                self.gone(change, before, _disinherit(node, parent, before)),
                table_of(node.ref), before, after,
            )  # fmt: skip

    def must_replace(self, change: Change, before: Catalog, after: Catalog) -> bool:
        """Unless some parents only go: new ones come last, and after all that they are to find."""
        old, new = change.old.body.parents, change.new.body.parents
        return bool(tuple(parent for parent in old if parent in new) != new)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`NO INHERIT` of the parents that go."""
        for parent in change.old.body.parents:
            if parent not in change.new.body.parents:
                yield self.made(change, _disinherit(change.old, parent, before))


def _inherit(node: Node, parent: Path, before: Catalog) -> Step:
    child, above = table_of(node.ref), Ref(TABLE, parent)
    return Step(
        description=f"Let table {spoken(child.path)} inherit from table {spoken(parent)}",
        sql=(f"ALTER TABLE {qualified(*child.path)} INHERIT {qualified(*parent)}",),
        locks=(
            *existing(before, ACCESS_EXCLUSIVE, child),
            *existing(before, SHARE_UPDATE_EXCLUSIVE, above),
        ),
        consumes=(above,),
    )


def _disinherit(node: Node, parent: Path, before: Catalog) -> Step:
    child, above = table_of(node.ref), Ref(TABLE, parent)
    return Step(
        description=f"Let table {spoken(child.path)} inherit no more from table {spoken(parent)}",
        sql=(f"ALTER TABLE {qualified(*child.path)} NO INHERIT {qualified(*parent)}",),
        effects=("breaking",),
        locks=existing(before, ACCESS_EXCLUSIVE, child),
        consumes=(above,),
    )


def _node(child: Ref, parents: tuple[Path, ...]) -> Node:
    needs = tuple(sorted(Ref(TABLE, parent) for parent in parents))
    body = InheritanceBody(parents=parents)
    return Node(ref=Ref(INHERITANCE, child.path), parent=child, body=body, needs=needs)


def clause(table: Ref, after: Catalog) -> str:
    """` INHERITS (…)`, as CREATE TABLE has it; nothing for a table that does not."""
    found = after.get(Ref(INHERITANCE, table.path))
    if found is None:
        return ""
    return f" INHERITS ({', '.join(qualified(*parent) for parent in found.body.parents)})"


def handed_down(table: Ref, after: Catalog) -> Iterator[Ref]:
    """What a new table gets from those that it inherits from."""
    link = after.get(Ref(INHERITANCE, table.path))
    for path in link.body.parents if link else ():
        for kind in (COLUMN, CHECK):
            yield from (node.ref for node in after.children(Ref(TABLE, path), kind))


def in_tree(table: Ref, catalog: Catalog) -> dict[str, Any]:
    """What a table says of it in schema JSON."""
    found = catalog.get(Ref(INHERITANCE, table.path))
    return {"inherits": [table_name(*parent) for parent in found.body.parents]} if found else {}


def from_tree(table: Ref, items: Any) -> Iterator[Node]:
    """The reverse of `in_tree`. Raises `msgspec.ValidationError`."""
    names = msgspec.convert(items, tuple[str, ...] | None)
    if names:
        yield _node(table, tuple(read_table_name(name) for name in names))
