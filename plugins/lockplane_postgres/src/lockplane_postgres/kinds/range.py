"""Range types. PostgreSQL changes none of their facts; the multirange type comes along (14)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.implicit import multirange_name
from lockplane_postgres.kinds.refs import type_name
from lockplane_postgres.kinds.tags import RANGE
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.quote import qualified_type, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_RANGES = f"""
SELECT n.nspname, t.typname, t.oid, t.typarray, {{many}}, format_type(r.rngsubtype, NULL),
       CASE WHEN NOT o.opcdefault
            THEN quote_ident(opn.nspname) || '.' || quote_ident(o.opcname) END,
       CASE WHEN r.rngcollation <> s.typcollation
            THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END,
       nullif(r.rngcanonical, 0)::regproc::text, nullif(r.rngsubdiff, 0)::regproc::text,
       {{many_name}}
FROM pg_range r
JOIN pg_type t ON t.oid = r.rngtypid
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type s ON s.oid = r.rngsubtype
JOIN pg_opclass o ON o.oid = r.rngsubopc
JOIN pg_namespace opn ON opn.oid = o.opcnamespace
LEFT JOIN pg_collation co ON co.oid = r.rngcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
{{join}}
WHERE {USER_SCHEMAS}
"""
_ADDRESSES = 4
_MULTIRANGE = """
JOIN pg_type m ON m.oid = r.rngmultitypid JOIN pg_namespace mn ON mn.oid = m.typnamespace
"""


class RangeBody(Body, frozen=True, kw_only=True):
    """What it is a range of, and what is not the server's own choice, as SQL names it.

    `multirange` is (schema, name) where PostgreSQL would have chosen another one.
    """

    subtype: str
    subtype_opclass: str = ""
    collation: str = ""
    canonical: str = ""
    subtype_diff: str = ""
    multirange: tuple[str, str] | None = None


class RangeKind(PgKind):
    """Ref: (schema, name)."""

    tag = RANGE
    plural = "range_types"
    tree_fields = ROOT_FIELDS
    role = "type"
    body = RangeBody
    weight = 24
    keyword = "TYPE"
    renamable = True
    since = MappingProxyType({"multirange": "14"})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All range types; multiranges and arrays stand for them where something needs them."""
        pg = as_pg(reader)
        since = self.since["multirange"]
        query = _RANGES.format(
            many=pg.since(since, "m.oid, m.typarray", "NULL, NULL"),
            many_name=pg.since(since, "mn.nspname, m.typname", "NULL, NULL"),
            join=pg.since(since, _MULTIRANGE, ""),
        )
        for schema, name, *types, many_schema, many in pg.rows(query):
            ref = Ref(self.tag, (schema, name))
            addresses, facts = types[:_ADDRESSES], types[_ADDRESSES:]
            for oid in filter(None, addresses):
                pg.note(ref, "pg_type", oid)
            yield Node(ref=ref, body=_body(ref, facts, (many_schema, many)))

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Its own name, and that of its multirange if nobody chose another one."""
        schema, name = ref.path
        return (type_name(schema, name), type_name(schema, multirange_name(name)))

    def sql(self, ref: Ref) -> str:
        """The name of the type."""
        return qualified_type(*ref.path)

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """There is no ALTER for any of it."""
        return True

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE TYPE … AS RANGE`."""
        if change.new.body.canonical:
            # It takes the type itself, of which there must be a shell before: no language but
            # C can be given a function on a shell (createtype, 14 to 18).
            raise self.unsupported(change, "made with a canonical function, which only C can have")
        options = ", ".join(_options(change.new.body))
        step = Step(
            description=f"Create range type {spoken(change.new.ref.path)}",
            sql=(f"CREATE TYPE {self.sql(change.new.ref)} AS RANGE ({options})",),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP TYPE`; columns of the type are gone or changed by then."""
        for step in super().drop(change, before, after):
            yield msgspec.structs.replace(step, effects=("breaking",))

    def replace(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Drop it and make it again; by now nothing is of the type."""
        yield from self.drop(change, before, after)
        yield from self.create(change, before, after)


def _body(ref: Ref, facts: Iterable[str | None], named: Iterable[str | None]) -> RangeBody:
    subtype, opclass, collation, canonical, diff = (fact or "" for fact in facts)
    schema, name = (part or "" for part in named)
    usual = (ref.path[0], multirange_name(ref.name))
    return RangeBody(
        subtype=subtype,
        subtype_opclass=opclass,
        collation=collation,
        canonical=canonical,
        subtype_diff=diff,
        multirange=(schema, name) if name and (schema, name) != usual else None,
    )


def _options(body: RangeBody) -> Iterator[str]:
    yield f"SUBTYPE = {body.subtype}"
    for name in ("subtype_opclass", "collation", "subtype_diff"):
        if getattr(body, name):
            yield f"{name.upper()} = {getattr(body, name)}"
    if body.multirange:
        yield f"MULTIRANGE_TYPE_NAME = {qualified_type(*body.multirange)}"
