"""Keeping: what a live object has that no schema says outlives that it is made again.

A dialect reads it into `Node.kept` (PostgreSQL: owner and privileges), and its kinds say how to
give it back. It is no part of a body: never compared, never planned for its own sake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.step import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_core.spi.kind import Kind

_MAKING = ("create", "replace")


def carried(live: Catalog, other: Catalog) -> Catalog:
    """`other`, with what the nodes of `live` have beside their content, and nothing of its own."""
    return _each(other, live.get)


def bare(catalog: Catalog) -> Catalog:
    """The content of a catalog alone: what a scratch or a file is made of."""
    return _each(catalog, lambda _: None)


def _each(catalog: Catalog, find: Callable[[Ref], Node | None]) -> Catalog:
    nodes = [_with(node, find(node.ref)) for node in catalog]
    if all(one is other for one, other in zip(nodes, catalog, strict=True)):
        return catalog
    return catalog.replace(nodes)


def _with(node: Node, live: Node | None) -> Node:
    kept = live.kept if live else None
    return node if node.kept is kept else msgspec.structs.replace(node, kept=kept)


def apart(one: Catalog, other: Catalog, kinds: Mapping[str, Kind]) -> list[Ref]:
    """What both sides know of and keep differently, by ref."""
    pairs = [(node, other.get(node.ref)) for node in one if node.kept is not None]
    return [
        node.ref
        for node, twin in pairs
        if twin is not None
        and twin.kept is not None
        and node.kept != twin.kept
        and kinds[node.ref.kind].keeping(node).mark != kinds[twin.ref.kind].keeping(twin).mark
    ]


def keeping(
    steps: Iterable[Step], changes: Sequence[Change], kinds: Mapping[str, Kind]
) -> list[Step]:
    """`steps`, with those that make a known object giving back what it has.

    That is so where a plan replaces it, and where an undo makes what the plan has dropped.
    """
    known = {
        change.ref: change.new
        for change in changes
        if change.action in _MAKING and change.new.kept is not None
    }
    return [_keeping(step, known, kinds) for step in steps]


def _keeping(step: Step, known: dict[Ref, Node], kinds: Mapping[str, Kind]) -> Step:
    """The step; what it gives back is not known any more to the steps after it."""
    nodes = [known.pop(ref) for ref in step.produces if ref in known]
    if not nodes:
        return step
    found = [(node.ref, kinds[node.ref.kind].keeping(node)) for node in nodes]
    return msgspec.structs.replace(
        step,
        sql=(*step.sql, *(sql for _, item in found for sql in item.sql)),
        consumes=tuple(sorted({*step.consumes, *(ref for _, k in found for ref in k.consumes)})),
        guards=(*step.guards, *(guard for _, item in found for guard in item.guards)),
        keeps=tuple(Kept(ref=ref, mark=item.mark) for ref, item in found if item.mark),
    )
