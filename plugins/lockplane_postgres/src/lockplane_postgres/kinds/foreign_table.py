"""Foreign tables. They hold no rows, so one that has no ALTER for a change is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import foreign_options
from lockplane_postgres.kinds.foreign_columns import Check, ForeignColumn, actions, checks, columns
from lockplane_postgres.kinds.named import RemadeKind
from lockplane_postgres.kinds.queries import column_comments
from lockplane_postgres.kinds.refs import relation_name, type_name
from lockplane_postgres.kinds.tags import FOREIGN_SERVER, FOREIGN_TABLE
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.quote import quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Effect
    from lockplane_core.spi.reader import Reader

# One that is a partition or inherits is named as what no kind models.
_TABLES = f"""
SELECT c.oid, n.nspname, c.relname, s.srvname, t.ftoptions, c.reltype, y.typarray
FROM pg_foreign_table t
JOIN pg_class c ON c.oid = t.ftrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type y ON y.oid = c.reltype
JOIN pg_foreign_server s ON s.oid = t.ftserver
WHERE NOT c.relispartition AND {USER_SCHEMAS} AND {unowned("pg_class", "c.oid")}
  AND NOT EXISTS (SELECT FROM pg_inherits h WHERE c.oid IN (h.inhrelid, h.inhparent))
"""
_FITTING = ("type", "collation", "generated")


class ForeignTableBody(Body, frozen=True, kw_only=True):
    """Where it is, and how it looks from here; secrets among `options` as `********`."""

    server: str
    columns: tuple[ForeignColumn, ...] = ()
    checks: tuple[Check, ...] = ()
    options: tuple[str, ...] = ()


class ForeignTableKind(RemadeKind):
    """Ref: (schema, name)."""

    tag = FOREIGN_TABLE
    plural = "foreign_tables"
    tree_fields = ROOT_FIELDS
    role = "view"
    body = ForeignTableBody
    weight = 41
    keyword = "FOREIGN TABLE"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All foreign tables but those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("foreign table"):
            return
        rows = pg.rows(_TABLES)
        refs = {row[0]: pg.note(Ref(self.tag, tuple(row[1:3])), "pg_class", row[0]) for row in rows}
        listed, checked = columns(pg, refs), checks(pg, refs)
        for oid, _, _, server, options, *types in rows:
            for type_ in types:
                pg.note(refs[oid], "pg_type", type_)
            body = ForeignTableBody(
                server=server,
                columns=tuple(listed[oid]),
                checks=tuple(checked[oid]),
                options=foreign_options.read(options),
            )
            yield Node(ref=refs[oid], body=body)

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """A relation's name, and that of its row type."""
        return (relation_name(*ref.path), type_name(*ref.path))

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether it is elsewhere, or a column goes, moves or becomes another one."""
        old, new = change.old.body, change.new.body
        kept = new.columns[: len(old.columns)]
        return bool(old.server != new.server or not _fit(old.columns, kept))

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE FOREIGN TABLE`."""
        node = change.new
        comments = column_comments(self.sql(node.ref), (), node.body.columns)
        server = Ref(FOREIGN_SERVER, (node.body.server,))
        step = Step(
            description=f"Create foreign table {spoken(node.ref.path)}",
            sql=(self.definition(node), *comments),
            consumes=(server,),
            guards=tuple(
                foreign_options.guards(node.ref, self.called(node.ref), node.body.options)
            ),
        )
        yield self.made(change, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER FOREIGN TABLE`, for what is new behind and for what differs in its columns."""
        ref, old, new = change.new.ref, change.old.body, change.new.body
        found = list(actions(old.columns, new.columns, old.checks, new.checks))
        options = foreign_options.changed(old.options, new.options)
        beginning = f"ALTER FOREIGN TABLE {self.sql(ref)}"
        step = Step(
            description=f"Change foreign table {spoken(ref.path)}",
            sql=(
                *(f"{beginning} {action}" for action in [*found, options] if action),
                *column_comments(self.sql(ref), old.columns, new.columns),
            ),
            locks=existing(before, ACCESS_EXCLUSIVE, ref),
            guards=tuple(foreign_options.guards(ref, self.called(ref), new.options, old.options)),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP FOREIGN TABLE`: the data stays where it is."""
        effects: tuple[Effect, ...] = ()
        if change.action == "drop" or not _reads_as_before(change):
            effects = ("breaking",)
        for step in super().drop(change, before, after):
            locks = existing(before, ACCESS_EXCLUSIVE, change.old.ref)
            yield msgspec.structs.replace(step, effects=effects, locks=locks)

    def definition(self, node: Node) -> str:
        body: ForeignTableBody = node.body
        parts = [*(c.written() for c in body.columns), *(c.written() for c in body.checks)]
        head = f"CREATE FOREIGN TABLE {self.sql(node.ref)} ({', '.join(parts)})"
        return f"{head} SERVER {quote(body.server)}{foreign_options.listed(body.options)}"


def _fit(old: tuple[ForeignColumn, ...], new: tuple[ForeignColumn, ...]) -> bool:
    """Whether the columns are the same, in what has no ALTER or may be in the way of others."""
    fields = ("name", *_FITTING)
    return [[getattr(c, f) for f in fields] for c in old] == [
        [getattr(c, f) for f in fields] for c in new
    ]


def _reads_as_before(change: Change) -> bool:
    new = {column.name: column for column in change.new.body.columns}
    return all(c.name in new and _fit((c,), (new[c.name],)) for c in change.old.body.columns)
