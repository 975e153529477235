"""Check: two indexes of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.schema.tables import subject_path
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_checks.schema.tables import Path
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.statement import Declared
    from lockplane_core.spi.check import Subject


class DuplicateIndex(Check):
    """Two indexes have the same name.

    The name of an index is unique in its whole schema, also across tables.
    """

    id = "duplicate_index"
    code = "LP106"
    scope = "schema"
    severity = "error"
    bad = (
        """
        CREATE TABLE users (id integer PRIMARY KEY, email text);
        CREATE TABLE posts (id integer PRIMARY KEY, title text);
        CREATE INDEX by_text ON users (email);
        CREATE INDEX by_text ON posts (title);
        """,
    )
    good = (
        """
        CREATE TABLE users (id integer PRIMARY KEY, email text);
        CREATE INDEX users_email ON users (email);
        CREATE INDEX users_email_too ON users (email);
        """,
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report each declaration after the first, in the order of the files."""
        first: dict[Path, Declared] = {}
        for statement in subject.statements:
            # An index is in the schema of its table, wherever its ref has it.
            schema = subject_path(statement)[:-1]
            for item in statement.declares:
                if item.role != "index":
                    continue
                known = first.setdefault((*schema, item.ref.name), item)
                if known is not item:
                    yield self.finding(
                        f"index {item.ref.name} is declared twice",
                        ref=item.ref,
                        span=item.span,
                        suggestion=f"Rename one: the other is at {known.span}.",
                    )
