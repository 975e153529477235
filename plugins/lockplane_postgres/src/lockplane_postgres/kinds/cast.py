"""Casts: how a value of one type becomes one of another, and where that goes without saying."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.named import RemadeKind, UnplacedKind
from lockplane_postgres.kinds.tags import CAST
from lockplane_postgres.reader import FIRST_USER_OID, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.reader import Reader

Method = Literal["function", "inout", "binary"]
Context = Literal["explicit", "assignment", "implicit"]

_CASTS = f"""
SELECT c.oid, format_type(c.castsource, NULL), format_type(c.casttarget, NULL),
       nullif(c.castfunc, 0)::regprocedure::text, c.castmethod::text, c.castcontext::text
FROM pg_cast c
WHERE c.oid >= {FIRST_USER_OID} AND {unowned("pg_cast", "c.oid")}
"""
_METHODS: dict[str, Method] = {"f": "function", "i": "inout", "b": "binary"}
_CONTEXTS: dict[str, Context] = {"e": "explicit", "a": "assignment", "i": "implicit"}


class CastBody(Body, frozen=True, kw_only=True):
    """By which function, or else how; and where it is done without being asked for."""

    method: Method = "function"
    function: str = ""
    context: Context = "explicit"


class CastKind(RemadeKind, UnplacedKind):
    """Ref: (`source AS target`,)."""

    tag = CAST
    plural = "casts"
    body = CastBody
    weight = 34
    keyword = "CAST"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All casts but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_cast"):
            return
        for oid, source, target, function, method, context in pg.rows(_CASTS):
            ref = pg.note(Ref(self.tag, (f"{source} AS {target}",)), "pg_cast", oid)
            body = CastBody(
                method=_METHODS[method], function=function or "", context=_CONTEXTS[context]
            )
            yield Node(ref=ref, body=body)

    def sql(self, ref: Ref) -> str:
        """`(source AS target)`."""
        return f"({ref.name})"

    def definition(self, node: Node) -> str:
        body: CastBody = node.body
        how = {
            "function": f"WITH FUNCTION {body.function}",
            "inout": "WITH INOUT",
            "binary": "WITHOUT FUNCTION",
        }[body.method]
        context = "" if body.context == "explicit" else f" AS {body.context.upper()}"
        return f"CREATE CAST {self.sql(node.ref)} {how}{context}"
