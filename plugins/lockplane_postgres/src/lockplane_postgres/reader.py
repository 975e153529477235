"""PgReader: what the kinds of one introspection share, and the address book that gives needs.

Every object of the server has an address: catalog, oid, and for columns a number. Each kind
notes the addresses of what it found; one query over `pg_depend` then tells who needs whom.
"""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lockplane_core.model.ref import Ref
from lockplane_core.spi.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lockplane_core.spi.session import Row, Session
    from lockplane_postgres.rights import Rights

FIRST_USER_OID = 16384
"""FirstNormalObjectId: what initdb made has a lower oid (transam.h)."""

USER_SCHEMAS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
"""Of `pg_namespace n`: no system, toast or temporary schema (their names are reserved)."""

TABLES = f"""
WITH t AS MATERIALIZED (
  SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relpersistence, c.reltoastrelid,
         c.reloptions, c.relam, c.relreplident, c.relkind, c.relispartition
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.reloftype = 0
    AND {USER_SCHEMAS}
)
"""
"""Begins a query: `t` are the tables that are modelled (no typed ones)."""

_TABLES = TABLES + "SELECT t.oid, t.schema, t.name FROM t"


_OTHER_COLUMNS = (
    TABLES
    + f"""
SELECT c.oid, a.attnum, a.attname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('m', 'r', 'p') AND {USER_SCHEMAS}
  AND NOT EXISTS (SELECT FROM t WHERE t.oid = c.oid)
"""
)
# A view, since the catalog itself is for superusers alone; its joins are spared where no server is.
_USER_MAPPINGS = "SELECT NULL, 'pg_user_mapping', umid FROM pg_user_mappings"

_CATALOGS = """
SELECT relname, oid FROM pg_class
WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
"""

Address = tuple[int, int, int]
"""Where the server keeps an object: the oid of the catalog (that of `pg_class`), its own, and the
number of a column or 0; as pg_depend has it three of its columns. There are very many of them."""


class PgReader(Reader):
    """A session inside its snapshot, and the refs of the addresses that were noted so far."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.major = int(session.version.partition(".")[0])
        self.refs: dict[Address, Ref] = {}
        self.claimed: set[str] = set()
        self.manages_privileges = False
        self.manages_owners = False

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """All rows of a catalog query."""
        return self.session.query(sql, params)

    def since(self, major: int | str, sql: str, otherwise: str) -> str:
        """A piece of a query that servers before `major` do not understand."""
        return sql if self.major >= int(major) else otherwise

    @cached_property
    def catalogs(self) -> Mapping[str, int]:
        """The oids of the system's own tables by name."""
        return dict(self.rows(_CATALOGS))

    def address(self, catalog: str, oid: int, sub: int = 0) -> Address:
        """The address of an object in a catalog that is named."""
        return (self.catalogs[catalog], oid, sub)

    def note(self, ref: Ref, catalog: str, oid: int, sub: int = 0) -> Ref:
        """Remember the address of an object that a kind models, and return its ref."""
        self.refs[self.catalogs[catalog], oid, sub] = ref
        return ref

    def ref(self, catalog: str, oid: int, sub: int = 0) -> Ref | None:
        """The ref that was noted for an address."""
        return self.refs.get((self.catalogs[catalog], oid, sub))

    def column_names(self, table: int, numbers: Iterable[int]) -> tuple[str, ...]:
        """The names of the columns with these numbers."""
        return tuple([self._column_name(table, number) for number in numbers])

    def _column_name(self, table: int, number: int) -> str:
        ref = self.ref("pg_class", table, number)
        return ref.name if ref else self._other_columns[table, number]

    @cached_property
    def _other_columns(self) -> Mapping[tuple[int, int], str]:
        """The names of columns that are no nodes, by relation and number."""
        return {(table, number): name for table, number, name in self.rows(_OTHER_COLUMNS)}

    def claim(self, *labels: str) -> None:
        """Say that facts with these labels of `Unmodelled` are modelled after all.

        Whole objects need no claim: those whose address was noted are known to be modelled.
        """
        self.claimed.update(labels)

    @cached_property
    def rights(self) -> Mapping[Ref, Rights]:
        """Owner and privileges of all that was noted so far; so it is asked for last."""
        from lockplane_postgres.rights import rights

        return rights(self)

    @property
    def kept(self) -> Mapping[Ref, Rights]:
        """Of the rights, what no node tells."""
        found = self.rights
        if self.manages_privileges:
            found = {ref: own.without_privileges() for ref, own in found.items()}
        if self.manages_owners:
            found = {ref: replace(own, has_owner_node=True) for ref, own in found.items()}
        return found

    @cached_property
    def default_privileges(self) -> Sequence[Row]:
        """What new objects get (see `rights.OFFERED`)."""
        from lockplane_postgres.rights import OFFERED

        return self.rows(OFFERED)

    @cached_property
    def inventory(self) -> Sequence[Row]:
        """Label (or None), catalog and oid of whatever may be an object that no kind models."""
        found = files("lockplane_postgres").joinpath("catalog", "strays.sql")
        rows = self.rows(found.read_text(encoding="utf-8"))
        has_servers = any(catalog == "pg_foreign_server" for _, catalog, _ in rows)
        return [*rows, *self.rows(_USER_MAPPINGS)] if has_servers else rows

    def holds(self, sort: str) -> bool:
        """Whether there is anything with that label or of that catalog in the inventory.

        What few databases have costs the others no query.
        """
        return sort in self._sorts

    @cached_property
    def _sorts(self) -> frozenset[str]:
        return frozenset(sort for row in self.inventory for sort in row[:2] if sort)

    @cached_property
    def tables(self) -> Mapping[int, Ref]:
        """The modelled tables by oid."""
        return {
            oid: Ref("postgres.table", (schema, name)) for oid, schema, name in self.rows(_TABLES)
        }


def unowned(catalog: str, oid: str) -> str:
    """A condition: no extension owns the object of that catalog with that oid, nor another object.

    A range type owns its cast to the multirange, for one.
    """
    return (
        f"NOT EXISTS (SELECT FROM pg_depend own WHERE own.classid = '{catalog}'::regclass "
        f"AND own.objid = {oid} AND own.deptype IN ('e', 'i'))"
    )


def of_tables(reader: PgReader, rows: Iterable[Row]) -> Iterable[tuple[Ref, Row]]:
    """Those rows whose first value is the oid of a modelled table, with its ref."""
    for row in rows:
        table = reader.tables.get(row[0])
        if table is not None:
            yield table, row


def as_pg(reader: Reader) -> PgReader:
    """The reader as what the dialect made it."""
    return reader  # type: ignore[return-value]  # Dialect.reader() of ours makes no other
