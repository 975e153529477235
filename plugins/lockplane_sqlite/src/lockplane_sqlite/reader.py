"""Reader: what the kinds read together, in a handful of queries that name no single object."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from lockplane_core.errors import LockplaneError
from lockplane_core.model.ref import Ref
from lockplane_core.spi.reader import Reader
from lockplane_sqlite import refs
from lockplane_sqlite.ddl.cursor import Cursor, Unreadable
from lockplane_sqlite.ddl.mentions import mentions
from lockplane_sqlite.ddl.table import read_table
from lockplane_sqlite.quote import fold
from lockplane_sqlite.tokens import Unterminated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar

    from lockplane_sqlite.ddl.shapes import TableText
    from lockplane_sqlite.tokens import Token

    _T = TypeVar("_T")

_OBJECTS = """
SELECT type, name, tbl_name, sql FROM sqlite_schema
WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"""
# What a table is, its text does not tell: the tables behind a virtual one look like any other.
_TABLES = "SELECT name, type FROM pragma_table_list WHERE schema = 'main'"
_COLUMNS = """
SELECT m.name, x.name, x."notnull", x.pk, x.hidden
FROM sqlite_schema AS m JOIN pragma_table_xinfo(m.name, 'main') AS x
WHERE m.type = 'table' AND m.rootpage > 0 ORDER BY m.rowid, x.cid"""
_FOREIGN_KEYS = """
SELECT m.name, count(DISTINCT f.id)
FROM sqlite_schema AS m JOIN pragma_foreign_key_list(m.name, 'main') AS f
WHERE m.type = 'table' AND m.rootpage > 0 GROUP BY m.name"""


class Stored(NamedTuple):
    """A row of sqlite_schema."""

    type: str
    name: str
    table: str
    sql: str


class ColumnFact(NamedTuple):
    """What a pragma says of a column."""

    name: str
    not_null: bool
    key_place: int
    hidden: int


class TableFact(NamedTuple):
    """A table as it is written, and what pragmas say of it."""

    ref: Ref
    text: TableText
    columns: tuple[ColumnFact, ...]


class SqliteReader(Reader):
    """Everything in `main`, read once and shared by the kinds."""

    @cached_property
    def objects(self) -> tuple[Stored, ...]:
        """What has a definition, in the order in which it was made."""
        return tuple(Stored(*row) for row in self.session.query(_OBJECTS))

    @cached_property
    def table_types(self) -> Mapping[str, str]:
        """`table`, `virtual`, `shadow` or `view`, by name."""
        return dict(self.session.query(_TABLES))

    @cached_property
    def tables(self) -> tuple[TableFact, ...]:
        """Ordinary tables, their texts checked against what the pragmas say."""
        columns: defaultdict[str, list[ColumnFact]] = defaultdict(list)
        for table, name, not_null, key_place, hidden in self.session.query(_COLUMNS):
            columns[table].append(ColumnFact(name, bool(not_null), key_place, hidden))
        keys: Mapping[str, int] = dict(self.session.query(_FOREIGN_KEYS))
        found = []
        for stored in self.of_type("table", "table"):
            text = self.read(stored, read_table)
            _verify(stored, text, columns[stored.name], keys.get(stored.name, 0))
            found.append(TableFact(refs.table(stored.name), text, tuple(columns[stored.name])))
        return tuple(found)

    def of_type(self, stored_type: str, table_type: str = "") -> Iterable[Stored]:
        """The objects of one type; of tables, those of one sort."""
        for stored in self.objects:
            if stored.type == stored_type and (
                not table_type or self.table_types[stored.name] == table_type
            ):
                yield stored

    def read(self, stored: Stored, reader: Callable[[Cursor], _T]) -> _T:
        """The definition of an object. Raises `LockplaneError` that names it."""
        try:
            found: _T = _read(reader, stored.sql)
        except (Unreadable, Unterminated) as error:
            raise _unreadable(stored, str(error)) from error
        return found

    # -- what names mean -------------------------------------------------------------------

    @cached_property
    def _owners(self) -> Mapping[str, Ref]:
        tags = {"table": refs.TABLE, "shadow": refs.TABLE, "view": refs.VIEW}
        return {
            fold(stored.name): Ref(
                tags.get(self.table_types[stored.name], refs.VIRTUAL_TABLE), (stored.name,)
            )
            for stored in self.objects
            if stored.type in ("table", "view")
        }

    @cached_property
    def _columns(self) -> Mapping[Ref, Mapping[str, Ref]]:
        return {
            table.ref: {
                fold(column.name): refs.column(table.ref, column.name) for column in table.columns
            }
            for table in self.tables
        }

    def owner(self, name: str) -> Ref:
        """The table or view of that name, in any spelling; a table if there is none."""
        return self._owners.get(fold(name), refs.table(name))

    def columns_of(self, table: Ref, names: Iterable[str]) -> tuple[Ref, ...]:
        """The columns of a table that are among `names`, in any spelling."""
        known = self._columns.get(table, {})
        return tuple(sorted({known[fold(name)] for name in names if fold(name) in known}))

    def needs_of(self, tokens: Sequence[Token], *, but: Ref | None = None) -> tuple[Ref, ...]:
        """What a query or trigger reads and writes: tables, views, and columns of theirs."""
        owners = {self.owner(name.text) for name in mentions(tokens)} - {but}
        words = [token.value for token in tokens if token.kind in ("word", "name")]
        found = set(owners)
        for owner in (*owners, *([but] if but else ())):
            found.update(self.columns_of(owner, words))
        return tuple(sorted(found))


@lru_cache(maxsize=1 << 15)
def _read(reader: Callable[[Cursor], _T], sql: str) -> _T:
    """One run reads the same definitions several times: live, on the scratch, before COMMIT."""
    return reader(Cursor(sql))


def _verify(
    stored: Stored, text: TableText, columns: Sequence[ColumnFact], foreign_keys: int
) -> None:
    """The text was read right exactly if it agrees with SQLite's own reading."""
    read = [column.name.text for column in text.columns]
    if read != [column.name for column in columns] or len(text.foreign_keys) != foreign_keys:
        raise _unreadable(stored, "the columns or foreign keys read are not those SQLite knows")


def _unreadable(stored: Stored, why: str) -> LockplaneError:
    return LockplaneError(
        f"can not read the definition of {stored.type} {stored.name}: {why}",
        hint="This is a bug worth reporting, with the CREATE statement from sqlite_schema.",
        code="unreadable_definition",
    )
