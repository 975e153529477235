"""Check: a foreign key points at what will not be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.plan.changed import changed
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_checks.plan.changed import Changed
    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class InvalidForeignKeyTarget(Check):
    """A foreign key points at a table or columns that the target will not have.

    Also reported: more, or fewer, columns on one side than on the other. SQLite takes such a
    schema and fails at the first row; PostgreSQL refuses it by itself, unless the scope of the
    plan leaves out the referenced table.
    """

    id = "invalid_fk_target"
    code = "LP203"
    scope = "plan"
    severity = "error"
    bad = (
        (
            "",
            "CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users (id));",
        ),
    )
    good = (
        (
            "CREATE TABLE users (id integer PRIMARY KEY);",
            """
            CREATE TABLE users (id integer PRIMARY KEY);
            CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users (id));
            """,
        ),
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Compare what each new foreign key needs with what will be there."""
        for item in changed(subject, "constraint"):
            if item.change.action != "drop" and item.new.referenced_columns:
                for problem in _problems(subject, item):
                    yield self.finding(
                        f"Foreign key '{item.name}' {problem}",
                        ref=item.change.ref,
                        span=item.span,
                        step=item.number,
                        suggestion="Declare what it references, or manage the schema it is in.",
                    )


def _problems(subject: Subject, item: Changed) -> Iterator[str]:
    for need in item.change.new.needs:
        if subject.after is not None and need not in subject.after:
            yield f"references {need.noun} {subject.name(need)}, which the target does not have"
    own, theirs = len(item.new.columns), len(item.new.referenced_columns)
    if own and own != theirs:
        yield f"has {own} columns and references {theirs}"
