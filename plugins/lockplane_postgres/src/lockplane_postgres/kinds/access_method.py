"""Access methods of tables and indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.named import RemadeKind, UnplacedKind
from lockplane_postgres.kinds.tags import ACCESS_METHOD
from lockplane_postgres.reader import FIRST_USER_OID, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.reader import Reader

Sort = Literal["index", "table"]

_METHODS = f"""
SELECT m.oid, m.amname, m.amhandler::text, m.amtype::text
FROM pg_am m
WHERE m.oid >= {FIRST_USER_OID} AND {unowned("pg_am", "m.oid")}
"""
_SORTS: dict[str, Sort] = {"i": "index", "t": "table"}


class AccessMethodBody(Body, frozen=True, kw_only=True):
    """Of what, and by which function."""

    type: Sort
    handler: str


class AccessMethodKind(RemadeKind, UnplacedKind):
    """Ref: (name,)."""

    tag = ACCESS_METHOD
    plural = "access_methods"
    body = AccessMethodBody
    weight = 33
    keyword = "ACCESS METHOD"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All access methods but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_am"):
            return
        for oid, name, handler, sort in pg.rows(_METHODS):
            ref = pg.note(Ref(self.tag, (name,)), "pg_am", oid)
            yield Node(ref=ref, body=AccessMethodBody(type=_SORTS[sort], handler=handler))

    def definition(self, node: Node) -> str:
        body: AccessMethodBody = node.body
        sort = body.type.upper()
        return f"CREATE ACCESS METHOD {self.sql(node.ref)} TYPE {sort} HANDLER {body.handler}"
