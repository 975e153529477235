"""Rows that a partition may hold: what is asked about them before one is attached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard
from lockplane_postgres.kinds import descent, rows
from lockplane_postgres.kinds.constraint import columns_of
from lockplane_postgres.kinds.tags import COLUMN, PARTITION, TABLE
from lockplane_postgres.quote import qualified, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_postgres.parse.bounds import Bounds


def guards(link: Node, defaults: Iterable[Ref], before: Catalog, after: Catalog) -> Iterator[Guard]:
    """Rows of the table that do not fit its bound, and those of default partitions that do."""
    leaf, parent = Ref(TABLE, link.ref.path), Ref(TABLE, link.body.parent)
    bound = f"{link.body.bound} of {spoken(parent.path)}"
    if leaf in before:
        for own in links(link, after):
            yield from _misfits(leaf, own, before, after)
    found = _condition(link, before, after)
    for default in defaults:
        source = _source(default, link, before, after) if found else ""
        if source:
            yield Guard(
                query=f"SELECT 1 FROM {source} AS t WHERE {found} LIMIT 1",
                message=f"rows of {spoken(default.path)} belong into {spoken(leaf.path)}, "
                f"which is {bound}",
            )


def _misfits(leaf: Ref, link: Node, before: Catalog, after: Catalog) -> Iterator[Guard]:
    """Rows of a table that do not fit one of the bounds that it comes under."""
    fits = _fitting(link, before, after)
    source = _source(leaf, link, before, after) if fits else ""
    if source:
        yield Guard(
            query=f"SELECT 1 FROM {source} AS t WHERE ({fits}) IS NOT TRUE LIMIT 1",
            message=f"rows of {spoken(leaf.path)} do not fit {link.body.bound} "
            f"of {spoken(link.body.parent)}",
        )


def links(link: Node, after: Catalog) -> Iterator[Node]:
    """A link, and those by which the parent is a partition in turn."""
    yield link
    for above in descent.ancestors(Ref(TABLE, link.ref.path), after):
        found = after.get(Ref(PARTITION, above.path))
        if found is not None:
            yield found


def _fitting(link: Node, before: Catalog, after: Catalog) -> str:
    """What is true of the rows that fit; those of the default partition fit no other."""
    found = _condition(link, before, after)
    if found or link.body.bound != descent.DEFAULT:
        return found
    others = [
        _condition(after[Ref(PARTITION, child.path)], before, after)
        for child in descent.children(Ref(TABLE, link.body.parent), after)
        if child.path != link.ref.path
    ]
    return " AND ".join(f"({other}) IS NOT TRUE" for other in others) if all(others) else ""


def _condition(link: Node, before: Catalog, after: Catalog) -> str:
    """What the bound says; empty where it can not be asked before the plan runs."""
    parent = Ref(TABLE, link.body.parent)
    bounds = bounds_of(link, after)
    if bounds is None:
        return ""
    is_there = parent in before and before[parent].body.partition_by == _split_by(link, after)
    # An expression may call what the plan makes, and a hash is that of a table that is there.
    if not is_there and (bounds.strategy == "h" or not bounds.columns):
        return ""
    return bounds.condition(qualified(*parent.path))


def provable(link: Node, catalog: Catalog) -> str:
    """The bound as a check from which the server sees that all rows fit; or nothing.

    It does so for one key that is a plain column.
    """
    bounds = bounds_of(link, catalog)
    if bounds is None or bounds.strategy == "h" or len(bounds.keys) > 1:
        return ""
    (key,) = bounds.keys
    if key.expression != quote(key.column):
        return ""
    return bounds.implying(qualified(*link.body.parent))


def bounds_of(link: Node, catalog: Catalog) -> Bounds | None:
    """The bound of a partition, read; None where no simple condition says the same."""
    from lockplane_postgres.parse import bounds

    return bounds.bounds_of(_split_by(link, catalog), link.body.bound)


def _split_by(link: Node, catalog: Catalog) -> str:
    found: str = catalog[Ref(TABLE, link.body.parent)].body.partition_by
    return found


def _source(table: Ref, link: Node, before: Catalog, after: Catalog) -> str:
    """The rows of a table as they shall be, with what the keys read."""
    bounds = bounds_of(link, after)
    named = bounds.columns if bounds else ()
    columns = columns_of(table, named) if named else [n.ref for n in after.children(table, COLUMN)]
    return rows.source(columns, before, after) if columns else ""
