"""Descent: which tables hand down to which others what they have, by partitions or inheritance.

What a table hands down it hands down at once: one statement about the parent changes all heirs.
An heir is below its parent before the plan and after it, by the same link; one that comes or
goes meanwhile is changed by itself (see `arriving`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.tags import INHERITANCE, PARTITION, TABLE
from lockplane_postgres.locks import existing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.step import Step

LINKS = (PARTITION, INHERITANCE)
DEFAULT = "DEFAULT"
"""The bound of a partition for what no other one takes."""


def link_of(table: Ref, catalog: Catalog) -> Node | None:
    """The node that says what a table descends from."""
    return next((n for tag in LINKS if (n := catalog.get(Ref(tag, table.path)))), None)


def parents(table: Ref, catalog: Catalog) -> tuple[Ref, ...]:
    """The tables that a table descends from at first hand."""
    link = link_of(table, catalog)
    return tuple(Ref(TABLE, path) for path in link.body.parents) if link else ()


def children(table: Ref, catalog: Catalog) -> list[Ref]:
    """The tables that descend from a table at first hand."""
    found = catalog.dependants(table)
    return [Ref(TABLE, node.ref.path) for node in found if node.ref.kind in LINKS]


def is_partition(table: Ref, catalog: Catalog) -> bool:
    """Whether a table is part of a partitioned one."""
    return Ref(PARTITION, table.path) in catalog


def is_split(table: Ref, catalog: Catalog) -> bool:
    """Whether a table has partitions."""
    return any(is_partition(child, catalog) for child in children(table, catalog))


def default_partitions(table: Ref, catalog: Catalog) -> list[Ref]:
    """The partition for what no other one takes, if there is one."""
    links = (catalog.get(Ref(PARTITION, child.path)) for child in children(table, catalog))
    return [Ref(TABLE, link.ref.path) for link in links if link and link.body.bound == DEFAULT]


def partitions(table: Ref, catalog: Catalog) -> list[Ref]:
    """The partitions of a table and theirs in turn; nothing else descends from a split table."""
    parts = [child for child in children(table, catalog) if is_partition(child, catalog)]
    return [ref for part in parts for ref in (part, *partitions(part, catalog))]


def ancestors(table: Ref, catalog: Catalog) -> list[Ref]:
    """All tables that a table descends from, the nearest first."""
    found = dict.fromkeys(parents(table, catalog))
    for parent in list(found):
        found |= dict.fromkeys(ancestors(parent, catalog))
    return list(found)


def stays(table: Ref, before: Catalog, after: Catalog) -> bool:
    """Whether what a table descends from stays what it is."""
    old, new = link_of(table, before), link_of(table, after)
    return old is not None and new is not None and old.ref == new.ref and old.body == new.body


def heirs(table: Ref, before: Catalog, after: Catalog) -> list[Ref]:
    """The tables to which a table hands down what changes in it, the nearest first."""
    found: dict[Ref, None] = {}
    queue = [table]
    while queue:
        for child in children(queue.pop(0), before):
            if child not in found and stays(child, before, after):
                found[child] = None
                queue.append(child)
    return list(found)


def counterpart(ref: Ref, table: Ref) -> Ref:
    """What goes by the same name in another table."""
    return Ref(ref.kind, (*table.path, *ref.path[2:]))


def renamed_along(old: Ref, new: Ref, catalog: Catalog) -> Iterator[tuple[Ref, Ref]]:
    """What goes by the same name in the heirs of its table, with what it is called then."""
    for heir in heirs(Ref(TABLE, old.path[:2]), catalog, catalog):
        like = counterpart(old, heir)
        if like in catalog:
            yield like, Ref(like.kind, (*like.path[:-1], new.name))


def of_parent(node: Node, name: str, kinds: Iterable[str], catalog: Catalog) -> Node | None:
    """What a part of a partition is a part of: of its parent, by name and of one of these kinds."""
    for parent in parents(Ref(TABLE, node.ref.path[:2]), catalog):
        for kind in kinds:
            found = catalog.get(Ref(kind, (*parent.path, name)))
            if found is not None:
                return found
    return None


def locking(step: Step, mode: str, table: Ref, before: Catalog, after: Catalog) -> Step:
    """`step`, whose statement locks all heirs of a table, whether it changes them or not."""
    locks = existing(before, mode, *heirs(table, before, after))
    return msgspec.structs.replace(step, locks=(*step.locks, *locks))


def widened(step: Step, pairs: Sequence[tuple[Ref, Ref]]) -> Step:
    """`step`, which does to the second of each pair what it does to the first."""

    def with_heirs(refs: tuple[Ref, ...]) -> tuple[Ref, ...]:
        return (*refs, *(heir for ref, heir in pairs if ref in refs and heir not in refs))

    if not pairs:
        return step
    return msgspec.structs.replace(
        step,
        produces=with_heirs(step.produces),
        destroys=with_heirs(step.destroys),
        settles=with_heirs(step.settles),
    )


# -- tables that come under a parent, or leave it ----------------------------------------------


def arriving(table: Ref, before: Catalog, after: Catalog) -> Iterator[Ref]:
    """The links that a plan makes and that this table is at an end of."""
    yield from _moving(table, after, before)


def departing(table: Ref, before: Catalog, after: Catalog) -> Iterator[Ref]:
    """The links that a plan ends and that this table is at an end of."""
    yield from _moving(table, before, after)


def _moving(table: Ref, one: Catalog, other: Catalog) -> Iterator[Ref]:
    ends = [link_of(table, one), *(link_of(child, one) for child in children(table, one))]
    for link in filter(None, ends):
        known = other.get(link.ref)
        if known is None or known.body != link.body:
            yield link.ref
