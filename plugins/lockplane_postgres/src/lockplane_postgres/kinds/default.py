"""Defaults of columns: objects of their own in pg_attrdef, with needs of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.base import COLUMN, DEFAULT, PgKind, as_pg, table_of
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote, spoken
from lockplane_postgres.reader import TABLES, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.dialect import Reader

_DEFAULTS = (
    TABLES
    + """
SELECT t.oid, d.oid, a.attname, pg_get_expr(d.adbin, d.adrelid)
FROM t
JOIN pg_attrdef d ON d.adrelid = t.oid
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.adnum
WHERE a.attgenerated = ''
"""
)


class DefaultBody(Body, frozen=True, kw_only=True):
    """What a row gets that names no value."""

    expression: SqlText


class DefaultKind(PgKind):
    """Ref: (schema, table, column); below its column, in whose JSON it stands."""

    tag = DEFAULT
    plural = "defaults"
    role = "other"
    body = DefaultBody
    parent = COLUMN
    weight = 70
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """The defaults of all columns of modelled tables."""
        pg = as_pg(reader)
        for table, (_, oid, column, expression) in of_tables(pg, pg.rows(_DEFAULTS)):
            parent = table.child(COLUMN, column)
            ref = pg.note(Ref(self.tag, parent.path), "pg_attrdef", oid)
            yield Node(ref=ref, parent=parent, body=DefaultBody(expression=expression))

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET DEFAULT`: for rows to come."""
        yield self.made(change, self._step(change, before, set_default(change.new)))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET DEFAULT` replaces what was there."""
        yield self.made(change, self._step(change, before, set_default(change.new)))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP DEFAULT`."""
        yield self.gone(change, before, self._step(change, before, "DROP DEFAULT"))

    def _step(self, change: Change, before: Catalog, action: str) -> Step:
        ref = change.ref
        table = table_of(ref)
        return Step(
            description=f"Change default of {spoken(ref.path)}",
            sql=(f"ALTER TABLE {qualified(*table.path)} ALTER COLUMN {quote(ref.name)} {action}",),
            locks=existing(before, ACCESS_EXCLUSIVE, table),
            undo_description=f"Restore default for {spoken(ref.path)}",
        )


def default_of(column: Ref, catalog: Catalog) -> Node | None:
    """The default of a column."""
    return catalog.get(Ref(DEFAULT, column.path))


def set_default(default: Node) -> str:
    """The action of ALTER COLUMN that gives a column its default."""
    return f"SET DEFAULT {default.body.expression}"
