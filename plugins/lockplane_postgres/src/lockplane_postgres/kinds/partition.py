"""Partitions: a table that is part of a partitioned one, and of what values.

A partition is a table like any other, with columns and constraints of its own; that it is
attached, and with which bound, is a node below it. So a table becomes a partition, or stops to
be one, with all its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import descent, fitting_rows, foreign_key, handed, partition_online
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.table_name import read_table_name, table_name
from lockplane_postgres.kinds.tags import PARTITION, TABLE
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, spoken
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Lock
    from lockplane_core.spi.reader import Reader

# Asked of pg_inherits first: it is empty in most databases.
_PARTITIONS = """
SELECT h.inhrelid, n.nspname, p.relname, pg_get_expr(c.relpartbound, c.oid)
FROM pg_inherits h
JOIN pg_class c ON c.oid = h.inhrelid AND c.relispartition
JOIN pg_class p ON p.oid = h.inhparent
JOIN pg_namespace n ON n.oid = p.relnamespace
"""


class PartitionBody(Body, frozen=True, kw_only=True):
    """`parent` is (schema, table); `bound` as ATTACH PARTITION wants it: FOR VALUES …, DEFAULT."""

    parent: tuple[str, str]
    bound: str

    @property
    def parents(self) -> tuple[tuple[str, str], ...]:
        """All tables that it descends from: that one."""
        return (self.parent,)


class PartitionItem(Body, frozen=True, kw_only=True):
    """As schema JSON has it, below its table."""

    table: str
    bound: str


class PartitionKind(PgKind):
    """Ref: (schema, table); in the JSON of its table."""

    tag = PARTITION
    plural = "partitions"
    role = "other"
    body = PartitionBody
    parent = TABLE
    places = True
    weight = 125
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All modelled tables that are attached to one."""
        pg = as_pg(reader)
        for oid, schema, table, bound in pg.rows(_PARTITIONS):
            leaf = pg.tables.get(oid)
            if leaf is not None:
                body = PartitionBody(parent=(schema, table), bound=bound)
                needs = (Ref(TABLE, body.parent),)
                yield Node(ref=Ref(self.tag, leaf.path), parent=leaf, body=body, needs=needs)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ATTACH PARTITION`: rows that are there are looked at, those of the default as well."""
        node = change.new
        leaf, parent = table_of(node.ref), Ref(TABLE, node.body.parent)
        others = default_partitions(parent, before, after)
        own = f"{qualified(*leaf.path)} {node.body.bound}"
        step = Step(
            description=f"Attach partition {spoken(leaf.path)} to table {spoken(parent.path)}",
            sql=(f"ALTER TABLE ONLY {qualified(*parent.path)} ATTACH PARTITION {own}",),
            effects=("scan",) if leaf in before or others else (),
            locks=(
                *existing(before, SHARE_UPDATE_EXCLUSIVE, parent),
                *existing(before, ACCESS_EXCLUSIVE, leaf, *others),
                *foreign_key.attaching(leaf, before, after),
            ),
            guards=tuple(fitting_rows.guards(node, others, before, after)),
            consumes=(parent,),
        )
        made = self.made(change, step)
        yield handed.attached(made, leaf, before, after)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DETACH PARTITION`: the rows stay in the table, and leave the other."""
        node = change.old
        leaf, parent = table_of(node.ref), Ref(TABLE, node.body.parent)
        own = qualified(*leaf.path)
        step = Step(
            description=f"Detach partition {spoken(leaf.path)} from table {spoken(parent.path)}",
            sql=(f"ALTER TABLE {qualified(*parent.path)} DETACH PARTITION {own}",),
            effects=("breaking",) if change.action == "drop" else (),
            locks=(
                *existing(before, ACCESS_EXCLUSIVE, leaf),
                *leaving_locks(node, before),
                *foreign_key.detaching(leaf, before),
            ),
        )
        gone = self.gone(change, before, step)
        yield handed.detached(gone, leaf, before, after)

    def online(self, step: Step, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Attached without reading rows, and detached `CONCURRENTLY`."""
        if not step.produces:
            return partition_online.detached(step, change.old, before, after)
        node = change.new
        others = default_partitions(Ref(TABLE, node.body.parent), before, after)
        return partition_online.attached(step, node, others, before, after)


def default_partitions(parent: Ref, before: Catalog, after: Catalog) -> list[Ref]:
    """The partition for all other values: it is locked, and read where its values narrow."""
    found = descent.default_partitions(parent, before)
    return [child for child in found if descent.stays(child, before, after)]


def leaving_locks(node: Node, before: Catalog) -> tuple[Lock, ...]:
    """The locks on other tables of one parent when a partition of it goes."""
    parent = Ref(TABLE, node.body.parent)
    return existing(before, ACCESS_EXCLUSIVE, parent, *descent.default_partitions(parent, before))


def in_tree(table: Ref, catalog: Catalog) -> dict[str, Any]:
    """What a table says of it in schema JSON."""
    found = catalog.get(Ref(PARTITION, table.path))
    if found is None:
        return {}
    item = PartitionItem(table=table_name(*found.body.parent), bound=found.body.bound)
    return {"partition_of": msgspec.to_builtins(item)}


def from_tree(table: Ref, item: Any) -> Iterator[Node]:
    """The reverse of `in_tree`. Raises `msgspec.ValidationError`."""
    if item is not None:
        read = msgspec.convert(item, PartitionItem)
        body = PartitionBody(parent=read_table_name(read.table), bound=read.bound)
        needs = (Ref(TABLE, body.parent),)
        yield Node(ref=Ref(PARTITION, table.path), parent=table, body=body, needs=needs)
