"""Guards: questions to the target about rows that would not follow a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.step import Guard
from lockplane_sqlite import affinity, refs
from lockplane_sqlite.kinds.check import mentioned
from lockplane_sqlite.kinds.column import has_value
from lockplane_sqlite.kinds.parts import columns_in
from lockplane_sqlite.quote import fold, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_sqlite.definition import Definition
    from lockplane_sqlite.kinds.parts import KeyPart


class Copy:
    """The rows of an old table as a new definition would have them."""

    def __init__(self, old: Definition, new: Definition) -> None:
        self.old = old
        self.new = new

    def value(self, node: Node) -> str:
        """The value of a new column in a row that is there already."""
        kept = self.old.column(node.ref.name)
        if node.body.generated is not None:
            return f"({node.body.generated})"
        if kept is None:
            return node.body.default or "NULL"
        name = quote(kept.ref.name)
        return f"ifnull({name}, {node.body.default})" if self.fills(node) else name

    def fills(self, node: Node) -> bool:
        """Whether NULLs that are there become the default: the column is NOT NULL from now on."""
        kept = self.old.column(node.ref.name)
        is_tightened = kept is not None and kept.body.nullable and not node.body.nullable
        return is_tightened and node.body.generated is None and has_value(node.body)

    def rows(self) -> str:
        """All rows, as a FROM clause under the table's own name."""
        stored = [node for node in self.new.columns if node.body.generated is None]
        source = f"(SELECT {self._items(stored)} FROM {quote(self.old.name)})"
        for node in self.computed():  # one after the other: they may use one another
            own = f"({node.body.generated}) AS {quote(node.ref.name)}"
            source = f"(SELECT *, {own} FROM {source})"
        return f"{source} AS {quote(self.new.name)}"

    def computed(self) -> list[Node]:
        """The generated columns, each after those that it uses."""
        waiting = [node for node in self.new.columns if node.body.generated is not None]
        found: list[Node] = []
        while waiting:
            names = [node.ref.name for node in waiting]
            free = [node for node in waiting if not mentioned(node.body.generated, names)]
            found += free or waiting
            waiting = [node for node in waiting if node not in found]
        return found

    def _items(self, nodes: Sequence[Node]) -> str:
        return ", ".join(f"{self.value(node)} AS {quote(node.ref.name)}" for node in nodes)


def of_changes(copy: Copy, changes: Iterable[Change], before: Catalog) -> Iterator[Guard]:
    """What has to be asked before these changes of one table."""
    for change in changes:
        if change.action != "drop":
            for guard in _of_change(copy, change, before):
                yield msgspec.structs.replace(guard, about=change.ref)


def of_kept(copy: Copy, changes: Iterable[Change], indexes: Iterable[Node]) -> Iterator[Guard]:
    """What has to be asked since values change below constraints and indexes that do not."""
    changes = list(changes)
    changed = {change.ref for change in changes}
    moving = _moving(copy, changes)
    for node in copy.new.constraints:
        if node.ref not in changed and moving & columns_of(node, copy.new):
            if node.ref.kind == refs.CHECK:
                yield check(copy, node)
            elif node.ref.kind in (refs.UNIQUE, refs.PRIMARY_KEY):
                yield from _key(copy, node)
    for node in indexes:
        is_unique = node.ref.kind == refs.INDEX and node.body.unique
        if is_unique and moving & {fold(need.name) for need in node.needs}:
            yield unique_index(copy, node)


def columns_of(node: Node, side: Definition) -> frozenset[str]:
    """The folded names of the columns that a constraint is on."""
    if node.ref.kind == refs.CHECK:
        return mentioned(node.body.expression, side.column_names)
    if node.ref.kind == refs.FOREIGN_KEY:
        return frozenset(node.body.columns)
    return frozenset(part.name for part in node.body.columns)


def _moving(copy: Copy, changes: Iterable[Change]) -> set[str]:
    """The folded names of the columns whose values may be other ones, or compare otherwise."""
    found = {
        fold(change.ref.name)
        for change in changes
        if change.ref.kind == refs.COLUMN and change.action != "drop" and _moves(copy, change)
    }
    for node in copy.computed():  # each after those that it uses
        if found & {fold(name) for name in mentioned(node.body.generated, copy.new.column_names)}:
            found.add(fold(node.ref.name))
    return found


def _moves(copy: Copy, change: Change) -> bool:
    if change.action == "create":
        return True
    old, new = change.old.body, change.new.body
    fields = ("type", "collation", "generated")
    return copy.fills(change.new) or any(getattr(old, f) != getattr(new, f) for f in fields)


def _of_change(copy: Copy, change: Change, before: Catalog) -> Iterator[Guard]:
    if change.ref.kind == refs.COLUMN:
        yield from _column(copy, change)
    elif change.ref.kind == refs.CHECK:
        yield check(copy, change.new)
    elif change.ref.kind == refs.FOREIGN_KEY:
        yield from _foreign_key(copy, change.new, before)
    elif change.ref.kind in (refs.UNIQUE, refs.PRIMARY_KEY):
        yield from _key(copy, change.new)


def _column(copy: Copy, change: Change) -> Iterator[Guard]:
    node = change.new
    where = ".".join(node.ref.path)
    if change.action == "create":
        if not node.body.nullable and not has_value(node.body) and not _is_alias(copy, node):
            yield Guard(
                query=f"SELECT 1 FROM {quote(copy.old.name)} LIMIT 1",
                message=f"{where} is NOT NULL and has no DEFAULT, and the table has rows",
            )
        return
    if node.body.generated is not None:
        return
    if change.old.body.nullable and not node.body.nullable and not copy.fills(node):
        yield not_null(copy, node)
    yield from _lossy(copy, change, where)


def not_null(copy: Copy, node: Node) -> Guard:
    """No row may hold NULL."""
    return Guard(
        query=_where(copy.old.name, f"{quote(node.ref.name)} IS NULL"),
        message=f"{'.'.join(node.ref.path)} holds NULL, and shall be NOT NULL",
    )


def _lossy(copy: Copy, change: Change, where: str) -> Iterator[Guard]:
    name, new = quote(change.old.ref.name), change.new.body
    condition = affinity.lossy(name, change.old.body.type, new.type)
    if condition:
        yield Guard(
            query=_where(copy.old.name, condition),
            message=f"{where} holds values that {new.type} would store as other values",
        )
    if copy.new.table.body.strict:
        yield from _strict(copy, change.new)


def of_strictness(copy: Copy) -> Iterator[Guard]:
    """Values that a table which becomes STRICT would refuse."""
    for node in copy.new.columns:
        if copy.old.column(node.ref.name) is not None and node.body.generated is None:
            yield from _strict(copy, node)


def _strict(copy: Copy, node: Node) -> Iterator[Guard]:
    condition = affinity.refused(quote(node.ref.name), node.body.type)
    if condition:
        yield Guard(
            query=_where(copy.old.name, condition),
            message=f"{'.'.join(node.ref.path)} holds values that are no {node.body.type}",
        )


def check(copy: Copy, node: Node) -> Guard:
    """Every row meets a condition; NULL is no objection."""
    return Guard(
        query=f"SELECT 1 FROM {copy.rows()} WHERE NOT ({node.body.expression}) LIMIT 1",
        message=f"rows of {copy.new.name} do not meet CHECK ({node.body.expression})",
    )


def unique_index(copy: Copy, node: Node) -> Guard:
    """No two rows are equal in what a unique index is on; NULLs never are."""
    body = node.body
    keys = [_index_key(copy, part) for part in body.columns]
    present = [f"{key} IS NOT NULL" for key, _ in keys]
    present += [f"({body.where})"] if body.where else []
    spelled = copy.new.names.columns(copy.new.name, columns_in(body.columns))
    return Guard(
        query=f"SELECT 1 FROM {copy.rows()} WHERE {' AND '.join(present)}"
        f" GROUP BY {', '.join(f'{key}{collation}' for key, collation in keys)}"
        " HAVING count(*) > 1 LIMIT 1",
        message=f"{copy.new.name}.{', '.join(spelled) or node.ref.name} holds duplicates,"
        f" and index {node.ref.name} is unique",
    )


def _index_key(copy: Copy, part: KeyPart) -> tuple[str, str]:
    """A part of an index, and the collation in which it is compared: its own, or the column's."""
    column = quote(copy.new.names.column(copy.new.name, part.name)) if part.name else ""
    collation = part.collation or (_collation(copy, part.name) if part.name else "")
    return column or part.expression, f" COLLATE {quote(collation)}" if collation else ""


def _key(copy: Copy, node: Node) -> Iterator[Guard]:
    spelled = copy.new.names.columns(copy.new.name, columns_in(node.body.columns))
    where = ", ".join(f"{copy.new.name}.{name}" for name in spelled)
    names = [quote(name) for name in spelled]
    keys = ", ".join(
        f"{name} COLLATE {quote(part.collation or _collation(copy, part.name))}"
        for name, part in zip(names, node.body.columns, strict=True)
    )
    present = " AND ".join(f"{name} IS NOT NULL" for name in names)
    yield Guard(
        query=f"SELECT 1 FROM {copy.rows()} WHERE {present}"
        f" GROUP BY {keys} HAVING count(*) > 1 LIMIT 1",
        message=f"{where} holds duplicates, and shall be unique",
    )
    if node.ref.kind == refs.PRIMARY_KEY:
        yield from _primary_key(copy, names, where)


def _collation(copy: Copy, name: str) -> str:
    column = copy.new.column(name)
    return (column.body.collation if column else "") or "BINARY"


def _primary_key(copy: Copy, names: Sequence[str], where: str) -> Iterator[Guard]:
    """A rowid is an integer; keys of STRICT and WITHOUT ROWID tables take no NULL."""
    body = copy.new.table.body
    if copy.new.alias and not copy.old.column(copy.new.alias):
        return  # a new column takes the rowids that are there
    if copy.new.alias:
        condition = affinity.refused(names[0], "INTEGER")
        yield Guard(
            query=_where(copy.old.name, f"{names[0]} IS NULL OR {condition}"),
            message=f"{where} holds values that are no INTEGER",
        )
    elif body.strict or body.without_rowid:
        some_null = " OR ".join(f"{name} IS NULL" for name in names)
        yield Guard(
            query=f"SELECT 1 FROM {copy.rows()} WHERE {some_null} LIMIT 1",
            message=f"{where} holds NULL, and shall be a primary key",
        )


def _is_alias(copy: Copy, node: Node) -> bool:
    return copy.new.alias == fold(node.ref.name)


def _foreign_key(copy: Copy, node: Node, before: Catalog) -> Iterator[Guard]:
    """Rows that reference nothing; a table that the plan makes holds nothing to reference."""
    body = node.body
    names = copy.new.names
    spelled = names.columns(copy.new.name, body.columns)
    child = [quote(name) for name in spelled]
    present = " AND ".join(f"c.{name} IS NOT NULL" for name in child)
    condition = present
    parent = _Parent.of(node, before)
    if parent is not None:
        matches = " AND ".join(
            f"p.{quote(theirs)} = c.{own}"
            for theirs, own in zip(parent.columns, child, strict=True)
        )
        condition += f" AND NOT EXISTS (SELECT 1 FROM {quote(parent.table)} AS p WHERE {matches})"
    where = ", ".join(f"{copy.new.name}.{name}" for name in spelled)
    yield Guard(
        query=f"SELECT 1 FROM (SELECT * FROM {copy.rows()}) AS c WHERE {condition} LIMIT 1",
        message=f"{where} holds values that {names.owner(body.referenced_table)} does not",
    )


class _Parent:
    """What a foreign key references, as it is before the plan."""

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        self.table = table
        self.columns = columns

    @staticmethod
    def of(node: Node, before: Catalog) -> _Parent | None:
        """None where the table or one of the columns is not there yet."""
        from lockplane_sqlite.definition import Definition
        from lockplane_sqlite.names import Names

        ref = Names.of(before).owner_ref(node.body.referenced_table)
        if ref is None or ref.kind != refs.TABLE:
            return None
        table = Definition(before, ref)
        wanted = node.body.referenced_columns or (
            tuple(part.name for part in table.key.body.columns) if table.key else ()
        )
        columns = [table.column(name) for name in wanted]
        if None in columns or len(columns) != len(node.body.columns):
            return None
        return _Parent(ref.name, [column.ref.name for column in columns if column])


def _where(table: str, condition: str) -> str:
    return f"SELECT 1 FROM {quote(table)} WHERE {condition} LIMIT 1"
