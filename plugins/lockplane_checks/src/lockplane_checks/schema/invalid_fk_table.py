"""Check: a foreign key to a table that is not declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.schema.tables import referenced, tables_of
from lockplane_core.nearest import meant
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class InvalidForeignKeyTable(Check):
    """A foreign key references a table that no schema file declares.

    Inline REFERENCES, table constraints and ALTER TABLE … ADD FOREIGN KEY are all looked at,
    and the order of the files does not matter.
    """

    id = "invalid_fk_table"
    code = "LP103"
    scope = "schema"
    severity = "error"
    bad = (
        "CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users (id));",
        """
        CREATE TABLE posts (
          id integer PRIMARY KEY,
          author integer,
          FOREIGN KEY (author) REFERENCES users (id)
        );
        """,
    )
    good = (
        """
        CREATE TABLE posts (id integer PRIMARY KEY, author integer REFERENCES users (id));
        CREATE TABLE users (id integer PRIMARY KEY);
        """,
        "CREATE TABLE parts (id integer PRIMARY KEY, whole integer REFERENCES parts (id));",
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report each referenced table that is unknown."""
        known = subject.shared(tables_of)
        names = {table.name for table in known.values()}
        for statement in subject.statements:
            for item in referenced(statement):
                if item.ref.path not in known:
                    yield self.finding(
                        f"a foreign key references table {item.ref.name}, which is not declared",
                        ref=item.ref,
                        span=item.span,
                        suggestion=meant(item.ref.name, names) or "Declare the table.",
                    )
