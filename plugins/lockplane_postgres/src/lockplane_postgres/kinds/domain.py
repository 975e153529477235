"""Domains: a type with a default, NOT NULL and checks of its own.

What has no ALTER (the type below, the collation) is a swap: another domain of that name is put
in its place, and the columns are moved over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.change import Change
from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds import casts
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.domain_check import DomainCheckKind
from lockplane_postgres.kinds.refs import type_name
from lockplane_postgres.kinds.subtree import returns
from lockplane_postgres.kinds.tags import DOMAIN, DOMAIN_CHECK, FUNCTION
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.kinds.type_swap import (
    ARRAY,
    Swap,
    is_carried,
    moved,
    retyped,
    stays,
    swapped,
)
from lockplane_postgres.kinds.type_uses import held_throughout, refuse_nested, scanned
from lockplane_postgres.quote import qualified, qualified_type, quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.step import Effect
    from lockplane_core.spi.reader import Reader

_DOMAINS = f"""
SELECT t.oid, t.typarray, n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod),
       t.typnotnull, pg_get_expr(t.typdefaultbin, 0),
       CASE WHEN t.typcollation <> b.typcollation THEN
         CASE WHEN cn.nspname = 'pg_catalog' THEN quote_ident(co.collname)
              ELSE quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END
       END
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_collation co ON co.oid = t.typcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
WHERE t.typtype = 'd' AND {USER_SCHEMAS}
"""


class DomainBody(Body, frozen=True, kw_only=True):
    """`type` is what it is a domain over; `collation` only where it is not that of the type."""

    type: str
    nullable: bool = True
    default: SqlText | None = None
    collation: str = ""


class DomainKind(PgKind):
    """Ref: (schema, name); its checks are nodes below it."""

    tag = DOMAIN
    plural = "domains"
    tree_fields = ROOT_FIELDS
    role = "type"
    body = DomainBody
    weight = 21
    keyword = "DOMAIN"
    renamable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All domains; columns of their arrays depend on the array type."""
        pg = as_pg(reader)
        for oid, array, schema, name, type_, not_null, default, collation in pg.rows(_DOMAINS):
            ref = pg.note(Ref(self.tag, (schema, name)), "pg_type", oid)
            if array:
                pg.note(ref, "pg_type", array)
            body = DomainBody(
                type=type_, nullable=not not_null, default=default, collation=collation or ""
            )
            yield Node(ref=ref, body=body)

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Types share a name space with the row types of relations."""
        return (type_name(*ref.path),)

    def sql(self, ref: Ref) -> str:
        """The name of the type."""
        return qualified_type(*ref.path)

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE DOMAIN` with its checks, as far as these do not stand on the domain."""
        checks = _inline(change.new.ref, after)
        step = Step(
            description=f"Create domain {spoken(change.new.ref.path)}",
            sql=(_create(change.new, checks),),
        )
        yield self.made(change, step, also=checks)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP DOMAIN`, after those of its checks that stand on what stands on it."""
        own = {node.ref for node in before.subtree(change.old.ref)}
        loose = [
            node
            for node in before.children(change.old.ref, DOMAIN_CHECK)
            if returns(node, own, before)
        ]
        for node in loose:
            yield from DomainCheckKind().drop(Change(action="drop", before=node), before, after)
        rest = before.replace(node for node in before if node not in loose)
        for step in super().drop(change, rest, after):
            yield msgspec.structs.replace(step, effects=("breaking",))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER DOMAIN`, a step for each thing that differs."""
        old, new = change.old.body, change.new.body
        said = f"domain {spoken(change.new.ref.path)}"
        if old.default != new.default:
            action = f"SET DEFAULT {new.default}" if new.default else "DROP DEFAULT"
            yield self._altered(change, f"Change default of {said}", action)
        if old.nullable and not new.nullable:
            ref = change.new.ref
            refuse_nested(change, ref, "become NOT NULL", before=before, after=after)
            effects, locks = scanned(ref, before)
            step = self._altered(change, f"Require non-null in {said}", "SET NOT NULL")
            guards = tuple(_nulls(ref, before, after))
            yield msgspec.structs.replace(step, effects=effects, locks=locks, guards=guards)
        elif new.nullable and not old.nullable:
            yield self._altered(change, f"Allow nulls in {said}", "DROP NOT NULL")

    def _altered(self, change: Change, said: str, action: str) -> Step:
        sql = f"ALTER DOMAIN {self.sql(change.new.ref)} {action}"
        return self.made(change, Step(description=said, sql=(sql,)))

    # -- another type below ----------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether the type or its collation differs."""
        old, new = change.old.body, change.new.body
        return (old.type, old.collation) != (new.type, new.collation)

    def carries(self, change: Change, before: Catalog) -> Iterable[Ref]:
        """The columns of the domain, which a swap retypes: what stands on them is in the way."""
        if change.action != "replace":
            return ()
        return [node.ref for node in retyped(change.old.ref, before)]

    def displaces(self, change: Change, dependant: Node) -> bool:
        """Everything but the columns, their simple defaults, and what the server rebuilds."""
        return change.action == "replace" and not is_carried(change.old.ref, dependant)

    def replace(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Another domain of the same name in the place of this one, its columns moved over."""
        ref, old, new = change.new.ref, change.old.body, change.new.body
        checks = _inline(ref, after)

        def cast(column: str, brackets: str) -> str:
            found = casts.using(column, old.type + brackets, new.type + brackets)
            return f"{found or column}::{new.type}{brackets}::{self.sql(ref)}{brackets}"

        swap = Swap(
            keyword="DOMAIN",
            created=(_create(change.new, checks),),
            between=old.type,
            cast=cast,
        )
        step = swapped(change, swap, before, after)
        columns = moved(ref, before, after)
        parts = [*before.subtree(ref), *checks]
        own = {node.ref for node in (*columns, *parts)}
        effects = casts.effects(old.type, new.type) if columns else ()
        yield msgspec.structs.replace(
            step,
            description=f"Change type of domain {spoken(ref.path)} from {_type(old)} "
            f"to {_type(new)}",
            produces=(*step.produces, *(node.ref for node in checks)),
            destroys=(*step.destroys, *(node.ref for node in before.subtree(ref))),
            consumes=tuple(
                sorted({*step.consumes, *(need for node in parts for need in node.needs)} - own)
            ),
            settles=(*step.settles, *(node.ref for node in checks)),
            effects=_joined(step.effects, effects),
            guards=tuple(_misfits(change, columns, after)),
        )


def _create(node: Node, checks: Iterable[Node]) -> str:
    body: DomainBody = node.body
    words = [f"CREATE DOMAIN {qualified_type(*node.ref.path)} AS {body.type}"]
    if body.collation:
        words.append(f"COLLATE {body.collation}")
    if body.default:
        words.append(f"DEFAULT {body.default}")
    if not body.nullable:
        words.append("NOT NULL")
    return " ".join([*words, *(DomainCheckKind().named(check) for check in checks)])


def _inline(domain: Ref, after: Catalog) -> list[Node]:
    """The checks that CREATE DOMAIN makes; it does not take NOT VALID (0A000)."""
    own = {node.ref for node in after.subtree(domain)}
    checks = [node for node in after.children(domain, DOMAIN_CHECK) if node.body.validated]
    if after[domain].needs:
        return [node for node in checks if not returns(node, own, after)]
    # Every domain needs its schema: without needs it comes from schema JSON, which has none.
    # What may call a function of the schema is then tried later.
    routines = {node.ref.name.partition("(")[0] for node in after.of_kind(FUNCTION)}
    return [node for node in checks if not any(r in node.body.expression for r in routines)]


def _type(body: DomainBody) -> str:
    return f"{body.type} COLLATE {body.collation}" if body.collation else body.type


def _joined(one: tuple[Effect, ...], other: tuple[Effect, ...]) -> tuple[Effect, ...]:
    return tuple(dict.fromkeys((*other, *one)))


def _nulls(domain: Ref, before: Catalog, after: Catalog) -> Iterator[Guard]:
    for holder in held_throughout(domain, before, after):
        table, name = holder.relation.path, quote(holder.column)
        yield Guard(
            query=f"SELECT 1 FROM {qualified(*table)} WHERE {name} IS NULL LIMIT 1",
            message=f"{spoken(holder.node.ref.path)} of domain {spoken(domain.path)} holds NULLs",
        )


def _misfits(change: Change, columns: Iterable[Node], after: Catalog) -> Iterator[Guard]:
    """Values that have no counterpart in the new type."""
    old, new = change.old.body.type, change.new.body.type
    for column in columns:
        if stays(change.new.ref, column, after) and not column.body.type.endswith(ARRAY):
            name = quote(column.ref.name)
            query = casts.offences(name, old, new)
            if query:
                yield Guard(
                    query=f"SELECT 1 FROM {qualified(*column.ref.path[:2])} WHERE {query} LIMIT 1",
                    message=f"{spoken(column.ref.path)} holds values that are no {new}",
                )
