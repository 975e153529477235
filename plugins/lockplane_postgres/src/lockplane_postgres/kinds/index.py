"""Indexes that are no part of a constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds import rows
from lockplane_postgres.kinds.base import (
    INDEX,
    KEY_PLACE,
    MATERIALIZED_VIEW,
    TABLE,
    PgKind,
    as_pg,
    relation_name,
)
from lockplane_postgres.kinds.constraint import columns_of, is_as_before
from lockplane_postgres.kinds.key import duplicates
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, SHARE, existing
from lockplane_postgres.quote import names, qualified, quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.dialect import Reader

# What pg_get_indexdef() writes before the method holds the names of index and table: it is
# written again here and cut off. quote_ident() and %I are what it uses itself.
_INDEXES = f"""
SELECT t.oid, c.oid, c.relname, i.indisunique, i.indisvalid, k.columns, d.definition,
       d.beginning, d.beginning || 'btree (' || k.listed || ')' AS plain
FROM pg_class t
JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_index i ON i.indrelid = t.oid
JOIN pg_class c ON c.oid = i.indexrelid,
LATERAL (SELECT pg_get_indexdef(c.oid) AS definition,
                format('CREATE %sINDEX %I ON %I.%I USING ',
                       CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
                       c.relname, n.nspname, t.relname) AS beginning) d,
LATERAL (SELECT array_agg(a.attname::text ORDER BY u.place) AS columns,
                string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) AS listed
         FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(num, place)
         LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = u.num AND u.num > 0
         WHERE u.place <= i.indnkeyatts) k
WHERE t.relkind IN ('r', 'm') AND t.relpersistence <> 't' AND {USER_SCHEMAS}
  AND NOT EXISTS (SELECT FROM pg_constraint k
                  WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
"""


class IndexBody(Body, frozen=True, kw_only=True):
    """`columns` are the leading ones up to the first expression.

    `definition` is all that follows USING, and empty for a plain btree on `columns`. An
    `invalid` index is what a CREATE INDEX CONCURRENTLY that failed leaves behind.
    """

    columns: tuple[str, ...] = ()
    unique: bool = False
    definition: SqlText = ""
    invalid: bool = False


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
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All indexes of modelled tables and materialized views but those of constraints."""
        pg = as_pg(reader)
        for relation, *row in pg.rows(_INDEXES):
            parent = pg.ref("pg_class", relation)
            if parent is None:
                continue
            oid, name, unique, valid, columns, definition, beginning, plain = row
            ref = pg.note(parent.child(self.tag, name), "pg_class", oid)
            body = IndexBody(
                columns=_leading(columns),
                unique=unique,
                definition="" if definition == plain else _cut(definition, beginning),
                invalid=not valid,
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
        node, parent = change.new, _parent(change.new)
        words = "CREATE UNIQUE INDEX" if node.body.unique else "CREATE INDEX"
        place = f"{quote(node.ref.name)} ON {qualified(*parent.path)}"
        step = Step(
            description=f"Create index {node.ref.name} on {parent.noun} {spoken(parent.path)}",
            sql=(f"{words} {place} {using(node.body)}",),
            effects=("scan",) if parent in before else (),
            locks=existing(before, SHARE, parent),
            guards=tuple(_guards(node, parent, before, after)),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP INDEX`."""
        ref, parent = change.old.ref, _parent(change.old)
        step = Step(
            description=f"Drop index {ref.name} from {parent.noun} {spoken(parent.path)}",
            sql=(f"DROP INDEX {self.sql(ref)}",),
            locks=existing(before, ACCESS_EXCLUSIVE, parent),
            undo_description=f"Drop index {ref.name}",
        )
        yield self.gone(change, before, step)

    def replaces(self, change: Change) -> bool:
        """Whether it is another index, or one that has to be valid at last."""
        return True

    # -- JSON --------------------------------------------------------------------------------

    def fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """`columns` and `unique` in any case."""
        always = {"columns": list(node.body.columns), "unique": node.body.unique}
        return always | super().fields(node, catalog)


def _parent(index: Node) -> Ref:
    assert index.parent is not None  # noqa: S101 - narrows the type: every index is on something
    return index.parent


def using(body: IndexBody) -> str:
    """What CREATE INDEX writes after the table's name."""
    return f"USING {body.definition}" if body.definition else f"({names(body.columns)})"


def _cut(definition: str, beginning: str) -> str:
    if not definition.startswith(beginning):
        raise AssertionError(f"pg_get_indexdef() has another form than expected: {definition}")
    return definition[len(beginning) :]


def _leading(columns: Iterable[str | None]) -> tuple[str, ...]:
    found: list[str] = []
    for column in columns:
        if column is None:
            break
        found.append(column)
    return tuple(found)


def _guards(node: Node, parent: Ref, before: Catalog, after: Catalog) -> Iterator[Guard]:
    """Rows that are equal already; asked of plain indexes, whose keys are columns."""
    body: IndexBody = node.body
    holds_rows = parent in before and getattr(before[parent].body, "populated", True)
    if not body.unique or body.definition or not holds_rows:
        return
    found = _source(parent, body.columns, before, after)
    if found:
        yield duplicates(parent, [quote(name) for name in body.columns], found)


def _source(parent: Ref, columns: tuple[str, ...], before: Catalog, after: Catalog) -> str:
    if parent.kind == TABLE:
        return rows.source(columns_of(parent, columns), before, after)
    return qualified(*parent.path) if is_as_before([parent], before, after) else ""
