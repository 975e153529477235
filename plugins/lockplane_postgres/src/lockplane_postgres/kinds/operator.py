"""Operators. Its commutator and negator may come later: the server keeps a place for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.named import RemadeKind, SignedKind
from lockplane_postgres.kinds.tags import OPERATOR
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.reader import USER_SCHEMAS, as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

# One without a function is the place that is kept for an operator which nobody has made. The
# name of another operator is written in full, since OPERATOR() looks nowhere else.
_OPERATORS = f"""
SELECT o.oid, n.nspname, o.oprname,
       CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END,
       format_type(o.oprright, NULL), o.oprcode::text,
       CASE WHEN c.oid IS NOT NULL THEN quote_ident(cn.nspname) || '.' || c.oprname END,
       CASE WHEN g.oid IS NOT NULL THEN quote_ident(gn.nspname) || '.' || g.oprname END,
       nullif(o.oprrest::oid, 0)::regproc::text, nullif(o.oprjoin::oid, 0)::regproc::text,
       o.oprcanhash, o.oprcanmerge
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
LEFT JOIN pg_operator c ON c.oid = o.oprcom
LEFT JOIN pg_namespace cn ON cn.oid = c.oprnamespace
LEFT JOIN pg_operator g ON g.oid = o.oprnegate
LEFT JOIN pg_namespace gn ON gn.oid = g.oprnamespace
WHERE {USER_SCHEMAS} AND o.oprcode <> 0 AND {unowned("pg_operator", "o.oid")}
"""


class OperatorBody(Body, frozen=True, kw_only=True):
    """The types that it takes (`left` is empty for a prefix operator), and what it does."""

    right: str
    function: str
    left: str = ""
    commutator: str = ""
    negator: str = ""
    restrict: str = ""
    join: str = ""
    hashes: bool = False
    merges: bool = False


class OperatorKind(RemadeKind, SignedKind):
    """Ref: (schema, `name(left, right)`), NONE for a side that is not there."""

    tag = OPERATOR
    plural = "operators"
    tree_fields = ROOT_FIELDS
    body = OperatorBody
    weight = 34
    keyword = "OPERATOR"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All operators but the server's own and those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_operator"):
            return
        fields = ("left", "right", "function", "commutator", "negator", "restrict", "join")
        for oid, schema, name, *texts, hashes, merges in pg.rows(_OPERATORS):
            given = {field: value or "" for field, value in zip(fields, texts, strict=True)}
            signed = f"{name}({given['left'] or 'NONE'}, {given['right']})"
            ref = pg.note(Ref(self.tag, (schema, signed)), "pg_operator", oid)
            yield Node(ref=ref, body=OperatorBody(hashes=hashes, merges=merges, **given))

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether more differs than how the planner estimates it: the rest is set only once."""
        old, new = change.old.body, change.new.body
        return bool(msgspec.structs.replace(old, restrict=new.restrict, join=new.join) != new)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER OPERATOR … SET`."""
        old, new = change.old.body, change.new.body
        options = [
            f"{field.upper()} = {getattr(new, field) or 'NONE'}"
            for field in ("restrict", "join")
            if getattr(old, field) != getattr(new, field)
        ]
        step = Step(
            description=f"Change {self.called(change.new.ref)}",
            sql=(f"ALTER OPERATOR {self.sql(change.new.ref)} SET ({', '.join(options)})",),
        )
        yield self.made(change, step)

    def definition(self, node: Node) -> str:
        name = self.sql(node.ref).removesuffix(_signature(node.body))
        return f"CREATE OPERATOR {name} ({', '.join(_options(node.body))})"


def _signature(body: OperatorBody) -> str:
    return f"({body.left or 'NONE'}, {body.right})"


def _options(body: OperatorBody) -> Iterator[str]:
    yield f"FUNCTION = {body.function}"
    if body.left:
        yield f"LEFTARG = {body.left}"
    yield f"RIGHTARG = {body.right}"
    for word, other in (("COMMUTATOR", body.commutator), ("NEGATOR", body.negator)):
        if other:
            yield f"{word} = OPERATOR({other})"
    for word, function in (("RESTRICT", body.restrict), ("JOIN", body.join)):
        if function:
            yield f"{word} = {function}"
    if body.hashes:
        yield "HASHES"
    if body.merges:
        yield "MERGES"
