"""Replica identity: what logical replication knows the changed rows of a table by.

It is a node of its own, so that an index which is made again becomes the identity again:
PostgreSQL forgets it in silence. Where there is no node, it is the primary key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import INDEX, PRIMARY_KEY, REPLICA_IDENTITY, TABLE, UNIQUE
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote, spoken
from lockplane_postgres.reader import as_pg, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

Rows = Literal["full", "nothing", "index"]

_IDENTITIES = """
SELECT t.oid, t.relreplident::text, i.indexrelid, k.oid, c.relname
FROM pg_class t
LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisreplident AND t.relreplident = 'i'
LEFT JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
WHERE t.oid >= 16384 AND t.relkind IN ('r', 'p') AND t.relreplident <> 'd'
ORDER BY t.oid
"""
_ROWS: dict[str, Rows] = {"f": "full", "n": "nothing", "i": "index"}
_INDEXES = (INDEX, PRIMARY_KEY, UNIQUE)


class ReplicaIdentityBody(Body, frozen=True, kw_only=True):
    """All columns (`full`), `nothing`, or the columns of the unique `index` of that name."""

    rows: Rows
    index: str = ""


class ReplicaIdentityKind(PgKind):
    """Ref: (schema, table); in the JSON of its table."""

    tag = REPLICA_IDENTITY
    plural = "replica_identities"
    role = "other"
    body = ReplicaIdentityBody
    parent = TABLE
    weight = 160
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """Those that are not the primary key; one whose index was dropped is as good as nothing."""
        pg = as_pg(reader)
        for table, (_, how, oid, key, index) in of_tables(pg, pg.rows(_IDENTITIES)):
            rows = "nothing" if how == "i" and index is None else _ROWS[how]
            needed = pg.ref("pg_class", oid) or pg.ref("pg_constraint", key)
            yield Node(
                ref=Ref(self.tag, table.path),
                parent=table,
                body=ReplicaIdentityBody(rows=rows, index=index or ""),
                needs=(needed,) if needed else (),
            )

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`REPLICA IDENTITY …`; what it needs is found by name where it comes from JSON."""
        step = self._step(change, before, _words(change.new.body))
        index = change.new.body.index
        found = (Ref(tag, (*change.ref.path, index)) for tag in _INDEXES)
        consumes = tuple(ref for ref in found if ref in after)
        yield self.made(change, msgspec.structs.replace(step, consumes=consumes))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`REPLICA IDENTITY …` takes the place of what was there."""
        yield from self.create(change, before, after)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`REPLICA IDENTITY DEFAULT`: the primary key, if there is one."""
        yield self.gone(change, before, self._step(change, before, "DEFAULT"))

    def _step(self, change: Change, before: Catalog, words: str) -> Step:
        table = table_of(change.ref)
        return Step(
            description=f"Change replica identity of table {spoken(table.path)}",
            sql=(f"ALTER TABLE {qualified(*table.path)} REPLICA IDENTITY {words}",),
            locks=existing(before, ACCESS_EXCLUSIVE, table),
        )


def in_tree(table: Ref, catalog: Catalog) -> dict[str, Any]:
    """What a table says of it in schema JSON."""
    found = catalog.get(Ref(REPLICA_IDENTITY, table.path))
    return {"replica_identity": msgspec.to_builtins(found.body)} if found else {}


def from_tree(table: Ref, item: Any) -> Iterator[Node]:
    """The reverse of `in_tree`. Raises `msgspec.ValidationError`."""
    if item is not None:
        body = msgspec.convert(item, ReplicaIdentityBody)
        yield Node(ref=Ref(REPLICA_IDENTITY, table.path), parent=table, body=body)


def _words(body: ReplicaIdentityBody) -> str:
    return f"USING INDEX {quote(body.index)}" if body.rows == "index" else body.rows.upper()
