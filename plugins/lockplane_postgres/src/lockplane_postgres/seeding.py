"""Synthetic rows for the proof, and what tells whether a table or column was made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.errors import StatementFailed
from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import descent, fitting_rows, tags
from lockplane_postgres.kinds.tags import COLUMN, DEFAULT, FOREIGN_KEY, PARTITION, TABLE
from lockplane_postgres.kinds.type_uses import spellings
from lockplane_postgres.quote import literal, names, qualified, quote
from lockplane_postgres.reader import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.spi.session import Session

_SAMPLES: Mapping[str, str] = {
    "bigint": "1", "bit": "1", "bit varying": "1", "boolean": "true", "box": "(1,1),(0,0)",
    "bytea": "\\x01", "character": "x", "character varying": "x", "cidr": "10.0.0.0/8",
    "circle": "<(0,0),1>", "citext": "x", "date": "2000-01-01", "double precision": "1",
    "hstore": "a=>1", "inet": "10.0.0.1", "integer": "1", "interval": "1 day", "json": "{}",
    "jsonb": "{}", "line": "{1,1,1}", "lseg": "[(0,0),(1,1)]", "ltree": "a",
    "macaddr": "08:00:2b:01:02:03", "macaddr8": "08:00:2b:01:02:03:04:05", "money": "1",
    "name": "x", "numeric": "1", "oid": "1", "path": "[(0,0),(1,1)]", "point": "(0,0)",
    "polygon": "((0,0),(1,1),(1,0))", "real": "1", "smallint": "1", "text": "x",
    "time": "12:00", "timestamp": "2000-01-01", "tsquery": "x", "tsvector": "x",
    "uuid": "00000000-0000-4000-8000-000000000001", '"char"': "x", "xml": "<x/>",
}  # fmt: skip
_MADE_OF = frozenset({tags.COMPOSITE, tags.DOMAIN, tags.ENUM, tags.RANGE})
_IDENTITIES = (
    TABLES
    + """
SELECT t.schema, t.name, t.oid, NULL, 0 FROM t
UNION ALL
SELECT t.schema, t.name, t.oid, a.attname, a.attnum
FROM t JOIN pg_attribute a ON a.attrelid = t.oid
WHERE a.attnum > 0 AND NOT a.attisdropped
"""
)


def seed(session: Session, catalog: Catalog, table: Ref) -> bool:
    """One row in the table, and one in each empty table that it references."""
    return _Seeding(session, catalog).fill(table)


class _Seeding:
    """Rows put in depth first; a table is tried once."""

    def __init__(self, session: Session, catalog: Catalog) -> None:
        self.session = session
        self.catalog = catalog
        self.tried: set[Ref] = set()

    def fill(self, table: Ref) -> bool:
        if table not in self.catalog:
            return False
        if self.catalog[table].body.partition_by:  # its rows are those of its partitions
            filled = [self.fill(child) for child in descent.children(table, self.catalog)]
            return any(filled)
        if count_rows(self.session, table):
            return True
        if table in self.tried:
            return False
        self.tried.add(table)
        keys = {n.ref: n for n in self.catalog.children(table, FOREIGN_KEY)}
        for node in keys.values():
            self.fill(Ref(TABLE, node.body.references))
        # All columns, or if that breaks a rule (a check, an empty parent), only those that must.
        return any(self._insert(table, columns) for columns in self._choices(table))

    def _choices(self, table: Ref) -> Iterator[list[Node]]:
        columns = [n for n in self.catalog.children(table, COLUMN) if self._is_writable(n)]
        yield columns
        yield [
            node
            for node in columns
            if not node.body.nullable and Ref(DEFAULT, node.ref.path) not in self.catalog
        ]

    def _is_writable(self, column: Node) -> bool:
        return column.body.generated is None and column.body.identity is None

    def _insert(self, table: Ref, columns: list[Node]) -> bool:
        fitting = self._fitting(table)
        values = [fitting.get(node.ref) or self._value(table, node) for node in columns]
        target = qualified(*table.path)
        into = names(node.ref.name for node in columns)
        sql = (
            f"INSERT INTO {target} ({into}) VALUES ({', '.join(values)})"
            if columns
            else f"INSERT INTO {target} DEFAULT VALUES"
        )
        try:
            with self.session.transaction():
                self.session.execute(sql)
        except StatementFailed:
            return False
        return True

    def _fitting(self, table: Ref) -> dict[Ref, str]:
        """Values that the bounds of a partition ask for, where those are of plain columns."""
        from lockplane_postgres.parse.bounds import fitting

        link = self.catalog.get(Ref(PARTITION, table.path))
        found: dict[Ref, str] = {}
        for one in fitting_rows.links(link, self.catalog) if link else ():
            bounds = fitting_rows.bounds_of(one, self.catalog)
            columns = [table.child(COLUMN, name) for name in bounds.columns] if bounds else []
            if bounds and columns:
                types = [self.catalog[column].body.type for column in columns]
                values = fitting(bounds, types, qualified(*one.body.parent))
                found = dict(zip(columns, values, strict=True)) | found
        return found

    def _value(self, table: Ref, column: Node) -> str:
        for key in self.catalog.children(table, FOREIGN_KEY):
            if column.ref.name in key.body.columns:
                place = key.body.columns.index(column.ref.name)
                parent = qualified(*key.body.references)
                return f"(SELECT {quote(key.body.referenced_columns[place])} FROM {parent} LIMIT 1)"
        return self._sample(column.body.type, column)

    def _sample(self, type_: str, typed: Node) -> str:
        """Some value of a type that a node has, which may be made of other types."""
        made_here = (need for need in typed.needs if need.kind in _MADE_OF)
        known = next((self.catalog.get(n) for n in made_here if spellings(n)[0] == type_), None)
        if known is None:
            return sample(type_)
        match known.ref.kind:
            case tags.ENUM if known.body.values:
                return f"{literal(known.body.values[0])}::{type_}"
            case tags.DOMAIN:
                return f"{self._sample(known.body.type, known)}::{type_}"
            case tags.COMPOSITE:
                parts = [self._sample(part.type, known) for part in known.body.attributes]
                return f"ROW({', '.join(parts)})::{type_}"
            case tags.RANGE:
                return f"'empty'::{type_}"
        return sample(type_)


def sample(type_: str) -> str:
    """An expression that gives some value of a type: NULL where none is known."""
    if type_.endswith("[]"):
        return f"'{{}}'::{type_}"
    base = type_.partition("(")[0]
    if type_.startswith(("time", "interval")):
        base = base.partition(" with")[0].strip()
    found = _SAMPLES.get(base) or _SAMPLES.get(base.rpartition(".")[2])
    if found is not None:
        return f"{literal(found)}::{type_}"
    if base.endswith("range"):
        return f"'empty'::{type_}"
    return "NULL"


def count_rows(session: Session, table: Ref) -> int:
    """How many rows a table holds itself: those of partitions and heirs are counted there."""
    ((count,),) = session.query(f"SELECT count(*) FROM ONLY {qualified(*table.path)}")
    return int(count)


def identities(session: Session) -> dict[Ref, str]:
    """The oid of each table and the number of each column."""
    found = {}
    for schema, table, oid, column, number in session.query(_IDENTITIES):
        if column is None:
            found[Ref(TABLE, (schema, table))] = str(oid)
        else:
            found[Ref(COLUMN, (schema, table, column))] = f"{oid}.{number}"
    return found
