"""Check: a table declares a column twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.schema.tables import tables_of
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class DuplicateColumn(Check):
    """A table declares the same column twice.

    The database would refuse the table. An ALTER TABLE … ADD COLUMN counts as well, in
    whichever file it stands.
    """

    id = "duplicate_column"
    code = "LP101"
    scope = "schema"
    severity = "error"
    bad = (
        "CREATE TABLE users (id integer PRIMARY KEY, email text, email text);",
        """
        CREATE TABLE users (id integer PRIMARY KEY);
        ALTER TABLE users ADD COLUMN id integer;
        """,
    )
    good = ("CREATE TABLE users (id integer PRIMARY KEY, email text);",)

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report each declaration after the first."""
        for table in subject.shared(tables_of).values():
            for name, (_, *again) in table.columns.items():
                for item in again:
                    yield self.finding(
                        f"column {name} is declared twice in table {table.name}",
                        ref=item.ref,
                        span=item.span,
                        suggestion="Remove one of the two, or give it another name.",
                    )
