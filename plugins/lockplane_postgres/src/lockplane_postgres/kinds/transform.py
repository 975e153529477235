"""Transforms: how a type is handed to a procedural language, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.named import RemadeKind, UnplacedKind
from lockplane_postgres.kinds.tags import TRANSFORM
from lockplane_postgres.reader import FIRST_USER_OID, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_TRANSFORMS = f"""
SELECT t.oid, format_type(t.trftype, NULL), quote_ident(l.lanname),
       nullif(t.trffromsql::oid, 0)::regprocedure::text,
       nullif(t.trftosql::oid, 0)::regprocedure::text
FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang
WHERE t.oid >= {FIRST_USER_OID} AND {unowned("pg_transform", "t.oid")}
"""


class TransformBody(Body, frozen=True, kw_only=True):
    """The functions of both ways, where there are any."""

    from_sql: str = ""
    to_sql: str = ""


class TransformKind(RemadeKind, UnplacedKind):
    """Ref: (`type LANGUAGE language`,)."""

    tag = TRANSFORM
    plural = "transforms"
    body = TransformBody
    weight = 34
    keyword = "TRANSFORM"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All transforms but those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_transform"):
            return
        for oid, type_, language, from_sql, to_sql in pg.rows(_TRANSFORMS):
            ref = Ref(self.tag, (f"{type_} LANGUAGE {language}",))
            body = TransformBody(from_sql=from_sql or "", to_sql=to_sql or "")
            yield Node(ref=pg.note(ref, "pg_transform", oid), body=body)

    def sql(self, ref: Ref) -> str:
        """`FOR type LANGUAGE language`."""
        return f"FOR {ref.name}"

    def replaces(self, change: Change) -> bool:
        """Never: OR REPLACE takes everything."""
        return False

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE OR REPLACE`."""
        sql = f"CREATE OR REPLACE {self._defined(change.new)}"
        said = f"Change {self.called(change.new.ref)}"
        yield self.made(change, Step(description=said, sql=(sql,)))

    def definition(self, node: Node) -> str:
        return f"CREATE {self._defined(node)}"

    def _defined(self, node: Node) -> str:
        ways = (("FROM", node.body.from_sql), ("TO", node.body.to_sql))
        listed = ", ".join(f"{way} SQL WITH FUNCTION {name}" for way, name in ways if name)
        return f"TRANSFORM {self.sql(node.ref)} ({listed})"
