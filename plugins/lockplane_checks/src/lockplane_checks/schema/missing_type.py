"""Check: a column without a type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.schema.tables import tables_of
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class MissingType(Check):
    """A column has no type.

    SQLite accepts that and then stores whatever it is given; PostgreSQL reports a syntax
    error before this check is asked. A generated column may go without: its expression decides.
    """

    id = "missing_type"
    code = "LP102"
    scope = "schema"
    severity = "error"
    bad = ("CREATE TABLE users (id integer PRIMARY KEY, email);",)
    good = ("CREATE TABLE users (id integer PRIMARY KEY, email text);",)

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report each column that is declared without one."""
        for table in subject.shared(tables_of).values():
            for items in table.columns.values():
                for item in items:
                    if not item.detail:
                        yield self.finding(
                            f"column {item.ref.name} of table {table.name} has no type",
                            ref=item.ref,
                            span=item.span,
                            suggestion=f"Write a type after {item.ref.name}, such as text.",
                        )
