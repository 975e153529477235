"""Settling: two spellings of one expression are no difference.

Deparsed text is no fixpoint: what a server prints for an expression, read back, may print
differently again. Bodies that differ in nothing but such text are made again on a scratch and
read back until both sides are stable; equal there means equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.closure import closure
from lockplane_core.algebra.diff import compare
from lockplane_core.algebra.spelling import respelled
from lockplane_core.engine.rendering import remade
from lockplane_core.model.text import map_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.ref import Ref

ROUNDS = 3


def settled(bench: Bench, before: Catalog, after: Catalog) -> Catalog:
    """`after`, with the names and bodies of `before` wherever they mean the same."""
    after = respelled(before, after, bench.dialect.fold)
    respellings = [change for change in compare(before, after) if _is_respelling(change)]
    alike = {change.ref for change in respellings if _is_alike(bench, change)}
    after = _with_bodies(after, before, alike)
    open_refs = {change.ref for change in respellings} - alike
    if not open_refs:
        return after
    same: set[Ref] = set()
    left, right = _around(before, open_refs), _around(after, open_refs)
    for _ in range(ROUNDS):
        earlier = left, right
        left, right = remade(bench, left), remade(bench, right)
        same = {ref for ref in open_refs if _equal(left, right, ref)}
        moving = [r for r in open_refs - same if not _stable(earlier, (left, right), r)]
        if not moving:
            break
    return _with_bodies(after, before, same)


def _with_bodies(after: Catalog, before: Catalog, same: Collection[Ref]) -> Catalog:
    return after.replace(
        msgspec.structs.replace(node, body=before[node.ref].body) if node.ref in same else node
        for node in after
    )


def _around(catalog: Catalog, refs: Collection[Ref]) -> Catalog:
    """The part of a catalog that has to exist for `refs` to exist."""
    return catalog.replace(catalog[ref] for ref in closure(catalog, refs, dependants=False))


def _is_respelling(change: Change) -> bool:
    if change.action != "alter":
        return False
    return bool(map_text(change.old.body, _blank) == map_text(change.new.body, _blank))


def _is_alike(bench: Bench, change: Change) -> bool:
    """Whether both texts mean the same by their words, so that no scratch need tell."""
    meaning = bench.dialect.meaning
    return bool(map_text(change.old.body, meaning) == map_text(change.new.body, meaning))


def _blank(_: str) -> str:
    return ""


def _stable(earlier: tuple[Catalog, Catalog], now: tuple[Catalog, Catalog], ref: Ref) -> bool:
    return all(_equal(one, other, ref) for one, other in zip(earlier, now, strict=True))


def _equal(left: Catalog, right: Catalog, ref: Ref) -> bool:
    one, other = left.get(ref), right.get(ref)
    return one is not None and other is not None and one.body == other.body
