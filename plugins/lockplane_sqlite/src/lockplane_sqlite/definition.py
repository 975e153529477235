"""Definition: a table with all that CREATE TABLE says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_sqlite import refs
from lockplane_sqlite.kinds import check, column, foreign_key, primary_key, unique
from lockplane_sqlite.names import Names
from lockplane_sqlite.quote import fold, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref


class Definition:
    """The nodes of one table on one side of a plan."""

    def __init__(self, catalog: Catalog, table: Ref) -> None:
        self.catalog = catalog
        self.names = Names.of(catalog)
        self.table = catalog[table]
        self.columns = catalog.children(table, refs.COLUMN)
        self.key = next(iter(catalog.children(table, refs.PRIMARY_KEY)), None)
        self.uniques = catalog.children(table, refs.UNIQUE)
        self.checks = catalog.children(table, refs.CHECK)
        self.foreign_keys = catalog.children(table, refs.FOREIGN_KEY)

    @property
    def constraints(self) -> tuple[Node, ...]:
        """Its constraints, the primary key first."""
        key = (self.key,) if self.key else ()
        return (*key, *self.uniques, *self.checks, *self.foreign_keys)

    @property
    def parts(self) -> tuple[Node, ...]:
        """All that CREATE TABLE makes beside the table itself."""
        return (*self.columns, *self.constraints)

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.ref.name

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(node.ref.name for node in self.columns)

    @property
    def key_columns(self) -> frozenset[str]:
        """The folded names of the columns of the primary key."""
        return frozenset(part.name for part in self.key.body.columns) if self.key else frozenset()

    @property
    def referenced(self) -> tuple[Ref, ...]:
        """The tables that its foreign keys reference, as far as they are there."""
        found = {self.names.owner_ref(node.body.referenced_table) for node in self.foreign_keys}
        return tuple(sorted(ref for ref in found if ref is not None))

    @property
    def alias(self) -> str:
        """The folded name of the column that is the rowid; empty if none is."""
        if self.key is None:
            return ""
        name: str = self.key.body.columns[0].name
        types = {fold(node.ref.name): node.body.type for node in self.columns}
        without_rowid = self.table.body.without_rowid
        is_alias = primary_key.is_alias(
            self.key.body, types.get(name, ""), without_rowid=without_rowid
        )
        return name if is_alias else ""

    def column(self, name: str) -> Node | None:
        """The column of that name, in any spelling."""
        return next((n for n in self.columns if fold(n.ref.name) == fold(name)), None)

    # -- SQL -------------------------------------------------------------------------------

    def create(self, name: str) -> str:
        """CREATE TABLE under `name`."""
        beside = self._beside()
        lines = [self.column_sql(n, beside.get(fold(n.ref.name), ())) for n in self.columns]
        placed = {node.ref for nodes in beside.values() for node in nodes}
        lines += [
            _OF_TABLE[node.ref.kind](node, self.names)
            for node in self.constraints
            if node.ref not in placed
        ]
        body = self.table.body
        options = ["STRICT"] * body.strict + ["WITHOUT ROWID"] * body.without_rowid
        inside = ",\n  ".join(lines)
        return f"CREATE TABLE {quote(name)} (\n  {inside}\n) {', '.join(options)}".rstrip()

    def column_sql(self, node: Node, beside: tuple[Node, ...] = ()) -> str:
        """A column with the constraints that stand beside it."""
        clauses = [column.head(node, not_null_is_implied=self._implies_not_null(node))]
        clauses += [_BESIDE[constraint.ref.kind](constraint, self.names) for constraint in beside]
        clauses.append(column.generation(node))
        return " ".join(clause for clause in clauses if clause)

    def _implies_not_null(self, node: Node) -> bool:
        """Keys of STRICT and WITHOUT ROWID tables are NOT NULL anyway; a rowid is not."""
        body = self.table.body
        name = fold(node.ref.name)
        return name in self.key_columns - {self.alias} and (body.strict or body.without_rowid)

    def _beside(self) -> dict[str, tuple[Node, ...]]:
        """The constraints that concern one column and can stand beside it, by its folded name."""
        found: dict[str, list[Node]] = {}
        for node in self.constraints:
            for name in self._single_column(node):
                found.setdefault(name, []).append(node)
        return {name: tuple(nodes) for name, nodes in found.items()}

    def _single_column(self, node: Node) -> Iterator[str]:
        body = node.body
        if node.ref.kind == refs.CHECK:
            names = check.mentioned(body.expression, self.column_names)
            if len(names) == 1 and not body.conflict:
                yield from names
        elif node.ref.kind == refs.FOREIGN_KEY:
            if len(body.columns) == 1:
                yield body.columns[0]
        elif len(body.columns) == 1 and body.columns[0].name and not body.columns[0].collation:
            is_key = node.ref.kind == refs.PRIMARY_KEY
            if is_key or not body.columns[0].descending:
                yield body.columns[0].name


_BESIDE: Mapping[str, Callable[[Node, Names], str]] = {
    refs.PRIMARY_KEY: primary_key.inline,
    refs.UNIQUE: unique.inline,
    refs.CHECK: check.clause,
    refs.FOREIGN_KEY: foreign_key.inline,
}
_OF_TABLE: Mapping[str, Callable[[Node, Names], str]] = {
    refs.PRIMARY_KEY: primary_key.clause,
    refs.UNIQUE: unique.clause,
    refs.CHECK: check.clause,
    refs.FOREIGN_KEY: foreign_key.clause,
}
