"""Check: a foreign key from or to a column that is not declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.schema.tables import referenced, subject_path, tables_of
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lockplane_checks.schema.tables import Path, Table
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.statement import Declared, Statement
    from lockplane_core.spi.check import Subject


class InvalidForeignKeyColumn(Check):
    """A foreign key uses a column that its own table or the referenced one does not have."""

    id = "invalid_fk_column"
    code = "LP104"
    scope = "schema"
    severity = "error"
    bad = (
        """
        CREATE TABLE users (id integer PRIMARY KEY);
        CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users (nope));
        """,
        """
        CREATE TABLE users (id integer PRIMARY KEY);
        CREATE TABLE posts (id integer PRIMARY KEY, FOREIGN KEY (author) REFERENCES users (id));
        """,
    )
    good = (
        """
        CREATE TABLE users (id integer PRIMARY KEY);
        CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users (id));
        """,
        """
        CREATE TABLE users (id integer PRIMARY KEY);
        CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users);
        """,
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report unknown columns on either side of each foreign key."""
        known = subject.shared(tables_of)
        for statement in subject.statements:
            for item, table in _pairs(statement, known):
                for name in item.of:
                    if table.lacks(name):
                        yield self.finding(
                            f"a foreign key uses column {name}, which table {table.name} lacks",
                            ref=table.declared.ref,
                            span=item.span,
                            suggestion=_columns(table),
                        )


def _pairs(statement: Statement, known: Mapping[Path, Table]) -> Iterator[tuple[Declared, Table]]:
    """Each place of a foreign key that names columns, with the table that should have them."""
    own = known.get(subject_path(statement))
    for item in statement.declares:
        if own is not None and item.role == "constraint" and item.ref.noun == "foreign key":
            yield item, own
    for item in referenced(statement):
        if item.ref.path in known:
            yield item, known[item.ref.path]


def _columns(table: Table) -> str:
    return f"Table {table.name} has: {', '.join(table.columns)}."
