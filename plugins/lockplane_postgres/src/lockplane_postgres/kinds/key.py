"""Primary keys and unique constraints: what they share."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_postgres.kinds import online, rows
from lockplane_postgres.kinds.constraint import (
    columns_of,
    deferring,
)
from lockplane_postgres.kinds.indexed import IndexedKind
from lockplane_postgres.kinds.options import option_list
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import KEY_PLACE
from lockplane_postgres.quote import names, qualified, quote, spoken
from lockplane_postgres.reader import TABLES, as_pg, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.facts import Facts
    from lockplane_core.spi.reader import Reader
    from lockplane_postgres.reader import PgReader

_KEYS = """
SELECT t.oid, k.oid, k.conname, k.conkey, i.indkey::int2[], i.indnkeyatts,
       k.condeferrable, k.condeferred, x.reloptions, {nulls}, {period},
       CASE WHEN x.relispartition THEN
         (SELECT w.relname FROM pg_inherits h JOIN pg_class w ON w.oid = h.inhparent
          WHERE h.inhrelid = x.oid)
       END, i.indisvalid
FROM t
JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = %s
JOIN pg_index i ON i.indexrelid = k.conindid
JOIN pg_class x ON x.oid = k.conindid
"""


class KeyBody(Body, frozen=True, kw_only=True):
    """`options` are those of its index; `without_overlaps` is about the last column (18).

    That of a partition is `part_of` the key or index of that name of its parent; that of a
    partitioned table is `invalid` as long as not all partitions have theirs.
    """

    columns: tuple[str, ...]
    include: tuple[str, ...] = ()
    nulls_not_distinct: bool = False
    without_overlaps: bool = False
    deferrable: bool = False
    deferred: bool = False
    options: tuple[str, ...] = ()
    part_of: str = ""
    invalid: bool = False


class KeyKind(IndexedKind):
    """A constraint that stands on a unique index."""

    body = KeyBody
    unique = True
    since = MappingProxyType({"nulls_not_distinct": "15", "without_overlaps": "18"})
    contype: ClassVar[str]
    words: ClassVar[str]

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All keys of one sort of modelled tables."""
        pg = as_pg(reader)
        for table, row in of_tables(pg, pg.rows(_query(pg), (self.contype,))):
            ref = pg.note(table.child(self.tag, row[2]), "pg_constraint", row[1])
            numbers, indexed, keys, deferrable, deferred, options, *rest = row[3:]
            nulls, period, part_of, valid = rest
            body = KeyBody(
                columns=pg.column_names(row[0], numbers),
                include=pg.column_names(row[0], indexed[keys:]),
                nulls_not_distinct=nulls,
                without_overlaps=period,
                deferrable=deferrable,
                deferred=deferred,
                options=tuple(sorted(options or ())),
                part_of=part_of or "",
                invalid=not valid,
            )
            yield Node(ref=ref, parent=table, body=body)

    def facts(self, node: Node, catalog: Catalog) -> Facts:
        """A key is unique."""
        return msgspec.structs.replace(super().facts(node, catalog), unique=True)

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Also the place of what foreign keys stand on."""
        return (*super().occupies(ref), Ref(KEY_PLACE, ref.path))

    def clause(self, node: Node) -> str:
        body: KeyBody = node.body
        words = self.words + (" NULLS NOT DISTINCT" if body.nulls_not_distinct else "")
        over = " WITHOUT OVERLAPS" if body.without_overlaps else ""
        words += f" ({names(body.columns)}{over})"
        if body.include:
            words += f" INCLUDE ({names(body.include)})"
        if body.options:
            words += f" WITH ({option_list(body.options)})"
        return words + deferring(body)

    def is_inline(self, node: Node) -> bool:
        """One that partitions lack comes after them: each would get one when it is attached."""
        return not node.body.invalid

    def online(self, step: Step, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """The index is built first; the constraint takes it over."""
        if change.after is None or not step.produces or step.sql[0] != self._adding(change.new):
            return (step,)
        node, table = change.new, table_of(change.ref)
        body: KeyBody = node.body
        if body.without_overlaps or not online.stands(table, before, after):
            return (step,)
        if online.is_partitioned(table, before):
            return (step,)
        name, own = quote(node.ref.name), qualified(*table.path)
        added = f"ALTER TABLE {own} ADD CONSTRAINT {name} {self.words} USING INDEX {name}"
        index = f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {own} {_indexed(body)}"
        return online.on_index(step, index, added + deferring(body), before, node.ref)

    def guards(self, node: Node, before: Catalog, after: Catalog) -> Iterator[Guard]:
        """Rows that are equal already."""
        body: KeyBody = node.body
        table = table_of(node.ref)
        found = rows.source(columns_of(table, body.columns), before, after)
        if body.without_overlaps or not found:
            return
        keys = [quote(name) for name in body.columns]
        yield duplicates(table, keys, found, nulls_equal=body.nulls_not_distinct)


def _indexed(body: KeyBody) -> str:
    """What CREATE INDEX writes for the index of a key."""
    words = f"({names(body.columns)})"
    if body.include:
        words += f" INCLUDE ({names(body.include)})"
    if body.nulls_not_distinct:
        words += " NULLS NOT DISTINCT"
    if body.options:
        words += f" WITH ({option_list(body.options)})"
    return words


def _query(pg: PgReader) -> str:
    nulls = pg.since(KeyKind.since["nulls_not_distinct"], "i.indnullsnotdistinct", "false")
    period = pg.since(KeyKind.since["without_overlaps"], "k.conperiod", "false")
    return TABLES + _KEYS.format(nulls=nulls, period=period)


def duplicates(
    table: Ref, keys: Sequence[str], source: str, *, where: str = "", nulls_equal: bool = False
) -> Guard:
    """Whether rows of a table have equal keys; NULLs differ unless it is said that they do not.

    `source` is where the rows are, or are worked out, as a FROM item.
    """
    conditions = [f"({where})"] if where else []
    if not nulls_equal:
        conditions += [f"{key} IS NOT NULL" for key in keys]
    filtered = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    listed = ", ".join(keys)
    said = ", ".join(key if key.startswith("(") else f"{spoken(table.path)}.{key}" for key in keys)
    return Guard(
        query=f"SELECT 1 FROM {source} AS t{filtered} "
        f"GROUP BY {listed} HAVING count(*) > 1 LIMIT 1",
        message=f"rows of {spoken(table.path)} have equal values in {said}"
        + (f" where {where}" if where else ""),
    )
