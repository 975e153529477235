"""Parts: what a random schema consists of, before anybody writes it as SQL.

Choices that depend on one another (a default on its type) are numbers, which mean one of what
there is to choose from. So any part may change or go, and `sound` finds out what that means
for the others.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lockplane_core.testing.vocabulary import Storage, Vocabulary, pick

ID = "id"
"""The name of a key column."""
NO_KEY = -1


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Something of a schema."""


class Column(Part, frozen=True):
    """A column; one that is `computed` names its source, and has the type of that."""

    name: str
    type: str
    default: int | None = None
    is_required: bool = False
    option: int = 0
    computed: str = ""
    wrap: int = 0
    form: int = 0


class Table(Part, frozen=True):
    """A table and its columns, beside a key column unless `key` is `NO_KEY`."""

    name: str
    columns: tuple[Column, ...]
    storage: int = 0
    key: int = 0

    def column(self, name: str) -> Column | None:
        """A column by name; the key column is none."""
        return next((column for column in self.columns if column.name == name), None)


class OnTable(Part, frozen=True):
    """A part of a table, with a name of its own unless that is empty."""

    name: str
    table: str
    columns: tuple[str, ...]


class Key(OnTable, frozen=True):
    """PRIMARY KEY or UNIQUE."""

    is_primary: bool = False


class Check(OnTable, frozen=True):
    """CHECK about a column and a value of it."""

    form: int = 0
    literal: int = 0


class ForeignKey(OnTable, frozen=True):
    """FOREIGN KEY to a key column (`parent_columns` is then empty) or to a key."""

    parent: str
    parent_columns: tuple[str, ...] = ()
    action: int = 0


class Index(OnTable, frozen=True):
    """CREATE INDEX; `wrap` makes it one of expressions, `where` a partial one."""

    is_unique: bool = False
    wrap: int | None = None
    where: int | None = None


class View(Part, frozen=True):
    """CREATE VIEW over one or two tables or views; a column is its source's number and name."""

    name: str
    sources: tuple[str, ...]
    columns: tuple[tuple[int, str], ...]
    where: bool = False


class Remark(OnTable, frozen=True):
    """A statement about a table and a column of it."""

    group: str
    text: int = 0


class Schema(Part, frozen=True):
    """All parts, each sort in its own order."""

    declared: tuple[tuple[str, int], ...] = ()
    tables: tuple[Table, ...] = ()
    keys: tuple[Key, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    views: tuple[View, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def table(self, name: str) -> Table | None:
        """A table by name."""
        return next((table for table in self.tables if table.name == name), None)


def sound(words: Vocabulary, schema: Schema) -> Schema:
    """The schema without what refers to something that it does not have."""
    return _Sounding(words, schema).done()


def targets(schema: Schema) -> list[tuple[str, tuple[str, ...]]]:
    """What foreign keys may refer to: the key column of a table (no names), or a key."""
    own = [(table.name, ()) for table in schema.tables if table.key != NO_KEY]
    return [*own, *((key.table, key.columns) for key in schema.keys)]


class _Sounding:
    """One schema made sound, from what stands alone to what stands on most."""

    def __init__(self, words: Vocabulary, schema: Schema) -> None:
        self.words, self.schema = words, schema
        self.declared = tuple((n, v) for n, v in schema.declared if n in words.declared)
        self.types = words.known(self.declared)
        self.taken: set[str] = set()
        self.tables = {t.name: self._table(t) for t in schema.tables if self._is_free(t.name)}

    def done(self) -> Schema:
        keys = self._keys()
        base = Schema(declared=self.declared, tables=tuple(self.tables.values()), keys=keys)
        views = tuple(self._views())
        return msgspec.structs.replace(
            base,
            views=views,
            checks=tuple(self._named(self.schema.checks)),
            foreign_keys=tuple(self._foreign_keys(base)),
            indexes=tuple(self._named(self.schema.indexes)),
            remarks=tuple(self._remarks()),
        )

    def _is_free(self, name: str) -> bool:
        """Whether nothing has a name yet; from now on something has."""
        is_free = name not in self.taken
        self.taken |= {name} if name else set()
        return is_free

    # -- tables ----------------------------------------------------------------------------

    def _table(self, table: Table) -> Table:
        storage = pick(self.words.storages, table.storage)
        plain = [self._typed(c, storage) for c in table.columns if not c.computed]
        sources = {column.name: column for column in plain}
        columns = [self._computed(self._typed(c, storage), sources) for c in table.columns]
        is_keyed = bool(storage.identifiers) or not columns
        key = max(table.key, 0) if is_keyed else table.key
        return msgspec.structs.replace(table, columns=tuple(columns), key=key)

    def _typed(self, column: Column, storage: Storage) -> Column:
        allowed = storage.types or tuple(self.types)
        fits = column.type in self.types and column.type in allowed
        return column if fits else msgspec.structs.replace(column, type=allowed[0])

    def _computed(self, column: Column, sources: dict[str, Column]) -> Column:
        """A column that is computed, if its source and a form to compute it in are there."""
        source = sources.get(column.computed)
        forms = self.words.generated
        if source is None or not forms or not self.types[source.type].wraps:
            return msgspec.structs.replace(column, computed="")
        return msgspec.structs.replace(column, type=source.type, default=None, is_required=False)

    def _has(self, part: OnTable) -> bool:
        table = self.tables.get(part.table)
        return table is not None and all(table.column(name) for name in part.columns)

    def _named(self, parts: tuple[Any, ...]) -> list[Any]:
        return [part for part in parts if self._has(part) and self._is_free(part.name)]

    # -- keys ------------------------------------------------------------------------------

    def _keys(self) -> tuple[Key, ...]:
        found: dict[object, Key] = {}
        for key in self.schema.keys:
            what = (key.table, "primary" if key.is_primary else key.columns)
            fits = what not in found and self._has(key) and self._may_be(key)
            if fits and self._is_free(key.name):
                found[what] = key
        return tuple(found.values())

    def _may_be(self, key: Key) -> bool:
        table = self.tables[key.table]
        computed = [c for c in table.columns if c.computed and c.name in key.columns]
        return not (key.is_primary and (table.key != NO_KEY or computed))

    def _foreign_keys(self, base: Schema) -> list[ForeignKey]:
        there = set(targets(base))
        return [
            key
            for key in self._named(self.schema.foreign_keys)
            if (key.parent, key.parent_columns) in there and self._compares(key)
        ]

    def _compares(self, key: ForeignKey) -> bool:
        child, parent = self.tables[key.table], self.tables[key.parent]
        own = [child.column(name) for name in key.columns]
        if any(column is None or column.computed for column in own):
            return False
        types = [column.type for column in own if column]
        if not key.parent_columns:
            return len(types) == 1 and types[0] in self.words.references
        theirs = [parent.column(name) for name in key.parent_columns]
        return types == [column.type for column in theirs if column]

    # -- what stands on tables -------------------------------------------------------------

    def _views(self) -> list[View]:
        outputs = {
            table.name: {*(column.name for column in table.columns)}
            | ({ID} if table.key != NO_KEY else set())
            for table in self.tables.values()
        }
        found = []
        for view in self.schema.views:
            if not all(source in outputs for source in view.sources):
                continue
            columns = tuple(
                (number, name)
                for number, name in view.columns
                if number < len(view.sources) and name in outputs[view.sources[number]]
            )
            unique = {name: (number, name) for number, name in reversed(columns)}
            kept = tuple(column for column in columns if column in unique.values())
            if kept and self._is_free(view.name):
                found.append(msgspec.structs.replace(view, columns=kept))
                outputs[view.name] = set(unique)
        return found

    def _remarks(self) -> list[Remark]:
        there = [r for r in self.schema.remarks if r.group in self.words.remarks]
        by_place = {self._place(remark): remark for remark in there}
        return self._named(tuple(by_place.values()))

    def _place(self, remark: Remark) -> tuple[str, ...]:
        """What a remark is about, where only one can be; those with a name may be many."""
        texts = "".join(self.words.remarks[remark.group])
        if "{name}" in texts:
            return (remark.group, remark.name)
        columns = remark.columns if "{column}" in texts else ()
        return (remark.group, remark.table, *columns)
