"""Check: a plan drops a constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.plan.changed import changed, parent_stands
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class DropConstraint(Check):
    """A constraint is dropped while its table stays.

    No row is lost, but from then on rows may be written that break it, and a rollback fails
    on them.
    """

    id = "drop_constraint"
    code = "LP208"
    scope = "plan"
    severity = "warning"
    bad = (
        (
            """
            CREATE TABLE users (id integer PRIMARY KEY);
            CREATE TABLE posts (
              id integer PRIMARY KEY,
              author integer,
              CONSTRAINT posts_author FOREIGN KEY (author) REFERENCES users (id)
            );
            """,
            """
            CREATE TABLE users (id integer PRIMARY KEY);
            CREATE TABLE posts (id integer PRIMARY KEY, author integer);
            """,
        ),
    )
    good = (
        (
            """
            CREATE TABLE users (id integer PRIMARY KEY);
            CREATE TABLE posts (
              id integer PRIMARY KEY,
              author integer,
              CONSTRAINT posts_author FOREIGN KEY (author) REFERENCES users (id)
            );
            """,
            "CREATE TABLE users (id integer PRIMARY KEY);",
        ),
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report each constraint that goes alone."""
        for item in changed(subject, "constraint"):
            if item.change.action == "drop" and parent_stands(subject, item):
                yield self.finding(
                    f"Constraint '{item.name}' no longer holds: rows may be written that break it",
                    ref=item.change.ref,
                    span=item.span,
                    step=item.number,
                    suggestion="A rollback fails on such rows.",
                )
