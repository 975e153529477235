"""Tables, with all that CREATE TABLE makes at once.

A new table settles its columns, their defaults, the sequences that they own, and its keys
and checks, as far as these do not in turn stand on the table (a function that reads it);
foreign keys and indexes are steps of their own. Columns that come and go are settled here as
well, since sequences, which know no table, must not be asked about them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.change import Change
from lockplane_core.model.node import Body, Node
from lockplane_core.model.step import Rendered, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds import column_sql as columns
from lockplane_postgres.kinds import (
    descent,
    handed,
    inheritance,
    partition,
    replica_identity,
    table_tree,
)
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.column import ColumnKind
from lockplane_postgres.kinds.column_changes import freeing_names, taking_names
from lockplane_postgres.kinds.default import DefaultKind
from lockplane_postgres.kinds.foreign_key import ForeignKeyKind, referenced
from lockplane_postgres.kinds.index import IndexKind
from lockplane_postgres.kinds.options import option_list, set_options
from lockplane_postgres.kinds.policy import PolicyKind
from lockplane_postgres.kinds.publication_table import naming
from lockplane_postgres.kinds.refs import relation_name, table_of, type_name
from lockplane_postgres.kinds.row_security import switched_on, switches
from lockplane_postgres.kinds.sequence_sql import create_unowned, own_sequence
from lockplane_postgres.kinds.subtree import leaving, returns
from lockplane_postgres.kinds.table_parts import INLINE, Parts
from lockplane_postgres.kinds.tags import (
    COLUMN,
    DEFAULT,
    FOREIGN_KEY,
    INDEX,
    INHERITANCE,
    PARTITION,
    POLICY,
    PRIMARY_KEY,
    REPLICA_IDENTITY,
    TABLE,
)
from lockplane_postgres.kinds.tree import PLACEMENT_FIELD, ROOT_FIELDS
from lockplane_postgres.locks import (
    ACCESS_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    existing,
)
from lockplane_postgres.majors import oldest
from lockplane_postgres.quote import block, qualified, quote, spoken
from lockplane_postgres.reader import TABLES, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Lock
    from lockplane_core.spi.reader import Reader

_ALL_TABLES = (
    TABLES
    + """
SELECT t.oid, t.relpersistence = 'u', t.reloptions, o.reloptions, m.amname,
       c.relrowsecurity, c.relforcerowsecurity,
       CASE WHEN t.relkind = 'p' THEN pg_get_partkeydef(t.oid) END
FROM t
JOIN pg_class c ON c.oid = t.oid
LEFT JOIN pg_class o ON o.oid = t.reltoastrelid
LEFT JOIN pg_am m ON m.oid = t.relam
ORDER BY t.oid
"""
)
_HEAP = "heap"
_SET_ACCESS_METHOD_SINCE = 15
_PARTS: Mapping[str, PgKind] = {
    **INLINE,
    DEFAULT: DefaultKind(),
    FOREIGN_KEY: ForeignKeyKind(),
    INDEX: IndexKind(),
    POLICY: PolicyKind(),
}


class TableBody(Body, frozen=True, kw_only=True):
    """What a table is without its columns; `options` as WITH (…) takes them.

    `access_method` is empty for a heap. Row level security (`rls_…`) makes its policies count,
    if forced for its owner, too. A table with `partition_by` (`RANGE (day)`) holds no rows itself.
    """

    unlogged: bool = False
    access_method: str = ""
    options: tuple[str, ...] = ()
    rls_enabled: bool = False
    rls_forced: bool = False
    partition_by: SqlText = ""


class TableKind(PgKind):
    """Ref: (schema, name)."""

    tag = TABLE
    plural = "tables"
    role = "table"
    body = TableBody
    weight = 40
    keyword = "TABLE"
    renamable = True
    placed = True
    embeds = PgKind.embeds | {COLUMN, INHERITANCE, PARTITION, PRIMARY_KEY, REPLICA_IDENTITY}
    tree_fields = (
        *ROOT_FIELDS,
        PLACEMENT_FIELD,
        ("columns", list[table_tree.ColumnItem]),
        ("primary_key", table_tree.KeyItem | None, None),
        ("replica_identity", replica_identity.ReplicaIdentityBody | None, None),
        ("partition_of", partition.PartitionItem | None, None),
        ("inherits", tuple[str, ...] | None, None),
    )

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All modelled tables (see reader.TABLES)."""
        pg = as_pg(reader)
        for oid, unlogged, options, toast, method, *rest in pg.rows(_ALL_TABLES):
            enabled, forced, key = rest
            body = TableBody(
                unlogged=unlogged,
                access_method="" if method in (None, _HEAP) else method,
                options=tuple(sorted([*(options or ()), *(f"toast.{o}" for o in toast or ())])),
                rls_enabled=enabled,
                rls_forced=forced,
                partition_by=key or "",
            )
            yield Node(ref=pg.note(pg.tables[oid], "pg_class", oid), body=body)

    def named_by(self, ref: Ref, catalog: Catalog) -> Iterable[Ref]:
        """All below it, and its place in publications."""
        return [*super().named_by(ref, catalog), *naming(ref, catalog)]

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """A relation's name, and that of its row type."""
        return (relation_name(*ref.path), type_name(*ref.path))

    # -- changing ----------------------------------------------------------------------------

    def render(self, changes: Sequence[Change], before: Catalog, after: Catalog) -> Rendered:
        """Tables, then the columns that come and go in those that stay."""
        own = super().render(changes, before, after)
        settled = set(own.settled)
        kind = ColumnKind()
        steps = [
            step
            for change in changes
            if change.ref.kind == COLUMN and change.ref not in settled and change.action != "alter"
            for step in getattr(kind, change.action)(change, before, after)
        ]
        below = tuple(ref for step in steps for ref in step.settles)
        moved = handed.ordered(Rendered(tuple(steps), below), before, after)
        return Rendered((*own.steps, *moved.steps), (*own.settled, *below))

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE TABLE` and what comes with it."""
        node = change.new
        parts = Parts(node.ref, before, after)
        body: TableBody = node.body
        words = "CREATE UNLOGGED TABLE" if body.unlogged else "CREATE TABLE"
        table = f"{words} {qualified(*node.ref.path)} {block(parts.definitions())}"
        table += inheritance.clause(node.ref, after)
        if body.partition_by:
            table += f" PARTITION BY {body.partition_by}"
        if body.access_method:
            table += f" USING {quote(body.access_method)}"
        if body.options:
            table += f" WITH ({option_list(body.options)})"
        step = Step(
            description=f"Create table {spoken(node.ref.path)}",
            sql=(
                *(create_unowned(sequence) for sequence in parts.sequences),
                table,
                *(sql for column in parts.listed for sql in columns.tuned(column)),
                *(sql for item in parts.sequences for sql in own_sequence(item, before)),
                *parts.corrections(),
                *switched_on(node),
            ),
            locks=_inherited_from(node.ref, before, after),
            consumes=tuple(inheritance.handed_down(node.ref, after)),
        )
        yield taking_names(self.made(change, step, also=parts.nodes()), parts.columns)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Storage, one step for each aspect; a table is never made anew."""
        old, new = change.old.body, change.new.body
        name = spoken(change.new.ref.path)
        if old.partition_by != new.partition_by:
            raise _repartitioned(change)
        if old.access_method != new.access_method:
            if oldest(before, after) < _SET_ACCESS_METHOD_SINCE:
                raise self.unsupported(change, "stored in another way before PostgreSQL 15")
            action = f"SET ACCESS METHOD {quote(new.access_method or _HEAP)}"
            step = self._alter(change, before, f"Change access method of table {name}", [action])
            # A partitioned table only says so of partitions to come (17).
            yield msgspec.structs.replace(step, effects=()) if new.partition_by else step
        if old.unlogged != new.unlogged:
            said = f"Make table {name} {'unlogged' if new.unlogged else 'logged'}"
            yield self._alter(
                change, before, said, ["SET UNLOGGED" if new.unlogged else "SET LOGGED"]
            )
        if old.options != new.options:
            step = self._alter(
                change,
                before,
                f"Change options of table {name}",
                set_options(old.options, new.options),
            )
            locks = existing(before, SHARE_UPDATE_EXCLUSIVE, change.new.ref)
            yield msgspec.structs.replace(step, effects=(), locks=locks)
        for switch in switches(change, after):
            step = self._alter(change, before, switch.said, [switch.action])
            yield msgspec.structs.replace(step, effects=switch.effects)

    def _alter(self, change: Change, before: Catalog, said: str, actions: Iterable[str]) -> Step:
        table = qualified(*change.new.ref.path)
        step = Step(
            description=said,
            sql=tuple(f"ALTER TABLE {table} {action}" for action in actions),
            effects=("rewrite",),
            locks=existing(before, ACCESS_EXCLUSIVE, change.new.ref),
        )
        return self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP TABLE`, after those of its parts that wait for what waits for the table."""
        ref = change.old.ref
        loose = _loose_parts(ref, before, after)
        for node in loose:
            part = Change(action="drop", before=node)
            yield from _PARTS[node.ref.kind].drop(part, before, after)
        freed = tuple(_freed(ref, before))
        keys = [k for k in before.children(ref, FOREIGN_KEY) if freed or not k.body.part_of]
        link = next(iter(before.children(ref, PARTITION)), None)
        step = Step(
            description=f"Drop table {spoken(ref.path)}",
            sql=(*freed, f"DROP TABLE {qualified(*ref.path)}"),
            effects=("data_loss", "breaking"),
            locks=(
                *existing(before, ACCESS_EXCLUSIVE, ref, *map(referenced, keys)),
                *(partition.leaving_locks(link, before) if link else ()),
            ),
        )
        going = leaving(ref, before, after)
        rest = going.replace(node for node in going if node not in loose)
        gone = handed.ended(self.gone(change, rest, step), ref, before, after)
        yield freeing_names(gone, before.children(ref, COLUMN))

    # -- JSON --------------------------------------------------------------------------------

    def fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """The columns, and the primary key where they do not say all about it."""
        found: dict[str, Any] = {"columns": table_tree.columns(node.ref, catalog)}
        found |= super().fields(node, catalog)
        found |= replica_identity.in_tree(node.ref, catalog)
        found |= partition.in_tree(node.ref, catalog)
        found |= inheritance.in_tree(node.ref, catalog)
        return found | table_tree.primary_key(node.ref, catalog)

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The table, its columns with their defaults, and its primary key."""
        fields = dict(item)
        listed, key = fields.pop("columns", ()), fields.pop("primary_key", None)
        identity = fields.pop("replica_identity", None)
        part, parents = fields.pop("partition_of", None), fields.pop("inherits", None)
        root, *rest = super().from_tree(fields, parent)
        yield root
        yield from rest
        yield from table_tree.read(root.ref, listed, key)
        yield from replica_identity.from_tree(root.ref, identity)
        yield from partition.from_tree(root.ref, part)
        yield from inheritance.from_tree(root.ref, parents)


def _inherited_from(table: Ref, before: Catalog, after: Catalog) -> tuple[Lock, ...]:
    """The locks of INHERITS: a partition is attached by a step of its own."""
    above = () if descent.is_partition(table, after) else descent.parents(table, after)
    return existing(before, SHARE_UPDATE_EXCLUSIVE, *above)


def _freed(table: Ref, before: Catalog) -> Iterator[str]:
    """DETACH PARTITION: a foreign key to its parent keeps a partition from being dropped (18)."""
    above = descent.ancestors(table, before) if descent.is_partition(table, before) else []
    if any(referenced(key) in above for key in before.of_kind(FOREIGN_KEY)):
        parent = qualified(*above[0].path)
        yield f"ALTER TABLE {parent} DETACH PARTITION {qualified(*table.path)}"


def _repartitioned(change: Change) -> UnsupportedChange:
    """PostgreSQL has no ALTER for it, and what holds data is never made again."""
    old, new = (body.partition_by or "not partitioned" for body in _bodies(change))
    place = f" ({change.new.span})" if change.new.span else ""
    return UnsupportedChange(
        f"how table {spoken(change.new.ref.path)} is partitioned can not be changed{place}: "
        f"it is {old}, and shall be {new}",
        hint="Declare a new table under another name, copy the rows, and let the old one go.",
    )


def _bodies(change: Change) -> tuple[TableBody, TableBody]:
    return change.old.body, change.new.body


def _loose_parts(table: Ref, before: Catalog, after: Catalog) -> list[Node]:
    """What has to leave the table first: what is dropped as well can not do without it."""
    own = {node.ref for node in before.subtree(table)}
    return [
        node
        for node in before.subtree(table)
        if (node.ref.kind == FOREIGN_KEY and _is_circular(node, before, after))
        or (node.ref.kind == POLICY and any(n not in own and n not in after for n in node.needs))
        or (node.ref.kind in _PARTS and node.ref.kind != FOREIGN_KEY and returns(node, own, before))
    ]


def _is_circular(key: Node, before: Catalog, after: Catalog) -> bool:
    """Whether a chain of foreign keys leads back, through tables that are dropped as well."""
    own = table_of(key.ref)
    queue = [referenced(key)]
    seen = {own}
    while queue:
        table = queue.pop()
        if table == own and len(seen) > 1:
            return True
        if table in seen or table in after:
            continue
        seen.add(table)
        queue += [referenced(other) for other in before.children(table, FOREIGN_KEY)]
    return False
