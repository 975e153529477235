"""Check: a table without columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.schema.tables import tables_of
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class EmptyTable(Check):
    """A table has no columns.

    PostgreSQL allows it; it is hardly ever meant. SQLite refuses it.
    """

    id = "empty_table"
    code = "LP108"
    scope = "schema"
    severity = "warning"
    bad = ("CREATE TABLE users ();",)
    good = ("CREATE TABLE users (id integer PRIMARY KEY);",)

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report each table that gets none, here or in a later ALTER TABLE."""
        for table in subject.shared(tables_of).values():
            if table.complete and not table.columns:
                yield self.finding(
                    f"table {table.name} has no columns",
                    ref=table.declared.ref,
                    span=table.declared.span,
                    suggestion="Declare its columns, or remove the table.",
                )
