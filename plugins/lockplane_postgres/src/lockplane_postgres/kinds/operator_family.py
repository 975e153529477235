"""Operator families: what the operator classes of an index method have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.named import RemadeKind, SignedKind
from lockplane_postgres.kinds.operator_members import member_rows, members
from lockplane_postgres.kinds.tags import OPERATOR_FAMILY
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.quote import quote
from lockplane_postgres.reader import USER_SCHEMAS, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_FAMILIES = f"""
SELECT f.oid, n.nspname, f.opfname, m.amname
FROM pg_opfamily f
JOIN pg_namespace n ON n.oid = f.opfnamespace
JOIN pg_am m ON m.oid = f.opfmethod
WHERE {USER_SCHEMAS} AND {unowned("pg_opfamily", "f.oid")}
"""


class OperatorFamilyBody(Body, frozen=True, kw_only=True):
    """What belongs to it and none of its classes: `OPERATOR 1 <(a,b)`, `FUNCTION 1 (a, b) f(…)`."""

    members: tuple[str, ...] = ()


class OperatorFamilyKind(RemadeKind, SignedKind):
    """Ref: (schema, `name USING method`)."""

    tag = OPERATOR_FAMILY
    plural = "operator_families"
    tree_fields = ROOT_FIELDS
    body = OperatorFamilyBody
    weight = 35
    keyword = "OPERATOR FAMILY"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All families but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_opfamily"):
            return
        rows = member_rows(pg)
        for oid, schema, name, method in pg.rows(_FAMILIES):
            ref = Ref(self.tag, (schema, f"{quote(name)} USING {quote(method)}"))
            pg.note(ref, "pg_opfamily", oid)
            body = OperatorFamilyBody(members=members(pg, ref, "pg_opfamily", oid, rows))
            yield Node(ref=ref, body=body)

    def replaces(self, change: Change) -> bool:
        """Never: members come and go."""
        return False

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE OPERATOR FAMILY`, and its members."""
        node = change.new
        added = self._added(node, node.body.members)
        said = f"Create {self.called(node.ref)}"
        yield self.made(change, Step(description=said, sql=(self.definition(node), *added)))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP` and `ADD` of members."""
        old, new = change.old.body.members, change.new.body.members
        gone = [_dropped(member) for member in old if member not in new]
        family = f"ALTER OPERATOR FAMILY {self.sql(change.new.ref)}"
        step = Step(
            description=f"Change {self.called(change.new.ref)}",
            sql=(
                *([f"{family} DROP {', '.join(gone)}"] if gone else ()),
                *self._added(change.new, [member for member in new if member not in old]),
            ),
        )
        yield self.made(change, step)

    def definition(self, node: Node) -> str:
        return f"CREATE OPERATOR FAMILY {self.sql(node.ref)}"

    def _added(self, node: Node, found: Iterable[str]) -> tuple[str, ...]:
        listed = ", ".join(found)
        return (f"ALTER OPERATOR FAMILY {self.sql(node.ref)} ADD {listed}",) if listed else ()


def _dropped(member: str) -> str:
    """`OPERATOR 1 (a,b)`: the number, and the types that it is for."""
    sort, number, rest = member.split(" ", 2)
    types = rest[rest.index("(") : rest.index(")") + 1]
    return f"{sort} {number} {types}"
