"""Sequences that stand alone or are owned by a column; how far one has counted is no schema.

The sequence of an identity column belongs to the column and is not seen here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.counting import (
    SequenceOptions,
    first_value,
    sequence_alterations,
    sequence_bounds,
    sequence_fields,
)
from lockplane_postgres.kinds.refs import relation_name
from lockplane_postgres.kinds.sequence_sql import (
    create_unowned,
    created,
    other_owner,
    own_sequence,
    owned_by,
)
from lockplane_postgres.kinds.tags import COLUMN, SEQUENCE, TABLE
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.locks import (
    ACCESS_EXCLUSIVE,
    ACCESS_SHARE,
    SHARE_ROW_EXCLUSIVE,
    existing,
    lock,
)
from lockplane_postgres.quote import literal, qualified, quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Lock
    from lockplane_core.spi.reader import Reader

_SEQUENCES = f"""
SELECT c.oid, n.nspname, c.relname, c.relpersistence = 'u',
       format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
       s.seqcache, s.seqcycle, d.refobjid, a.attname
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
  AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.relpersistence <> 't' AND d.deptype IS DISTINCT FROM 'i' AND {USER_SCHEMAS}
"""

_COUNTABLE = frozenset({"smallint", "integer", "bigint"})


class SequenceBody(SequenceOptions, frozen=True, kw_only=True):
    """How it counts, and the (table, column) that owns it, always of its own schema."""

    unlogged: bool = False
    owned_by: tuple[str, str] | None = None


class SequenceKind(PgKind):
    """Ref: (schema, name); the parent is the column that owns it."""

    tag = SEQUENCE
    plural = "sequences"
    tree_fields = ROOT_FIELDS
    role = "sequence"
    body = SequenceBody
    weight = 60
    keyword = "SEQUENCE"
    renamable = True
    always_root = True
    since = MappingProxyType({"unlogged": "15"})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All sequences but those of identity columns, and of tables that nobody models."""
        pg = as_pg(reader)
        for oid, schema, name, unlogged, *counting, cycle, table, column in pg.rows(_SEQUENCES):
            owner = pg.tables.get(table)
            if column and owner is None:
                continue
            yield Node(
                ref=pg.note(Ref(self.tag, (schema, name)), "pg_class", oid),
                parent=owner.child(COLUMN, column) if owner else None,
                body=SequenceBody(
                    **sequence_fields(*counting, cycle=cycle),
                    unlogged=unlogged,
                    owned_by=(owner.name, column) if owner else None,
                ),
            )

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Relations of a schema share one name space."""
        return (relation_name(*ref.path),)

    def commented(self, node: Node) -> str:
        """`SEQUENCE users_id_seq`, whoever owns it."""
        return f"SEQUENCE {self.sql(node.ref)}"

    def moved(self, ref: Ref, old: Ref, new: Ref) -> Ref:
        """Its name is its own; it is always in the schema of the table that it belongs to."""
        if old.kind == TABLE and ref.path[0] == old.path[0]:
            return Ref(ref.kind, (new.path[0], ref.name))
        return super().moved(ref, old, new)

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE SEQUENCE`, past the values that its column holds already.

        A column that gets another type at the same time needs the sequence for its default,
        and must have that type before it can own and fill it: then these are two steps.
        """
        node = change.new
        column = before.get(node.parent)
        if column is None or column.body.type == after[column.ref].body.type:
            sql = (*created(node, before), *(_advance(node, column) if column else ()))
            yield self.made(change, self._made(node, sql, before))
            return
        made = self.made(change, self._made(node, (create_unowned(node),), before))
        needs = tuple(ref for ref in made.consumes if ref != column.ref)
        yield msgspec.structs.replace(made, consumes=needs, locks=())
        yield Step(
            description=f"Give sequence {spoken(node.ref.path)} to {spoken(column.ref.path)}",
            sql=(
                *own_sequence(node, before),
                *_advance(node, after[column.ref]),
            ),
            consumes=(column.ref, node.ref, *other_owner(node, before)),
            settles=(node.ref,),
            effects=("scan",),
            locks=_owner_locks(node, before),
        )

    def _made(self, node: Node, sql: tuple[str, ...], before: Catalog) -> Step:
        return Step(
            description=f"Create sequence {spoken(node.ref.path)}",
            sql=sql,
            consumes=other_owner(node, before),
            effects=("scan",) if len(sql) > 1 else (),
            locks=_owner_locks(node, before),
        )

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER SEQUENCE`: in place, so that it counts on from where it stands."""
        ref = change.new.ref
        step = Step(
            description=f"Change sequence {spoken(ref.path)}",
            sql=tuple(_alterations(self.sql(ref), change)),
            locks=(lock(ref, SHARE_ROW_EXCLUSIVE), *_owner_locks(change.new, before)),
            guards=tuple(_guards(change)),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP SEQUENCE`: how far it has counted is lost."""
        for step in super().drop(change, before, after):
            yield msgspec.structs.replace(
                step,
                # Its column may change meanwhile: it lets go of the sequence with its default.
                consumes=tuple(ref for ref in step.consumes if ref != change.old.parent),
                effects=("data_loss",),
                locks=(lock(change.old.ref, ACCESS_EXCLUSIVE),),
            )

    # -- JSON ------------------------------------------------------------------------------

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The node, below the column that owns it."""
        root, *rest = super().from_tree(item, parent)
        owner = root.body.owned_by
        if owner:
            column = Ref(COLUMN, (root.ref.path[0], *owner))
            root = msgspec.structs.replace(root, parent=column)
        yield root
        yield from rest


def _alterations(name: str, change: Change) -> Iterator[str]:
    old, new = change.old.body, change.new.body
    clauses = [f"AS {new.type}"] if old.type != new.type else []
    clauses += sequence_alterations(old, new)
    if old.owned_by != new.owned_by:
        clauses.append(owned_by(change.new))
    if _leaves_start(change):
        yield from _restart(name, old, new)
    if clauses:
        yield f"ALTER SEQUENCE {name} {' '.join(clauses)}"
    if old.unlogged != new.unlogged:
        yield f"ALTER SEQUENCE {name} SET {'UNLOGGED' if new.unlogged else 'LOGGED'}"


def _leaves_start(change: Change) -> bool:
    """Whether a sequence that was never used stands outside of its new bounds."""
    low, high = sequence_bounds(change.new.body)
    return not low <= first_value(change.old.body) <= high


def _restart(name: str, old: SequenceBody, new: SequenceBody) -> Iterator[str]:
    """Put a sequence that was never used on its new start, under bounds that hold both."""
    lows, highs = zip(sequence_bounds(old), sequence_bounds(new), strict=True)
    type_ = old.type if old.type == new.type else "bigint"
    yield f"ALTER SEQUENCE {name} AS {type_} MINVALUE {min(lows)} MAXVALUE {max(highs)}"
    start = f"setval({literal(name)}, {first_value(new)}, false)"
    yield f"SELECT {start} FROM {name} WHERE NOT is_called"


def _owner_locks(node: Node, before: Catalog) -> tuple[Lock, ...]:
    owner = node.body.owned_by
    tables = [Ref(TABLE, (node.ref.path[0], owner[0]))] if owner else []
    return existing(before, ACCESS_SHARE, *tables)


def _advance(node: Node, column: Node) -> Iterator[str]:
    """Go past what the column holds, so that the first new row does not meet an old one."""
    if column.body.type in _COUNTABLE:
        name = quote(column.ref.name)
        furthest = f"{'max' if node.body.increment > 0 else 'min'}({name})"
        low, high = sequence_bounds(node.body)
        yield (
            f"SELECT setval({literal(qualified(*node.ref.path))}, {furthest}) "
            f"FROM {qualified(*column.ref.path[:2])} HAVING {furthest} BETWEEN {low} AND {high}"
        )


def _guards(change: Change) -> Iterator[Guard]:
    """A sequence that has left its new bounds can not be given them."""
    low, high = sequence_bounds(change.new.body)
    old_low, old_high = sequence_bounds(change.old.body)
    if low > old_low or high < old_high:
        yield Guard(
            query=f"SELECT 1 FROM {qualified(*change.old.ref.path)} "
            f"WHERE is_called AND last_value NOT BETWEEN {low} AND {high}",
            message=f"{change.old.ref} has counted beyond {low} to {high}",
        )
