"""Kind: a check constraint."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lockplane_core.model.node import Node
from lockplane_core.model.text import SqlText  # noqa: TC001 - msgspec reads it
from lockplane_sqlite import refs
from lockplane_sqlite.ddl.table import words_of
from lockplane_sqlite.features import ALTER_COLUMN
from lockplane_sqlite.kinds.constraint import (
    Constraint,
    ConstraintBody,
    identified,
    joined,
    on_conflict,
    written_name,
)
from lockplane_sqlite.quote import fold
from lockplane_sqlite.tokens import Unterminated, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_sqlite.ddl.shapes import CheckText, TableText
    from lockplane_sqlite.names import Names
    from lockplane_sqlite.reader import SqliteReader


class CheckBody(ConstraintBody, frozen=True, kw_only=True):
    """The condition that every row meets."""

    expression: SqlText


class Check(Constraint):
    """`CHECK`, beside a column or of the table: SQLite makes no difference."""

    tag = refs.CHECK
    plural = "check_constraints"
    body = CheckBody
    weight = 42
    since = MappingProxyType({"ADD, DROP CONSTRAINT": ALTER_COLUMN})

    def introspect(self, reader: SqliteReader) -> Iterator[Node]:  # type: ignore[override]
        """Those of all tables, as they are written."""
        for table in reader.tables:
            found = identified(table.ref, self.tag, table.text.checks, namer(table.text))
            for ordinal, (ref, text, fields) in enumerate(found):
                yield Node(
                    ref=ref,
                    parent=table.ref,
                    body=CheckBody(expression=text.expression, conflict=text.conflict, **fields),
                    needs=reader.columns_of(table.ref, text.words),
                    ordinal=ordinal,
                )

    def spelled_fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """Nothing: the expression is verbatim."""
        return {}

    def folded_fields(self, item: dict[str, Any]) -> dict[str, Any]:
        """Nothing: the expression is verbatim."""
        return {}

    def default_name(self, fields: dict[str, Any]) -> str:
        """The expression itself: schema JSON does not say here which columns there are."""
        return str(fields["expression"])

    def phrase(self, node: Node, names: Names) -> str:
        """`check (age > 0)`."""
        return f"check ({node.body.expression})"


def namer(table: TableText) -> Callable[[CheckText], str]:
    """Names checks of a table: `age_check` where one column is mentioned, else `check`."""
    columns = {fold(column.name.text): column.name.text for column in table.columns}

    def name(text: CheckText) -> str:
        found = dict.fromkeys(columns[fold(w)] for w in text.words if fold(w) in columns)
        return joined(list(found), "check") if len(found) == 1 else "check"

    return name


def mentioned(expression: str, columns: Iterable[str]) -> frozenset[str]:
    """The folded names of those columns that an expression mentions."""
    try:
        words = {fold(word) for word in words_of(scan(expression))}
    except Unterminated:
        return frozenset()
    return frozenset(fold(name) for name in columns) & words


def clause(node: Node, _: Names) -> str:
    """The clause, beside a column or of the table."""
    body: CheckBody = node.body
    return f"{written_name(node)}CHECK ({body.expression}){on_conflict(body.conflict)}"
