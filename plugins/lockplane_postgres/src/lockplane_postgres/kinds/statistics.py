"""Extended statistics: what the planner is to know of several columns, or of expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.queries import sources
from lockplane_postgres.kinds.tags import STATISTICS
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.locks import SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Lock
    from lockplane_core.spi.reader import Reader

Sort = Literal["ndistinct", "dependencies", "mcv"]

# A target of 0 is one; none is -1 up to 16 and null since.
_STATISTICS = f"""
SELECT s.oid, n.nspname, s.stxname, tn.nspname, t.relname, s.stxkind::text[],
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = s.stxrelid AND a.attnum = ANY (s.stxkeys::int2[])
             ORDER BY a.attnum),
       {{expressions}}, CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_class t ON t.oid = s.stxrelid
JOIN pg_namespace tn ON tn.oid = t.relnamespace
WHERE {USER_SCHEMAS}
"""
_SORTS: dict[str, Sort] = {"d": "ndistinct", "f": "dependencies", "m": "mcv"}


class StatisticsBody(Body, frozen=True, kw_only=True):
    """What of which table; `sorts` is empty for the statistics of a single expression."""

    table: str
    columns: tuple[str, ...] = ()
    expressions: tuple[SqlText, ...] = ()
    sorts: tuple[Sort, ...] = ()
    target: int | None = None


class StatisticsKind(PgKind):
    """Ref: (schema, name); the table may be in another schema."""

    tag = STATISTICS
    plural = "statistics"
    tree_fields = ROOT_FIELDS
    role = "other"
    body = StatisticsBody
    weight = 155
    keyword = "STATISTICS"
    renamable = True
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All extended statistics."""
        pg = as_pg(reader)
        if not pg.holds("pg_statistic_ext"):
            return
        listed = pg.since(14, "pg_get_statisticsobjdef_expressions(s.oid)", "NULL")
        for row in pg.rows(_STATISTICS.format(expressions=listed)):
            oid, schema, name, *table, sorts, columns, expressions, target = row
            ref = pg.note(Ref(self.tag, (schema, name)), "pg_statistic_ext", oid)
            body = StatisticsBody(
                table=qualified(*table),
                columns=tuple(columns),
                expressions=tuple(expressions or ()),
                sorts=tuple(_SORTS[sort] for sort in sorted(sorts) if sort in _SORTS),
                target=target,
            )
            yield Node(ref=ref, body=body)

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether anything but the target differs."""
        old, new = change.old.body, change.new.body
        return bool(msgspec.structs.replace(old, target=new.target) != new)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE STATISTICS`, and its target where it has one."""
        node, body = change.new, change.new.body
        sorts = f" ({', '.join(body.sorts)})" if body.sorts else ""
        subjects = [*map(quote, body.columns), *(f"({text})" for text in body.expressions)]
        made = f"CREATE STATISTICS {self.sql(node.ref)}{sorts} ON {', '.join(subjects)}"
        targets = () if body.target is None else (self._target(node),)
        step = Step(
            description=f"Create statistics {spoken(node.ref.path)}",
            sql=(f"{made} FROM {body.table}", *targets),
            locks=_locks(node, before),
        )
        yield self.made(change, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET STATISTICS`."""
        step = Step(
            description=f"Change target of statistics {spoken(change.new.ref.path)}",
            sql=(self._target(change.new),),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP STATISTICS`; the next ANALYZE does without."""
        for step in super().drop(change, before, after):
            yield msgspec.structs.replace(step, locks=_locks(change.old, before))

    def _target(self, node: Node) -> str:
        target = -1 if node.body.target is None else node.body.target
        return f"ALTER STATISTICS {self.sql(node.ref)} SET STATISTICS {target}"


def _locks(node: Node, before: Catalog) -> tuple[Lock, ...]:
    return existing(before, SHARE_UPDATE_EXCLUSIVE, *sources(node))
