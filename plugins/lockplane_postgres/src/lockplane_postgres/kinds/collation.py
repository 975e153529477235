"""Collations. PostgreSQL changes none of their facts, so another one takes the place of the old.

The version of its rules that a collation was made with is no part of a schema.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.tags import COLLATION
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.quote import literal, quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader
    from lockplane_postgres.reader import PgReader

Provider = Literal["libc", "icu", "builtin"]

_COLLATIONS = f"""
SELECT l.oid, n.nspname, l.collname, l.collprovider::text, l.collcollate, l.collctype,
       l.collisdeterministic, {{locale}}, {{rules}}
FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
WHERE {USER_SCHEMAS}
"""
_BUILTIN = "provider builtin"
_PROVIDERS: dict[str, Provider] = {"c": "libc", "i": "icu", "b": "builtin"}


class CollationBody(Body, frozen=True, kw_only=True):
    """`locale`, or of libc `lc_collate` and `lc_ctype` where these two differ."""

    provider: Provider
    locale: str = ""
    lc_collate: str = ""
    lc_ctype: str = ""
    deterministic: bool = True
    rules: str = ""


class CollationKind(PgKind):
    """Ref: (schema, name)."""

    tag = COLLATION
    plural = "collations"
    tree_fields = ROOT_FIELDS
    role = "other"
    body = CollationBody
    weight = 12
    keyword = "COLLATION"
    renamable = True
    rebuildable = True
    since = MappingProxyType({"rules": "16", _BUILTIN: "17"})

    def uses(self, node: Node) -> frozenset[str]:
        """A provider is a value of a field."""
        its = {_BUILTIN} if node.body.provider == "builtin" else set()
        return super().uses(node) | its

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All collations that are not the server's own."""
        pg = as_pg(reader)
        rules = pg.since(self.since["rules"], "l.collicurules", "NULL")
        query = _COLLATIONS.format(locale=_locale(pg), rules=rules)
        for oid, schema, name, provider, *facts in pg.rows(query):
            if provider in _PROVIDERS:
                ref = pg.note(Ref(self.tag, (schema, name)), "pg_collation", oid)
                yield Node(ref=ref, body=_body(_PROVIDERS[provider], *facts))

    def sql(self, ref: Ref) -> str:
        """Always with its schema: one in `public` may have a namesake in `pg_catalog`."""
        schema, name = ref.path
        return f"{quote(schema)}.{quote(name)}"

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE COLLATION`."""
        options = ", ".join(_options(change.new.body))
        step = Step(
            description=f"Create collation {spoken(change.new.ref.path)}",
            sql=(f"CREATE COLLATION {self.sql(change.new.ref)} ({options})",),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP COLLATION`; nothing is sorted by it by then."""
        for step in super().drop(change, before, after):
            yield msgspec.structs.replace(step, effects=("breaking",))


def _locale(pg: PgReader) -> str:
    """Where the locale of ICU is kept: `colllocale` since 17, which has builtin ones, too."""
    return pg.since(17, "l.colllocale", pg.since(15, "l.colliculocale", "NULL"))


def _body(  # noqa: PLR0913, PLR0917 - the columns of pg_collation
    provider: Provider,
    lc_collate: str | None,
    lc_ctype: str | None,
    deterministic: bool,  # noqa: FBT001 - as above
    locale: str | None,
    rules: str | None,
) -> CollationBody:
    """The body; before 15 ICU's locale is where that of libc is."""
    if locale is None and lc_collate == lc_ctype:
        locale, lc_collate, lc_ctype = lc_collate, None, None
    return CollationBody(
        provider=provider,
        locale=locale or "",
        lc_collate=lc_collate or "",
        lc_ctype=lc_ctype or "",
        deterministic=deterministic,
        rules=rules or "",
    )


def _options(body: CollationBody) -> Iterator[str]:
    yield f"provider = {body.provider}"
    for name in ("locale", "lc_collate", "lc_ctype"):
        if getattr(body, name):
            yield f"{name} = {literal(getattr(body, name))}"
    if not body.deterministic:
        yield "deterministic = false"
    if body.rules:
        yield f"rules = {literal(body.rules)}"
