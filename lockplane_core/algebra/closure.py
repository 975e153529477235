"""Closure: the part of a catalog that a change can be tried on."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref


def closure(catalog: Catalog, refs: Iterable[Ref], *, dependants: bool = True) -> set[Ref]:
    """`refs` that exist, all that they need, and, if wanted, all that needs them.

    A node comes with what is above it and with everything below its root, since what holds
    them all (a table) is made as a whole.
    """
    wanted: set[Ref] = {ref for ref in refs if ref in catalog}
    if dependants:
        wanted = reach(wanted, lambda ref: _standing_on(catalog, ref))
    return reach(wanted, lambda ref: _needed_by(catalog, ref))


def reach(start: Collection[Ref], next_to: Callable[[Ref], Iterable[Ref]]) -> set[Ref]:
    """`start`, what is next to each of them, what is next to that, and so on."""
    seen, queue = set(start), deque(sorted(start))
    while queue:
        for ref in next_to(queue.popleft()):
            if ref not in seen:
                seen.add(ref)
                queue.append(ref)
    return seen


def _standing_on(catalog: Catalog, ref: Ref) -> Iterator[Ref]:
    for node in catalog.subtree(ref):
        yield node.ref
        for dependant in catalog.dependants(node.ref):
            yield dependant.ref


def _needed_by(catalog: Catalog, ref: Ref) -> Iterator[Ref]:
    root = ref
    for above in catalog.ancestors(ref):
        if above in catalog:
            root = above
            yield root
    for node in catalog.subtree(root):
        yield node.ref
        yield from (need for need in node.needs if need in catalog)


def root_of(catalog: Catalog, ref: Ref) -> Ref:
    """What a node is a part of, at the very top; itself where it is a part of nothing."""
    for above in catalog.ancestors(ref):
        ref = above
    return ref
