"""What goes with an object, and what of it can not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref


def leaving(ref: Ref, before: Catalog, after: Catalog) -> Catalog:
    """What goes with an object: all below it, but for sequences that another column owns now."""
    kept = {
        below.ref
        for node in before.subtree(ref)
        if node.ref in after and after[node.ref].parent != node.parent
        for below in before.subtree(node.ref)
    }
    return before.replace(node for node in before.subtree(ref) if node.ref not in kept)


def returns(node: Node, own: AbstractSet[Ref], catalog: Catalog) -> bool:
    """Whether what a node needs besides `own` needs one of `own` in turn."""
    queue = [need for need in node.needs if need not in own]
    seen = set(queue)
    while queue:
        found = catalog.get(queue.pop())
        for ref in (*found.needs, *filter(None, [found.parent])) if found else ():
            if ref in own:
                return True
            if ref not in seen:
                seen.add(ref)
                queue.append(ref)
    return False
