"""Check: a plan adds a column that existing rows have no value for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.plan.changed import changed, parent_stands
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_checks.plan.changed import Changed
    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class AddRequiredColumn(Check):
    """A plan adds a NOT NULL column that has no value for the rows that are there.

    The statement fails as soon as the table has a row. A column that is nullable, has a
    DEFAULT, or fills itself (serial, identity, generated) is safe to add.
    """

    id = "add_required_column"
    code = "LP202"
    scope = "plan"
    severity = "error"
    bad = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY);",
            "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL);",
        ),
    )
    good = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY);",
            "CREATE TABLE users (id integer PRIMARY KEY, email text);",
        ),
        (
            "CREATE TABLE users (id integer PRIMARY KEY);",
            "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL DEFAULT '');",
        ),
        (
            "",
            "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL);",
        ),
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Judge each column that is added to a table which is there."""
        for item in changed(subject, "column"):
            if item.change.action == "create" and parent_stands(subject, item):
                yield self._judged(item)

    def _judged(self, item: Changed) -> Finding:
        if item.new.nullable or item.new.fills:
            why = "is nullable" if item.new.nullable else "has a value for every row"
            return self.finding(
                f"Column '{item.name}' {why} - safe to add",
                ref=item.change.ref,
                span=item.span,
                step=item.number,
                severity="info",
            )
        return self.finding(
            f"Cannot add NOT NULL column '{item.name}' without a DEFAULT value",
            ref=item.change.ref,
            span=item.span,
            step=item.number,
            suggestion="NOT NULL columns require a DEFAULT value when added to tables with"
            " existing data",
        )
