"""Check: a column becomes NOT NULL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.plan.changed import changed
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_checks.plan.changed import Changed
    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class SetNotNull(Check):
    """A column that may hold NULL becomes NOT NULL.

    The step fails if a row holds NULL, and programs that write none fail afterwards. A step that
    puts the default in place of NULLs does not fail.
    """

    id = "set_not_null"
    code = "LP205"
    scope = "plan"
    severity = "warning"
    bad = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY, email text);",
            "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL);",
        ),
    )
    good = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL);",
            "CREATE TABLE users (id integer PRIMARY KEY, email text);",
        ),
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Judge each column whose nullability changes."""
        for item in changed(subject, "column"):
            if item.change.action == "alter" and item.old.nullable != item.new.nullable:
                yield self._judged(item)

    def _judged(self, item: Changed) -> Finding:
        if item.new.nullable:
            return self.finding(
                f"Column '{item.name}' accepts NULL from now on - no row stands against it",
                ref=item.change.ref,
                span=item.span,
                step=item.number,
                severity="info",
            )
        if item.has("backfill") and item.new.fills and not item.asking:
            return self.finding(
                f"Column '{item.name}' becomes NOT NULL - its default takes the place of NULLs",
                ref=item.change.ref,
                span=item.span,
                step=item.number,
                severity="info",
            )
        return self.finding(
            f"Column '{item.name}' becomes NOT NULL, which fails if a row holds NULL in it",
            ref=item.change.ref,
            span=item.span,
            step=item.asking or item.number,
            suggestion=item.way_out,
        )
