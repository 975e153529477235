"""Views: replaced in place where PostgreSQL can, else dropped and made again.

Column names are in the query that the server spells out (`AS name`), also those of
`CREATE VIEW v (a, b)` and `CREATE RECURSIVE VIEW`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Effect, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.options import option_list
from lockplane_postgres.kinds.queries import (
    Output,
    column_comments,
    column_rows,
    extends,
    noted,
    shapes,
    sources,
)
from lockplane_postgres.kinds.refs import relation_name, type_name
from lockplane_postgres.kinds.tags import VIEW
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, ACCESS_SHARE, existing, lock
from lockplane_postgres.quote import quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader
    from lockplane_core.spi.session import Row
    from lockplane_postgres.reader import PgReader

_INVOKER = "security_invoker"
_VIEWS = f"""
SELECT c.oid, n.nspname, c.relname, pg_get_viewdef(c.oid), c.reloptions,
       c.reltype, t.typarray, r.oid
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = c.reltype
JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
WHERE c.relkind = 'v' AND c.relpersistence <> 't' AND {USER_SCHEMAS}
"""


class ViewColumn(Output, frozen=True, kw_only=True):
    """Also what ALTER VIEW adds to it."""

    default: SqlText | None = None


class ViewBody(Body, frozen=True, kw_only=True):
    """The query as the server spells it, and `options` such as `security_barrier=true`."""

    definition: SqlText
    columns: tuple[ViewColumn, ...] = ()
    options: tuple[str, ...] = ()


class ViewKind(PgKind):
    """Ref: (schema, name)."""

    tag = VIEW
    plural = "views"
    tree_fields = ROOT_FIELDS
    role = "view"
    body = ViewBody
    weight = 45
    keyword = "VIEW"
    renamable = True
    rebuildable = True
    since = MappingProxyType({_INVOKER: "15"})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All views; their row types and rules stand for them where something needs them."""
        pg = as_pg(reader)
        columns = column_rows(pg, "v")
        for oid, schema, name, query, options, *others in pg.rows(_VIEWS):
            ref = noted(pg, Ref(self.tag, (schema, name)), oid, *others)
            body = ViewBody(
                definition=query.strip().removesuffix(";"),
                columns=tuple(_column(pg, ref, row) for row in columns.get(oid, ())),
                options=tuple(sorted(options or ())),
            )
            yield Node(ref=ref, body=body)

    def uses(self, node: Node) -> frozenset[str]:
        """Its options are texts."""
        names = {option.partition("=")[0] for option in node.body.options}
        return frozenset(names.intersection(self.since))

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Relations of a schema share one name space, and have a row type of their name."""
        return (relation_name(*ref.path), type_name(*ref.path))

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether a column goes or changes: OR REPLACE only adds columns at the end (42P16)."""
        return not extends(change)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE VIEW`."""
        node = change.new
        columns = self._columns(node.ref, (), node.body.columns)
        step = Step(
            description=f"Create view {spoken(node.ref.path)}",
            sql=(self._create("CREATE VIEW", node), *columns),
            locks=existing(before, ACCESS_SHARE, *sources(node)),
        )
        yield self.made(change, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE OR REPLACE VIEW`, which sets all options anew and keeps column defaults."""
        node, old, new = change.new, change.old.body, change.new.body
        sql = list(self._columns(node.ref, old.columns, new.columns))
        if _queries(old) != _queries(new):
            sql.insert(0, self._create("CREATE OR REPLACE VIEW", node))
        step = Step(
            description=f"Change view {spoken(node.ref.path)}",
            sql=tuple(sql),
            locks=(
                lock(node.ref, ACCESS_EXCLUSIVE),
                *existing(before, ACCESS_SHARE, *sources(node)),
            ),
            effects=_security(change),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP VIEW`; readers are broken unless it comes back with all its columns."""
        locks = (lock(change.old.ref, ACCESS_EXCLUSIVE),)
        for step in super().drop(change, before, after):
            yield msgspec.structs.replace(step, effects=_effects(change), locks=locks)

    def _create(self, words: str, node: Node) -> str:
        options = f" WITH ({option_list(node.body.options)})" if node.body.options else ""
        return f"{words} {self.sql(node.ref)}{options} AS\n{node.body.definition}"

    def _columns(
        self, ref: Ref, old: Sequence[ViewColumn], new: Sequence[ViewColumn]
    ) -> Iterator[str]:
        """The statements for defaults and comments of columns that differ."""
        known = {column.name: column.default for column in old}
        for column in new:
            if column.default != known.get(column.name):
                action = f"SET DEFAULT {column.default}" if column.default else "DROP DEFAULT"
                yield f"ALTER VIEW {self.sql(ref)} ALTER COLUMN {quote(column.name)} {action}"
        yield from column_comments(self.sql(ref), old, new)


def _column(pg: PgReader, ref: Ref, row: Row) -> ViewColumn:
    name, type_, collation, comment, default, default_oid, *_ = row
    if default_oid:
        pg.note(ref, "pg_attrdef", default_oid)
    return ViewColumn(name=name, type=type_, collation=collation, default=default, comment=comment)


def _effects(change: Change) -> tuple[Effect, ...]:
    if change.action == "drop":
        return ("breaking",)
    other: tuple[Effect, ...] = () if extends(change) else ("breaking",)
    return other + _security(change)


def _security(change: Change) -> tuple[Effect, ...]:
    old, new = _guarding(change.old.body), _guarding(change.new.body)
    return ("security",) if old != new else ()


def _guarding(body: ViewBody) -> list[str]:
    """The options that say with whose rights and in which order rows are looked at."""
    return [option for option in body.options if option.startswith("security_")]


def _queries(body: ViewBody) -> tuple[object, ...]:
    """What CREATE OR REPLACE VIEW sets."""
    return (body.definition, body.options, shapes(body.columns))
