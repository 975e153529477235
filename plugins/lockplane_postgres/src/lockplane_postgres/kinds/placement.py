"""Placements: in which tablespace a table, an index or a materialized view is.

A placement is a node of its own, below whatever has files, so that what is made again is put back
where it was. Where there is none, it is in the tablespace of the database. Which tablespaces there
are belongs to the server: Lockplane makes some on a scratch server of its own, and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_postgres.kinds import descent
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import (
    EXCLUSION,
    INDEX,
    MATERIALIZED_VIEW,
    PLACEMENT,
    PRIMARY_KEY,
    TABLE,
    TABLESPACE,
    UNIQUE,
)
from lockplane_postgres.kinds.tree import PlacementBody
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, lock
from lockplane_postgres.quote import literal, qualified, quote, spoken
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Effect
    from lockplane_core.spi.reader import Reader

_TABLESPACES = "SELECT oid, spcname FROM pg_tablespace WHERE oid >= 16384"
_PLACEMENTS = """
SELECT c.oid, k.oid, s.spcname
FROM pg_class c
JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND c.oid >= 16384
"""
_USUAL = "pg_default"
# reltablespace is 0 for that of the database, which need not be pg_default.
_ELSEWHERE = """
SELECT 1 FROM pg_database d JOIN pg_tablespace s ON s.oid = d.dattablespace
WHERE d.datname = current_database() AND s.spcname <> 'pg_default'
"""
_KEYWORDS = {TABLE: "TABLE", MATERIALIZED_VIEW: "MATERIALIZED VIEW"}
_KEYS = (EXCLUSION, PRIMARY_KEY, UNIQUE)


class PlacementKind(PgKind):
    """Ref: the path of what is placed; in the JSON of that, as `tablespace`."""

    tag = PLACEMENT
    plural = "placements"
    role = "other"
    body = PlacementBody
    parent = TABLE
    also_below = frozenset({INDEX, MATERIALIZED_VIEW, *_KEYS})
    weight = 158
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """Whatever is in another tablespace than that of the database."""
        pg = as_pg(reader)
        if not pg.holds("pg_tablespace"):
            return
        for oid, name in pg.rows(_TABLESPACES):
            pg.note(Ref(TABLESPACE, (name,)), "pg_tablespace", oid)  # it is no stray
        for oid, key, name in pg.rows(_PLACEMENTS):
            parent = pg.ref("pg_constraint", key) if key else pg.ref("pg_class", oid)
            if parent is not None:
                yield Node(
                    ref=Ref(self.tag, parent.path),
                    parent=parent,
                    body=PlacementBody(tablespace=name),
                )

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET TABLESPACE`, which writes all of it anew there, unless nothing is in it."""
        node = change.new
        step = _moved(node, node.body.tablespace, before, after)
        yield self.made(change, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET TABLESPACE`."""
        yield from self.create(change, before, after)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Back to where the database is."""
        yield self.gone(change, before, _moved(change.old, _USUAL, before, after))


def _moved(node: Node, tablespace: str, before: Catalog, after: Catalog) -> Step:
    parent = _parent(node)
    keyword = _KEYWORDS.get(parent.kind, "INDEX")
    name = qualified(parent.path[0], parent.name)
    target = f"index of {parent.noun}" if parent.kind in _KEYS else parent.noun
    return Step(
        description=f"Move {target} {_said(parent)} to tablespace {tablespace}",
        sql=(f"ALTER {keyword} {name} SET TABLESPACE {quote(tablespace)}",),
        consumes=(Ref(TABLESPACE, (tablespace,)),),
        effects=_effects(parent, before, after),
        locks=(lock(_locked(parent), ACCESS_EXCLUSIVE),) if parent in before else (),
        guards=tuple(_guards(node, tablespace)),
    )


def _parent(node: Node) -> Ref:
    assert node.parent is not None  # noqa: S101 - narrows the type: every placement is of something
    return node.parent


def _said(parent: Ref) -> str:
    if parent.kind in _KEYWORDS:
        return spoken(parent.path)
    return f"{parent.name} on {spoken(parent.path[:2])}"


def _locked(parent: Ref) -> Ref:
    """The relation whose files they are: that of a key is its index."""
    return table_of(parent).child(INDEX, parent.name) if parent.kind in _KEYS else parent


def _effects(parent: Ref, before: Catalog, after: Catalog) -> tuple[Effect, ...]:
    """All that is in it is written again; a partitioned table has nothing but its partitions."""
    table = parent if parent.kind in _KEYWORDS else Ref(TABLE, parent.path[:2])
    is_new = table not in before and Ref(MATERIALIZED_VIEW, table.path) not in before
    return () if is_new or descent.is_split(table, after) else ("rewrite",)


def _guards(node: Node, tablespace: str) -> Iterator[Guard]:
    if tablespace == _USUAL:
        yield Guard(
            query=_ELSEWHERE,
            message=f"{_said(_parent(node))} is to be in the tablespace of the database, which is "
            "not pg_default: move it there by hand, and plan again",
            about=node.ref,
        )
        return
    place = f" at {node.span}" if node.span else ""
    yield Guard(
        query=f"SELECT 1 WHERE {literal(tablespace)} NOT IN (SELECT spcname FROM pg_tablespace)",
        message=f"{_said(_parent(node))} is to be in tablespace {tablespace}{place}, which the "
        f"server does not have: CREATE TABLESPACE {quote(tablespace)} there, or name another",
        about=node.ref,
    )
