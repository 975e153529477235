"""Operator classes: how an index method treats a type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.named import RemadeKind, SignedKind
from lockplane_postgres.kinds.operator_members import member_rows, members
from lockplane_postgres.kinds.tags import OPERATOR_CLASS
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.quote import quote
from lockplane_postgres.reader import USER_SCHEMAS, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.reader import Reader

_CLASSES = f"""
SELECT c.oid, n.nspname, c.opcname, m.amname,
       format_type(c.opcintype, NULL), c.opcdefault,
       quote_ident(fn.nspname) || '.' || quote_ident(f.opfname),
       CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END
FROM pg_opclass c
JOIN pg_namespace n ON n.oid = c.opcnamespace
JOIN pg_am m ON m.oid = c.opcmethod
JOIN pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE {USER_SCHEMAS} AND {unowned("pg_opclass", "c.oid")}
"""


class OperatorClassBody(Body, frozen=True, kw_only=True):
    """For which type, in which family, and what it is made of.

    `storage` is what an index holds, where that is another type.
    """

    type: str
    family: str
    default: bool = False
    storage: str = ""
    members: tuple[str, ...] = ()


class OperatorClassKind(RemadeKind, SignedKind):
    """Ref: (schema, `name USING method`)."""

    tag = OPERATOR_CLASS
    plural = "operator_classes"
    tree_fields = ROOT_FIELDS
    body = OperatorClassBody
    weight = 36
    keyword = "OPERATOR CLASS"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All classes but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_opclass"):
            return
        rows = member_rows(pg)
        for oid, schema, name, method, type_, default, family, storage in pg.rows(_CLASSES):
            ref = Ref(self.tag, (schema, f"{quote(name)} USING {quote(method)}"))
            pg.note(ref, "pg_opclass", oid)
            body = OperatorClassBody(
                type=type_,
                family=family,
                default=default,
                storage=storage or "",
                members=members(pg, ref, "pg_opclass", oid, rows),
            )
            yield Node(ref=ref, body=body)

    def definition(self, node: Node) -> str:
        body: OperatorClassBody = node.body
        name, _, method = self.sql(node.ref).rpartition(" USING ")
        default = " DEFAULT" if body.default else ""
        parts = [*body.members, *([f"STORAGE {body.storage}"] if body.storage else ())]
        # One that has no members at all says at least what it stores: its own type.
        listed = ", ".join(parts) or f"STORAGE {body.type}"
        head = f"CREATE OPERATOR CLASS {name}{default} FOR TYPE {body.type} USING {method}"
        return f"{head} FAMILY {body.family} AS {listed}"
