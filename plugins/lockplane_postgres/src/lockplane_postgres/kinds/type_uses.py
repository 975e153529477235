"""Types from outside: what a domain stands for, and where values of a type are held."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockplane_core.errors import UnsupportedChange
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import (
    COLUMN,
    COMPOSITE,
    DOMAIN,
    DOMAIN_CHECK,
    ENUM,
    MATERIALIZED_VIEW,
    RANGE,
)
from lockplane_postgres.kinds.type_swap import ARRAY
from lockplane_postgres.locks import SHARE, existing
from lockplane_postgres.quote import literal, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Effect, Lock


# -- what a type stands for --------------------------------------------------------------------


def plain_type(node: Node, catalog: Catalog) -> str:
    """The type of a column or domain without the domains that it is made of.

    An array of a domain over an array is neither one: it stays as it is.
    """
    below = _domain_of(node, catalog)
    if below is None:
        return str(node.body.type)
    plain = plain_type(below, catalog)
    if not node.body.type.endswith(ARRAY):
        return plain
    return str(node.body.type) if plain.endswith(ARRAY) else plain + ARRAY


def unlisted(column: Node, plain: str, after: Catalog) -> str:
    """A condition that is true for values which the enum that they become does not list.

    `plain` is the type without its domains. It goes by the text of the values, since the enum
    may not be there yet; empty for types that are no enum.
    """
    node = column
    while below := _domain_of(node, after):
        node = below
    for need in node.needs:
        if need.kind == ENUM and plain in spellings(need):
            name, values = quote(column.ref.name), map(literal, after[need].body.values)
            known = f"ARRAY[{', '.join(values)}]::text[]"
            many = plain.endswith(ARRAY)
            return f"NOT {name}::text[] <@ {known}" if many else f"{name}::text <> ALL ({known})"
    return ""


def is_ruled(node: Node, catalog: Catalog) -> bool:
    """Whether a column or domain is of a domain that not every value of its plain type fits."""
    below = _domain_of(node, catalog)
    return below is not None and (
        not below.body.nullable
        or bool(catalog.children(below.ref, DOMAIN_CHECK))
        or is_ruled(below, catalog)
    )


def wants_value(node: Node, catalog: Catalog) -> bool:
    """Whether a column or domain is of a domain that takes no NULL, and gives no default."""
    below = _domain_of(node, catalog)
    if below is None or below.body.default is not None or node.body.type.endswith(ARRAY):
        return False
    return not below.body.nullable or wants_value(below, catalog)


def _domain_of(node: Node, catalog: Catalog) -> Node | None:
    """The domain that a type is, or is an array of; one that the node does not need is none."""
    for need in node.needs:
        if need.kind == DOMAIN and node.body.type in spellings(need):
            return catalog.get(need)
    return None


def spellings(type_: Ref) -> tuple[str, str]:
    """The type and its arrays as format_type() writes them with an empty search_path."""
    schema, name = type_.path
    spelled = f"{quote(schema)}.{quote(name)}"
    return spelled, spelled + ARRAY


# -- where its values are ----------------------------------------------------------------------


class Holder(NamedTuple):
    """A column, or a materialized view by one of its columns, that holds values of a type.

    They are `inside` of something in an array, a composite or a range.
    """

    node: Node
    column: str
    inside: bool

    @property
    def relation(self) -> Ref:
        return table_of(self.node.ref) if self.node.ref.kind == COLUMN else self.node.ref


def holders(wanted: Ref, catalog: Catalog) -> Iterator[Holder]:
    """Every column of the type, or of another that is made of it."""
    seen, queue = {wanted}, [(wanted, False)]
    while queue:
        type_, inside = queue.pop()
        alone, many = spellings(type_)
        for node in catalog.dependants(type_):
            for column, written in _typed(node):
                if written in (alone, many):
                    yield Holder(node, column, inside or written == many)
            if node.ref.kind in (DOMAIN, COMPOSITE, RANGE) and node.ref not in seen:
                seen.add(node.ref)
                is_same = node.ref.kind == DOMAIN and node.body.type == alone
                queue.append((node.ref, inside or not is_same))


def _typed(node: Node) -> Iterator[tuple[str, str]]:
    """The columns of a node, with their types."""
    if node.ref.kind == COLUMN:
        yield node.ref.name, node.body.type
    elif node.ref.kind == MATERIALIZED_VIEW:
        yield from ((column.name, column.type) for column in node.body.columns)


def held_throughout(domain: Ref, before: Catalog, after: Catalog) -> list[Holder]:
    """The columns of tables that are of the domain before the plan, and stay so."""
    later = {holder.node.ref for holder in holders(domain, after)}
    return [
        holder
        for holder in holders(domain, before)
        if holder.node.ref.kind == COLUMN and not holder.inside and holder.node.ref in later
    ]


def scanned(domain: Ref, before: Catalog) -> tuple[tuple[Effect, ...], tuple[Lock, ...]]:
    """What it means that all values of a domain are looked at: they must not change meanwhile."""
    relations = sorted({holder.relation for holder in holders(domain, before)})
    return ("scan",) if relations else (), existing(before, SHARE, *relations)


def refuse_nested(
    change: Change, domain: Ref, how: str, *, before: Catalog, after: Catalog
) -> None:
    """Raise `UnsupportedChange` where values are held that PostgreSQL does not look at (0A000)."""
    later = {holder.node.ref for holder in holders(domain, after)}
    for holder in holders(domain, before):
        if holder.inside and holder.node.ref in later:
            node = change.new
            place = f" ({node.span})" if node.span else ""
            raise UnsupportedChange(
                f"{domain} can not {how} while {holder.relation} holds it in {holder.column} "
                f"inside of an array, a composite or a range{place}",
                hint="PostgreSQL looks at columns of the very domain alone. Give the column "
                "another type first, or add the rule as a NOT VALID check.",
            )
