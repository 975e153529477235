"""Conversions between two encodings of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.named import RemadeKind
from lockplane_postgres.kinds.tags import CONVERSION
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.quote import literal
from lockplane_postgres.reader import USER_SCHEMAS, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.reader import Reader

_CONVERSIONS = f"""
SELECT c.oid, n.nspname, c.conname, pg_encoding_to_char(c.conforencoding),
       pg_encoding_to_char(c.contoencoding), c.conproc::text, c.condefault
FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE {USER_SCHEMAS} AND {unowned("pg_conversion", "c.oid")}
"""


class ConversionBody(Body, frozen=True, kw_only=True):
    """From which encoding to which, by which function; `default` is used without being named."""

    source: str
    target: str
    function: str
    default: bool = False


class ConversionKind(RemadeKind):
    """Ref: (schema, name)."""

    tag = CONVERSION
    plural = "conversions"
    tree_fields = ROOT_FIELDS
    body = ConversionBody
    weight = 34
    keyword = "CONVERSION"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All conversions but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_conversion"):
            return
        for oid, schema, name, source, target, function, default in pg.rows(_CONVERSIONS):
            ref = pg.note(Ref(self.tag, (schema, name)), "pg_conversion", oid)
            body = ConversionBody(source=source, target=target, function=function, default=default)
            yield Node(ref=ref, body=body)

    def definition(self, node: Node) -> str:
        body: ConversionBody = node.body
        words = "CREATE DEFAULT CONVERSION" if body.default else "CREATE CONVERSION"
        ends = f"FOR {literal(body.source)} TO {literal(body.target)}"
        return f"{words} {self.sql(node.ref)} {ends} FROM {body.function}"
