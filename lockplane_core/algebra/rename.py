"""Renaming: catalogs and plans in which an object goes by another name and is the same."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.step import Step
    from lockplane_core.spi.kind import Kind

_ASIDE = "lockplane_aside"


def moving(catalog: Catalog, old: Ref, new: Ref, kinds: Mapping[str, Kind]) -> dict[Ref, Ref]:
    """The refs that change when `old` becomes `new`, each with what it becomes."""
    found: dict[Ref, Ref] = {}
    for was, will in ((old, new), *kinds[old.kind].renamed_along(old, new, catalog)):
        named = kinds[was.kind].named_by(was, catalog)
        pairs = ((ref, kinds[ref.kind].moved(ref, was, will)) for ref in named if ref != was)
        found |= {was: will, **{ref: later for ref, later in pairs if ref != later}}
    return found


def moved(catalog: Catalog, names: Mapping[Ref, Ref], kinds: Mapping[str, Kind]) -> Catalog:
    """A catalog with these refs for others, wherever it says them; bodies are as they were."""
    if not names:
        return catalog
    unmodelled = (
        msgspec.structs.replace(item, needs=tuple(names.get(need, need) for need in item.needs))
        for item in catalog.unmodelled
    )
    nodes = (_moved(node, names, kinds) for node in catalog)
    return catalog.replace(nodes, unmodelled=unmodelled)


def _moved(node: Node, names: Mapping[Ref, Ref], kinds: Mapping[str, Kind]) -> Node:
    ref = names.get(node.ref, node.ref)
    is_told = ref != node.ref and node.kept is not None
    return msgspec.structs.replace(
        node,
        ref=ref,
        kept=kinds[ref.kind].kept_as(node.kept, ref) if is_told else node.kept,
        parent=names.get(node.parent, node.parent) if node.parent else None,
        needs=tuple(sorted(names.get(need, need) for need in node.needs)),
    )


def in_turn(
    pairs: Mapping[Ref, Ref], catalog: Catalog, kinds: Mapping[str, Kind]
) -> Iterator[Renamed]:
    """Old and new names in an order in which each new one is free when it is given.

    Of those that exchange their names one waits under a name that nobody in `catalog` has.
    """
    waiting = dict(sorted(pairs.items()))
    while waiting:
        held = {old: {old, *kinds[old.kind].occupies(old)} for old in waiting}
        free = [old for old in waiting if not _is_taken(old, waiting[old], held, kinds)]
        for old in free:
            yield Renamed(old, waiting.pop(old))
        if not free:
            old = next(iter(waiting))
            aside = _aside(old, catalog)
            yield Renamed(old, aside)
            waiting[aside] = waiting.pop(old)


def _is_taken(old: Ref, new: Ref, held: Mapping[Ref, set[Ref]], kinds: Mapping[str, Kind]) -> bool:
    wanted = {new, *kinds[new.kind].occupies(new)}
    return any(not wanted.isdisjoint(names) for other, names in held.items() if other != old)


def _aside(ref: Ref, catalog: Catalog) -> Ref:
    names = (Ref(ref.kind, (*ref.path[:-1], f"{_ASIDE}_{number}")) for number in count(1))
    return next(name for name in names if name not in catalog)


def names_after(steps: Iterable[Step]) -> dict[Ref, Ref]:
    """What the objects of the state before some steps are called after them, where that differs."""
    first: dict[Ref, Ref] = {}
    for step in steps:
        moves = [(first.pop(item.old, item.old), item.new) for item in step.renames]
        first.update((new, old) for old, new in moves)
    return {old: new for new, old in first.items() if old != new}


def called(step: Step, names: Mapping[Ref, Ref]) -> Step:
    """A step as it would be if what it makes, changes and ends had these names."""
    own = {
        field: tuple(names.get(ref, ref) for ref in getattr(step, field))
        for field in ("produces", "destroys", "settles")
    }
    return msgspec.structs.replace(step, **own)
