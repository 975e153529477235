"""Check: an index on a column that is not declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.schema.tables import subject_path, tables_of
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class InvalidIndexColumn(Check):
    """An index is on a column that its table does not have.

    Columns inside expressions and predicates are left to the database.
    """

    id = "invalid_index_column"
    code = "LP107"
    scope = "schema"
    severity = "error"
    bad = (
        """
        CREATE TABLE users (id integer PRIMARY KEY, email text);
        CREATE INDEX users_mail ON users (mail);
        """,
    )
    good = (
        """
        CREATE TABLE users (id integer PRIMARY KEY, email text);
        CREATE INDEX users_email ON users (email);
        """,
        """
        CREATE TABLE users (id integer PRIMARY KEY, email text);
        CREATE INDEX users_lower ON users (lower(email));
        """,
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report each unknown column of each index on a declared table."""
        known = subject.shared(tables_of)
        for statement in subject.statements:
            table = known.get(subject_path(statement))
            if statement.role != "index" or table is None:
                continue
            for item in statement.declares:
                for name in item.of:
                    if table.lacks(name):
                        yield self.finding(
                            f"index {item.ref.name} is on column {name},"
                            f" which table {table.name} lacks",
                            ref=item.ref,
                            span=item.span,
                            suggestion=f"Table {table.name} has: {', '.join(table.columns)}.",
                        )
