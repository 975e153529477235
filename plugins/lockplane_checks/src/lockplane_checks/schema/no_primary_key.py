"""Check: a table without a primary key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_checks.schema.tables import tables_of
from lockplane_core.spi.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.finding import Finding
    from lockplane_core.spi.check import Subject


class NoPrimaryKey(Check):
    """A table has no primary key.

    Rows can then not be told apart: logical replication can not update or delete them, and
    most tools expect a key. A table that takes its columns from elsewhere is not judged.
    """

    id = "no_primary_key"
    code = "LP105"
    scope = "schema"
    severity = "warning"
    bad = ("CREATE TABLE users (id integer, email text);",)
    good = (
        "CREATE TABLE users (id integer PRIMARY KEY, email text);",
        "CREATE TABLE users (id integer, email text, PRIMARY KEY (id, email));",
    )

    def run(self, subject: Subject) -> Iterator[Finding]:
        """Report each table that declares none, here or in a later ALTER TABLE."""
        for table in subject.shared(tables_of).values():
            if table.complete and table.columns and not table.keyed:
                yield self.finding(
                    f"table {table.name} has no primary key",
                    ref=table.declared.ref,
                    span=table.declared.span,
                    suggestion="Add PRIMARY KEY to a column, or PRIMARY KEY (…) to the table.",
                )
