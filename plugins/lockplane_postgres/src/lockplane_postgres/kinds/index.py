"""Indexes that are no part of a constraint."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from lockplane_core.model.node import Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_postgres.kinds import descent, handed, index_online, parts, rivals, rows
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.constraint import columns_of, is_as_before
from lockplane_postgres.kinds.index_body import IndexBody
from lockplane_postgres.kinds.index_sql import creation, dropping, index_parent
from lockplane_postgres.kinds.key import duplicates
from lockplane_postgres.kinds.refs import relation_name, table_of
from lockplane_postgres.kinds.tags import COLUMN, INDEX, KEY_PLACE, MATERIALIZED_VIEW, TABLE
from lockplane_postgres.kinds.tree import PLACEMENT_FIELD
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, SHARE, existing
from lockplane_postgres.quote import qualified, quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

# What pg_get_indexdef() writes before the method holds the names of index and table: it is
# written again here and cut off. quote_ident() and %I are what it uses itself. It is not asked
# about the most usual index of all, on one column with nothing else said: that finds an `a`.
_INDEXES = f"""
SELECT t.oid, c.oid, c.relname, i.indisunique, i.indisvalid, i.indkey::int2[], i.indnkeyatts,
       CASE WHEN a.attnum IS NULL THEN pg_get_indexdef(c.oid) END, d.beginning,
       CASE WHEN a.attnum IS NULL AND i.indpred IS NULL AND i.indexprs IS NULL THEN
         (SELECT d.beginning || 'btree ('
                 || string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) || ')'
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(num, place)
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.num
          WHERE u.place <= i.indnkeyatts)
       END AS plain,
       CASE WHEN c.relispartition THEN
         (SELECT w.relname FROM pg_inherits h JOIN pg_class w ON w.oid = h.inhparent
          WHERE h.inhrelid = c.oid)
       END
FROM pg_class t
JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_index i ON i.indrelid = t.oid
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_opclass o ON o.oid = i.indclass[0]
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
  AND i.indnatts = 1 AND i.indpred IS NULL AND i.indoption[0] = 0 AND NOT i.indisunique
  AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree') AND c.reloptions IS NULL
  AND o.opcdefault AND o.opcintype = a.atttypid AND i.indcollation[0] = a.attcollation,
LATERAL (SELECT CASE WHEN a.attnum IS NULL THEN
           format('CREATE %sINDEX %I ON %s%I.%I USING ',
                  CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, c.relname,
                  CASE WHEN t.relkind = 'p' THEN 'ONLY ' ELSE '' END, n.nspname, t.relname)
         END AS beginning) d
WHERE t.relkind IN ('r', 'm', 'p') AND t.relpersistence <> 't' AND {USER_SCHEMAS}
  AND NOT EXISTS (SELECT FROM pg_constraint k
                  WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
"""


class IndexKind(PgKind):
    """Ref: (schema, table or materialized view, name)."""

    tag = INDEX
    plural = "indexes"
    role = "index"
    body = IndexBody
    parent = TABLE
    also_below = frozenset({MATERIALIZED_VIEW})
    weight = 150
    keyword = "INDEX"
    renamable = True
    placed = True
    tree_fields = (*PgKind.tree_fields, PLACEMENT_FIELD)
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All indexes of modelled tables and materialized views but those of constraints."""
        pg = as_pg(reader)
        for relation, *row in pg.rows(_INDEXES):
            parent = pg.ref("pg_class", relation)
            if parent is None:
                continue
            oid, name, unique, valid, numbers, keys, definition, beginning, plain, part_of = row
            ref = pg.note(parent.child(self.tag, name), "pg_class", oid)
            body = IndexBody(
                columns=pg.column_names(relation, takewhile(bool, numbers[:keys])),
                unique=unique,
                definition="" if definition == plain else _cut(definition, beginning),
                invalid=not valid,
                part_of=part_of or "",
            )
            yield Node(ref=ref, parent=parent, body=body)

    def sql(self, ref: Ref) -> str:
        """Indexes are named by their schema, not their table."""
        return qualified(ref.path[0], ref.name)

    def commented(self, node: Node) -> str:
        """`INDEX users_email`, without its table."""
        return f"INDEX {self.sql(node.ref)}"

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Relations of a schema share one name space; a foreign key may stand on an index."""
        return (relation_name(ref.path[0], ref.name), Ref(KEY_PLACE, ref.path))

    # -- changing ----------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE INDEX`, which reads the table and keeps others from writing meanwhile."""
        node, parent = change.new, index_parent(change.new)
        if parts.is_renamed(change, before, after):
            return
        is_split = descent.is_split(parent, after)
        step = Step(
            description=f"Create index {node.ref.name} on {parent.noun} {spoken(parent.path)}",
            sql=(creation(node, partitioned=is_split),),
            effects=("scan",) if parent in before and not is_split else (),
            locks=existing(before, SHARE, parent),
            guards=tuple(_guards(node, parent, before, after)),
        )
        late = rivals.after_foreign_keys(node, self.made(change, step), after)
        yield parts.created(node, late, before, after)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP INDEX`."""
        ref, parent = change.old.ref, index_parent(change.old)
        if handed.is_handed(change.old, before, after):
            yield from parts.going(self, change, before, after)
            return
        step = Step(
            description=f"Drop index {ref.name} from {parent.noun} {spoken(parent.path)}",
            sql=(dropping(ref),),
            locks=existing(before, ACCESS_EXCLUSIVE, parent),
            undo_description=f"Drop index {ref.name}",
        )
        yield parts.dropped(change.old, self.gone(change, before, step), before, after)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """What it is a part of; it becomes valid when the last partition has one."""
        return parts.altered(self, change, before, after)

    def must_replace(self, change: Change, before: Catalog, after: Catalog) -> bool:
        """Whether it is another index, or one that has to be valid at last."""
        if handed.is_remarked(change):
            return handed.is_handed(change.old, before, after)
        return not parts.is_completed(change, after)

    def online(self, step: Step, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CONCURRENTLY`; another index of the same name is built before the old one goes."""
        return index_online.done(self, step, change, before, after)

    def replaces(self, change: Change) -> bool:
        """Whether it is another index, or one that has to be valid at last."""
        return True

    # -- JSON --------------------------------------------------------------------------------

    def fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """`columns` and `unique` in any case."""
        always = {"columns": list(node.body.columns), "unique": node.body.unique}
        return always | super().fields(node, catalog)


def _cut(definition: str, beginning: str) -> str:
    if not definition.startswith(beginning):
        raise AssertionError(f"pg_get_indexdef() has another form than expected: {definition}")
    return definition[len(beginning) :]


def _guards(node: Node, parent: Ref, before: Catalog, after: Catalog) -> Iterator[Guard]:
    """Rows that are equal already, as far as that can be told before the plan runs."""
    body: IndexBody = node.body
    holds_rows = parent in before and getattr(before[parent].body, "populated", True)
    if not body.unique or not holds_rows:
        return
    if body.definition:
        from lockplane_postgres.parse.index_keys import keys_of

        asked = keys_of(body.definition)
        found = _source(parent, _read(node, parent), before, after) if asked else ""
        if asked and found and is_as_before(_called(node, parent), before, after):
            yield duplicates(
                parent, asked.keys, found, where=asked.where, nulls_equal=asked.nulls_equal
            )
    elif found := _source(parent, columns_of(parent, body.columns), before, after):
        yield duplicates(parent, [quote(name) for name in body.columns], found)


def _read(index: Node, parent: Ref) -> list[Ref]:
    """The columns that its keys and its predicate read."""
    return [need for need in index.needs if need.kind == COLUMN and table_of(need) == parent]


def _called(index: Node, parent: Ref) -> list[Ref]:
    """The functions and types that its keys and its predicate stand on."""
    return [need for need in index.needs if need != parent and need.kind != COLUMN]


def _source(parent: Ref, columns: list[Ref], before: Catalog, after: Catalog) -> str:
    if parent.kind == TABLE:
        return rows.source(columns, before, after) if columns else ""
    return qualified(*parent.path) if is_as_before([parent], before, after) else ""
