"""Writing: a random schema as SQL, rows for it, and what must become of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.testing.parts import ID, NO_KEY
from lockplane_core.testing.vocabulary import LONGEST, Identifier, pick, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.testing.parts import (
        Check,
        Column,
        ForeignKey,
        Index,
        Key,
        OnTable,
        Remark,
        Schema,
        Table,
        View,
    )
    from lockplane_core.testing.vocabulary import Type, Vocabulary

_CHECKS = ("{0} <> {1}", "{0} IN ({1}, {2})", "{0} IS NOT NULL OR {0} = {1}")
_ACTIONS = (
    "",
    " ON DELETE CASCADE",
    " ON UPDATE SET NULL",
    " ON DELETE SET NULL ON UPDATE CASCADE",
    " DEFERRABLE INITIALLY DEFERRED",
)


def written(words: Vocabulary, schema: Schema) -> tuple[str, ...]:
    """The statements that make a sound schema, in an order in which they can run."""
    return tuple(_Writing(words, schema).statements())


class _Writing:
    """One schema as SQL."""

    def __init__(self, words: Vocabulary, schema: Schema) -> None:
        self.words, self.schema = words, schema
        self.types = words.known(schema.declared)

    def statements(self) -> Iterator[str]:
        """What stands alone first."""
        for name, form in self.schema.declared:
            yield pick(self.words.declared[name], form).sql
        made: set[str] = set()
        late: list[ForeignKey] = []
        for table in self.schema.tables:
            made.add(table.name)
            mine = [key for key in self.schema.foreign_keys if key.table == table.name]
            early = [key for key in mine if key.parent in made or not self.words.alters]
            late += [key for key in mine if key not in early]
            yield self._table(table, early)
        for key in late:
            yield f"ALTER TABLE {quoted(key.table)} ADD {self._foreign_key(key)}"
        yield from map(self._index, self.schema.indexes)
        yield from map(self._view, self.schema.views)
        yield from map(self._remark, self.schema.remarks)

    # -- tables ----------------------------------------------------------------------------

    def _table(self, table: Table, foreign_keys: Iterable[ForeignKey]) -> str:
        lines = [
            *self._identifier(table),
            *(self._column(column) for column in table.columns),
            *(self._key(key) for key in self.schema.keys if key.table == table.name),
            *(self._check(check) for check in self.schema.checks if check.table == table.name),
            *(self._foreign_key(key) for key in foreign_keys),
        ]
        storage = pick(self.words.storages, table.storage).sql
        return f"CREATE TABLE {quoted(table.name)} (\n  {_commas(lines, newline=True)}\n){storage}"

    def _identifier(self, table: Table) -> list[str]:
        found = identifier(self.words, table)
        return [f"{ID} {found.sql}"] if found else []

    def _column(self, column: Column) -> str:
        type_ = self.types[column.type]
        option = f" {pick(type_.options, column.option)}" if type_.options else ""
        start = f"{quoted(column.name)} {type_.name}{option.rstrip()}"
        if column.computed:
            value = pick(type_.wraps, column.wrap).format(quoted(column.computed))
            return f"{start} {pick(self.words.generated, column.form).format(value)}"
        default = ""
        if column.default is not None:
            default = f" DEFAULT {pick((*type_.literals, *type_.defaults), column.default)}"
        return f"{start}{default}{' NOT NULL' if column.is_required else ''}"

    def _key(self, key: Key) -> str:
        word = "PRIMARY KEY" if key.is_primary else "UNIQUE"
        return f"{_constraint(key)}{word} ({_names(key.columns)})"

    def _check(self, check: Check) -> str:
        (name,) = check.columns
        type_ = self._type(check.table, name)
        one, other = pick(type_.literals, check.literal), pick(type_.literals, check.literal + 1)
        condition = pick(_CHECKS, check.form).format(quoted(name), one, other)
        return f"{_constraint(check)}CHECK ({condition})"

    def _foreign_key(self, key: ForeignKey) -> str:
        theirs = _names(key.parent_columns or (ID,))
        parent = f"{quoted(key.parent)} ({theirs}){pick(_ACTIONS, key.action)}"
        return f"{_constraint(key)}FOREIGN KEY ({_names(key.columns)}) REFERENCES {parent}"

    def _type(self, table: str, column: str) -> Type:
        found = self.schema.table(table)
        its = found.column(column) if found else None
        assert its is not None, "the schema is not sound"
        return self.types[its.type]

    # -- what stands on tables -------------------------------------------------------------

    def _index(self, index: Index) -> str:
        keys = _commas(self._index_key(index, name) for name in index.columns)
        where = ""
        if index.where is not None:
            name = index.columns[-1]
            literal = pick(self._type(index.table, name).literals, index.where)
            where = f" WHERE {quoted(name)} <> {literal}"
        unique = "UNIQUE " if index.is_unique else ""
        start = f"CREATE {unique}INDEX {quoted(index.name)}"
        return f"{start} ON {quoted(index.table)} ({keys}){where}"

    def _index_key(self, index: Index, name: str) -> str:
        wraps = self._type(index.table, name).wraps
        if index.wrap is None or not wraps:
            return quoted(name)
        return f"({pick(wraps, index.wrap).format(quoted(name))})"

    def _view(self, view: View) -> str:
        columns = _commas(f"{_alias(number)}.{quoted(name)}" for number, name in view.columns)
        sources = " CROSS JOIN ".join(
            f"{quoted(source)} AS {_alias(number)}" for number, source in enumerate(view.sources)
        )
        number, name = view.columns[0]
        where = f" WHERE {_alias(number)}.{quoted(name)} IS NOT NULL" if view.where else ""
        return f"CREATE VIEW {quoted(view.name)} AS SELECT {columns} FROM {sources}{where}"

    def _remark(self, remark: Remark) -> str:
        text = pick(self.words.remarks[remark.group], remark.text)
        (column,) = remark.columns
        others = {w: f"{n} {remark.name}"[:LONGEST] for n, w in ((2, "second"), (3, "third"))}
        names = {"name": remark.name, **others, "table": remark.table, "column": column}
        return text.format(**{word: quoted(name) for word, name in names.items()})


def identifier(words: Vocabulary, table: Table) -> Identifier | None:
    """How the key column of a table is declared."""
    if table.key == NO_KEY:
        return None
    choices = pick(words.storages, table.storage).identifiers or words.identifiers
    return pick(choices, table.key)


# -- rows ----------------------------------------------------------------------------------------


def rows(words: Vocabulary, before: Schema, after: Schema) -> tuple[str, ...]:
    """INSERTs into the tables of `before`, in values that have a chance in `after`.

    A row may meet a constraint that it breaks.
    """
    return tuple(
        _row(words, before, after, table, number)
        for number in range(3)
        for table in before.tables
        if table.columns or table.key != NO_KEY
    )


def _row(words: Vocabulary, before: Schema, after: Schema, table: Table, number: int) -> str:
    types = words.known(before.declared)
    found = identifier(words, table)
    cells = [(ID, str(number + 1))] if found and not found.counts else []
    for column in table.columns:
        if not column.computed:
            value = _value(types[column.type], column, _later(after, table, column), number)
            cells.append((column.name, value))
    if not cells:
        return f"INSERT INTO {quoted(table.name)} DEFAULT VALUES"
    names, values = zip(*cells, strict=True)
    return f"INSERT INTO {quoted(table.name)} ({_names(names)}) VALUES ({_commas(values)})"


def _value(type_: Type, column: Column, later: Column | None, number: int) -> str:
    """The first value, which most types take, where the type changes; else one after another."""
    is_required = column.is_required or (later is not None and later.is_required)
    if number == 1 and not is_required:
        return "NULL"
    is_same = later is None or later.type == column.type
    return pick(type_.literals, number if is_same else 0)


def _later(after: Schema, table: Table, column: Column) -> Column | None:
    there = after.table(table.name)
    return there.column(column.name) if there else None


def kept(before: Schema, after: Schema) -> tuple[str, ...]:
    """Queries whose answers are the same before, after, and after the way back."""
    return tuple(
        f"SELECT {_commas(['1', *_alike(table, there)])} FROM {quoted(table.name)}"
        for table in before.tables
        if (there := after.table(table.name))
    )


def _alike(table: Table, there: Table) -> list[str]:
    """The columns that both have with the same values."""
    own = [ID] if NO_KEY not in (table.key, there.key) else []
    for column in table.columns:
        other = there.column(column.name)
        if other and _holds_same(column, other):
            own.append(quoted(column.name))
    return own


def loses(before: Schema, after: Schema) -> bool:
    """Whether a table or a stored column is gone."""
    return any(
        there is None
        or (there.key == NO_KEY != table.key)
        or any(_is_gone(column, there) for column in table.columns if not column.computed)
        for table in before.tables
        for there in (after.table(table.name),)
    )


def _is_gone(column: Column, there: Table) -> bool:
    other = there.column(column.name)
    return other is None or bool(other.computed)


def _holds_same(column: Column, other: Column) -> bool:
    """A value of another type may be written differently; NULL may become the default."""
    is_filled = other.is_required and not column.is_required
    is_stored = not column.computed and not other.computed
    return is_stored and column.type == other.type and not is_filled


# -- words ---------------------------------------------------------------------------------------


def _constraint(part: OnTable) -> str:
    return f"CONSTRAINT {quoted(part.name)} " if part.name else ""


def _alias(number: int) -> str:
    return f"s{number}"


def _names(names: Iterable[str]) -> str:
    return _commas(map(quoted, names))


def _commas(items: Iterable[str], *, newline: bool = False) -> str:
    return (",\n  " if newline else ", ").join(items)
