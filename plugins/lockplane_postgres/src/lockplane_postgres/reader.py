"""PgReader: what the kinds of one introspection share, and the address book that gives needs.

Every object of the server has an address: catalog, oid, and for columns a number. Each kind
notes the addresses of what it found; one query over `pg_depend` then tells who needs whom.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_core.spi.dialect import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lockplane_core.spi.session import Row, Session

FIRST_USER_OID = 16384
"""FirstNormalObjectId: what initdb made has a lower oid (transam.h)."""

USER_SCHEMAS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
"""Of `pg_namespace n`: no system, toast or temporary schema (their names are reserved)."""

TABLES = f"""
WITH t AS MATERIALIZED (
  SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relpersistence, c.reltoastrelid,
         c.reloptions, c.relam, c.relreplident
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND NOT c.relispartition
    AND c.reloftype = 0 AND {USER_SCHEMAS}
    AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid)
)
"""
"""Begins a query: `t` are the tables that are modelled (no partitions, no inheriting ones)."""

_TABLES = TABLES + "SELECT t.oid, t.schema, t.name FROM t"


class Address(msgspec.Struct, frozen=True, gc=False):
    """Where the server keeps an object: `pg_class`, its oid, and the number of a column.

    Like refs they are many, and none is part of a cycle (`gc=False`).
    """

    catalog: str
    oid: int
    sub: int = 0

    @property
    def whole(self) -> Address:
        """The object that a column belongs to."""
        return Address(self.catalog, self.oid)


class PgReader(Reader):
    """A session inside its snapshot, and the refs of the addresses that were noted so far."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.major = int(session.version.partition(".")[0])
        self.refs: dict[Address, Ref] = {}
        self.claimed: set[str] = set()

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """All rows of a catalog query."""
        return self.session.query(sql, params)

    def since(self, major: int | str, sql: str, otherwise: str) -> str:
        """A piece of a query that servers before `major` do not understand."""
        return sql if self.major >= int(major) else otherwise

    def note(self, ref: Ref, catalog: str, oid: int, sub: int = 0) -> Ref:
        """Remember the address of an object that a kind models, and return its ref."""
        self.refs[Address(catalog, oid, sub)] = ref
        return ref

    def ref(self, catalog: str, oid: int, sub: int = 0) -> Ref | None:
        """The ref that was noted for an address."""
        return self.refs.get(Address(catalog, oid, sub))

    def claim(self, *labels: str) -> None:
        """Say that facts with these labels of `Unmodelled` are modelled after all.

        Whole objects need no claim: those whose address was noted are known to be modelled.
        """
        self.claimed.update(labels)

    @cached_property
    def tables(self) -> Mapping[int, Ref]:
        """The modelled tables by oid."""
        return {
            oid: Ref("postgres.table", (schema, name)) for oid, schema, name in self.rows(_TABLES)
        }


def of_tables(reader: PgReader, rows: Iterable[Row]) -> Iterable[tuple[Ref, Row]]:
    """Those rows whose first value is the oid of a modelled table, with its ref."""
    for row in rows:
        table = reader.tables.get(row[0])
        if table is not None:
            yield table, row
