"""Check constraints of tables."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.step import Guard, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds import rows
from lockplane_postgres.kinds.base import CHECK, COLUMN, as_pg, table_of
from lockplane_postgres.kinds.constraint import ConstraintKind, equal_but, is_as_before, state
from lockplane_postgres.locks import SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote, spoken
from lockplane_postgres.reader import TABLES, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.dialect import Reader

_CHECKS = (
    TABLES
    + """
SELECT t.oid, k.oid, k.conname, pg_get_expr(k.conbin, k.conrelid), k.connoinherit,
       k.convalidated, {enforced}
FROM t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'c'
"""
)


class CheckBody(Body, frozen=True, kw_only=True):
    """What must not be false; `validated` of all rows, or only of those written since."""

    expression: SqlText
    no_inherit: bool = False
    validated: bool = True
    enforced: bool = True


class CheckKind(ConstraintKind):
    """Ref: (schema, table, name)."""

    tag = CHECK
    plural = "checks"
    body = CheckBody
    weight = 120
    noun = "check constraint"
    since = MappingProxyType({"enforced": "18"})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All check constraints of modelled tables."""
        pg = as_pg(reader)
        query = _CHECKS.format(enforced=pg.since(self.since["enforced"], "k.conenforced", "true"))
        for table, (_, oid, name, expression, no_inherit, validated, enforced) in of_tables(
            pg, pg.rows(query)
        ):
            body = CheckBody(
                expression=expression,
                no_inherit=no_inherit,
                validated=validated or not enforced,
                enforced=enforced,
            )
            ref = pg.note(table.child(self.tag, name), "pg_constraint", oid)
            yield Node(ref=ref, parent=table, body=body)

    def clause(self, node: Node) -> str:
        body: CheckBody = node.body
        words = f"CHECK ({body.expression})" + (" NO INHERIT" if body.no_inherit else "")
        return words + state(validated=body.validated, enforced=body.enforced)

    def is_inline(self, node: Node) -> bool:
        """CREATE TABLE takes NOT VALID and makes it valid all the same (ddl-createtable, 14-18)."""
        return bool(node.body.validated)

    def scans(self, node: Node) -> bool:
        return bool(node.body.validated and node.body.enforced)

    def replaces(self, change: Change) -> bool:
        """All but that it becomes valid."""
        return not (
            change.new.body.validated and equal_but(change.old.body, change.new.body, "validated")
        )

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`VALIDATE CONSTRAINT`, which keeps nobody from reading or writing."""
        ref = change.new.ref
        locks = existing(before, SHARE_UPDATE_EXCLUSIVE, table_of(ref))
        action = f"VALIDATE CONSTRAINT {quote(ref.name)}"
        step = self.altered(change, before, "Validate", action, locks=locks)
        yield step

    def guards(self, node: Node, before: Catalog, after: Catalog) -> Iterator[Guard]:
        """Rows that break it, as far as it speaks of what is there before the plan."""
        table = table_of(node.ref)
        columns = [need for need in node.needs if need.kind == COLUMN]
        others = [need for need in node.needs if need not in columns]
        if not self.scans(node) or not is_as_before(others, before, after):
            return
        found = rows.source(columns, before, after) if columns else qualified(*table.path)
        if found:
            yield Guard(
                query=f"SELECT 1 FROM {found} AS {quote(table.name)} "
                f"WHERE NOT ({node.body.expression}) LIMIT 1",
                message=f"rows of {spoken(table.path)} break {node.ref.name}: "
                f"{node.body.expression}",
            )
