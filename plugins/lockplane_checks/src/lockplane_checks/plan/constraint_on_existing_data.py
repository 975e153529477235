"""Check: rows that are there must satisfy a new constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.plan.changed import changed, tightens
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class ConstraintOnExistingData(Check):
    """A foreign key, CHECK or exclusion constraint is added to a table that is there.

    The step fails if a row breaks it.
    """

    id = "constraint_on_existing_data"
    code = "LP207"
    scope = "plan"
    severity = "warning"
    bad = (
        (
            """
            CREATE TABLE users (id integer PRIMARY KEY);
            CREATE TABLE posts (id integer PRIMARY KEY, author integer);
            """,
            """
            CREATE TABLE users (id integer PRIMARY KEY);
            CREATE TABLE posts (
              id integer PRIMARY KEY,
              author integer,
              CONSTRAINT posts_author FOREIGN KEY (author) REFERENCES users (id)
            );
            """,
        ),
    )
    good = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY);",
            """
            CREATE TABLE users (id integer PRIMARY KEY);
            CREATE TABLE posts (
              id integer PRIMARY KEY,
              author integer,
              CONSTRAINT posts_author FOREIGN KEY (author) REFERENCES users (id)
            );
            """,
        ),
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report each that rows which are there may break."""
        for item in changed(subject, "constraint"):
            if not item.new.unique and tightens(subject, item):
                yield self.finding(
                    f"Constraint '{item.name}' fails if a row that is there breaks it",
                    ref=item.change.ref,
                    span=item.span,
                    step=item.made,
                    suggestion=item.way_out,
                )
