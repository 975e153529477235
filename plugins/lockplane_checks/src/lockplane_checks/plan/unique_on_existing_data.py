"""Check: rows that are there must be unique."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.plan.changed import changed, tightens
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class UniqueOnExistingData(Check):
    """A unique index, UNIQUE constraint or primary key is added to a table that is there.

    The step fails if two rows are equal in those columns.
    """

    id = "unique_on_existing_data"
    code = "LP206"
    scope = "plan"
    severity = "warning"
    bad = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY, email text);",
            """
            CREATE TABLE users (id integer PRIMARY KEY, email text);
            CREATE UNIQUE INDEX users_email ON users (email);
            """,
        ),
    )
    good = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY, email text);",
            """
            CREATE TABLE users (id integer PRIMARY KEY, email text);
            CREATE INDEX users_email ON users (email);
            """,
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY);",
            """
            CREATE TABLE users (id integer PRIMARY KEY, email text);
            CREATE UNIQUE INDEX users_email ON users (email);
            """,
        ),
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report what becomes unique and was not before on the same columns."""
        for item in changed(subject, "index", "constraint"):
            was = item.old.unique and item.old.columns == item.new.columns
            if item.new.unique and not was and tightens(subject, item):
                columns = ", ".join(item.new.columns) or "its columns"
                yield self.finding(
                    f"'{item.name}' fails if two rows are equal in {columns}",
                    ref=item.change.ref,
                    span=item.span,
                    step=item.made,
                    suggestion=item.way_out,
                )
