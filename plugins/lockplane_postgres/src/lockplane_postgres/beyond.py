"""What kinds model and yet can not be made: it needs an object that no kind models.

A foreign key to a typed table, a view over one: a scratch holds neither the
table nor, therefore, what stands on it. Such an object is as unmodelled as the one it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.closure import reach
from lockplane_core.model.node import Unmodelled
from lockplane_postgres.quote import spoken

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref


def within_reach(catalog: Catalog, strays: Collection[Ref]) -> Catalog:
    """The catalog without what needs one of `strays`, which is named as unmodelled instead."""
    if not strays:
        return catalog
    lost = reach(strays, lambda ref: _standing_on(catalog, ref))

    def known(needs: Iterable[Ref]) -> tuple[Ref, ...]:
        return tuple(need for need in needs if need not in lost)

    tops = [node for node in catalog if node.ref in lost and node.parent not in lost]
    return catalog.replace(
        (
            msgspec.structs.replace(node, needs=known(node.needs))
            for node in catalog
            if node.ref not in lost
        ),
        unmodelled=[
            *(
                msgspec.structs.replace(item, needs=known(item.needs))
                for item in catalog.unmodelled
                if not (item.aspect and lost.issuperset(item.needs))
            ),
            *(_named(node, known(sorted(set(_stood_on(catalog, node))))) for node in tops),
        ],
    )


def _standing_on(catalog: Catalog, ref: Ref) -> Iterator[Ref]:
    yield from (node.ref for node in catalog.dependants(ref))
    yield from (node.ref for node in catalog.children(ref))


def _stood_on(catalog: Catalog, top: Node) -> Iterator[Ref]:
    """What a node and its parts need, and what the node is a part of."""
    if top.parent is not None:
        yield top.parent
    for node in catalog.subtree(top.ref):
        yield from node.needs


def _named(node: Node, needs: tuple[Ref, ...]) -> Unmodelled:
    label = node.ref.kind.partition(".")[2].replace("_", " ")
    return Unmodelled(label=label, name=spoken(node.ref.path), needs=needs)
