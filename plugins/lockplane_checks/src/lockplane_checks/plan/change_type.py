"""Check: a plan changes the type of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.plan.changed import changed, drops_something
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_checks.plan.changed import Changed
    from lockplane_core.model.finding import Finding, Severity
    from lockplane_core.spi.check import Subject


class ChangeType(Check):
    """A plan changes the type of a column so that the rows that are there may not follow.

    A change that holds every value (wider, or only longer) is safe. One that may be refused
    by a value that does not fit is reported here; one that cuts values off loses data, which
    Lockplane reports whether or not this check is on.
    """

    id = "change_type"
    code = "LP204"
    scope = "plan"
    severity = "warning"
    bad = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY, age text);",
            "CREATE TABLE users (id integer PRIMARY KEY, age integer);",
        ),
    )
    good = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY, age integer);",
            "CREATE TABLE users (id integer PRIMARY KEY, age bigint);",
        ),
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Judge each type change by what its step says of it."""
        for item in changed(subject, "column"):
            if item.change.action == "alter" and item.old.type != item.new.type:
                yield self._judged(item, subject)

    def _judged(self, item: Changed, subject: Subject) -> Finding:
        verdict, severity = _verdict(item, subject)
        return self.finding(
            f"Type change of '{item.name}' from {item.old.type} to {item.new.type} {verdict}",
            ref=item.change.ref,
            span=item.span,
            step=item.number,
            severity=severity,
            suggestion=item.way_out if severity == "warning" else "",
        )


def _verdict(item: Changed, subject: Subject) -> tuple[str, Severity]:
    """What becomes of the values: the kind that wrote the step knows the types."""
    if item.has("data_loss"):
        if drops_something(subject, item):
            return "is made by a step that loses data", "info"
        return "does not keep every value", "info"
    if item.asking:
        return "fails if a value does not fit", "warning"
    return "keeps every value - safe to change", "info"
