"""A table of a publication, with the columns and rows of it that are sent."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.tags import PUBLICATION, PUBLICATION_TABLE, TABLE
from lockplane_postgres.kinds.tree import text
from lockplane_postgres.locks import SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import PUBLIC, names, qualified, quote, spoken
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_TABLES = """
SELECT r.oid, r.prpubid, n.nspname, c.relname, {columns}, {rows}
FROM pg_publication_rel r
JOIN pg_class c ON c.oid = r.prrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
"""
_COLUMNS = """ARRAY(SELECT a.attname::text FROM pg_attribute a
        WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[]) ORDER BY a.attnum)"""


class PublicationTableBody(Body, frozen=True, kw_only=True):
    """The only `columns` and rows that are sent, where not all are."""

    columns: tuple[str, ...] = ()
    where: SqlText | None = None


class PublicationTableKind(PgKind):
    """Ref: (publication, schema, table)."""

    tag = PUBLICATION_TABLE
    plural = "tables"
    tree_fields = (("schema", str, PUBLIC),)
    role = "other"
    body = PublicationTableBody
    parent = PUBLICATION
    weight = 245
    rebuildable = True
    since = MappingProxyType({"columns": "15", "where": "15"})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """The tables of all publications that are modelled."""
        pg = as_pg(reader)
        if not pg.holds("pg_publication_rel"):
            return
        columns = pg.since(self.since["columns"], _COLUMNS, "ARRAY[]::text[]")
        rows = pg.since(self.since["where"], "pg_get_expr(r.prqual, r.prrelid)", "NULL")
        for oid, publication, *path, listed, where in pg.rows(
            _TABLES.format(columns=columns, rows=rows)
        ):
            parent = pg.ref("pg_publication", publication)
            if parent is not None:
                ref = pg.note(parent.child(self.tag, *path), "pg_publication_rel", oid)
                body = PublicationTableBody(columns=tuple(listed), where=where)
                yield Node(ref=ref, parent=parent, body=body)

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ADD TABLE`."""
        said = f"Add {_said(change.ref, 'to')}"
        yield self.made(change, self._step(change, before, said, _added(change.new)))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Taken out and put in again: there is no ALTER for one table."""
        said = f"Change {_said(change.ref, 'of')}"
        yield self.made(change, self._step(change, before, said, _gone(change), _added(change.new)))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP TABLE` of ALTER PUBLICATION: the table itself stays."""
        said = f"Remove {_said(change.ref, 'from')}"
        yield self.gone(change, before, self._step(change, before, said, _gone(change)))

    def _step(self, change: Change, before: Catalog, said: str, *actions: str) -> Step:
        table = _table(change.ref)
        name = quote(change.ref.path[0])
        return Step(
            description=said,
            sql=tuple(f"ALTER PUBLICATION {name} {action}" for action in actions),
            consumes=(table,),
            effects=("breaking",) if change.action == "drop" else (),
            locks=existing(before, SHARE_UPDATE_EXCLUSIVE, table),
        )

    def moved(self, ref: Ref, old: Ref, new: Ref) -> Ref:
        """It is named by its publication, and by the table that is elsewhere."""
        if old.kind == PUBLICATION:
            return super().moved(ref, old, new)
        publication, *path = ref.path
        table = super().moved(Ref(TABLE, tuple(path)), old, new)
        return Ref(self.tag, (publication, *table.path))

    # -- JSON ------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """Also the schema of the table."""
        _, schema, _ = node.ref.path
        place = {} if schema == PUBLIC else {"schema": schema}
        return place | super().to_tree(node, catalog)

    def tree_ref(self, fields: dict[str, Any], parent: Ref | None) -> Ref:
        """The publication, and the table in its schema."""
        path = parent.path if parent else ()
        schema, name = text(fields.pop("schema", PUBLIC)), text(fields.pop("name"))
        return Ref(self.tag, (*path, schema, name))


def naming(ref: Ref, catalog: Catalog) -> list[Ref]:
    """Those whose name has that of a table, or of a schema, in it."""
    found = (node.ref for node in catalog.of_kind(PUBLICATION_TABLE))
    return [table for table in found if table.path[1 : len(ref.path) + 1] == ref.path]


def _table(ref: Ref) -> Ref:
    return Ref(TABLE, ref.path[1:])


def _said(ref: Ref, word: str) -> str:
    """`table users to publication sent`."""
    return f"table {spoken(ref.path[1:])} {word} publication {ref.path[0]}"


def _added(node: Node) -> str:
    body: PublicationTableBody = node.body
    columns = f" ({names(body.columns)})" if body.columns else ""
    where = f" WHERE ({body.where})" if body.where else ""
    return f"ADD TABLE ONLY {qualified(*node.ref.path[1:])}{columns}{where}"


def _gone(change: Change) -> str:
    return f"DROP TABLE ONLY {qualified(*change.ref.path[1:])}"
