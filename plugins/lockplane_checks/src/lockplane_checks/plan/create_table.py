"""Check: a plan makes a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.plan.changed import changed
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class CreateTable(Check):
    """A plan makes a table.

    This is never a danger, and the report of a plan says so: nothing reads or writes a table
    that is not there yet.
    """

    id = "create_table"
    code = "LP201"
    scope = "plan"
    severity = "info"
    bad = (
        (
            "",
            "CREATE TABLE users (id integer PRIMARY KEY);",
        ),
    )
    good = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY);",
            "CREATE TABLE users (id integer PRIMARY KEY, age integer);",
        ),
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Say so for each table that is made."""
        for item in changed(subject, "table"):
            if item.change.action == "create":
                yield self.finding(
                    "Table creation is always safe",
                    ref=item.change.ref,
                    span=item.span,
                    step=item.number,
                )
