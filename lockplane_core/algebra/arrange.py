"""Arranging statements: what declares before what requires."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.ref import Ref
    from lockplane_core.model.statement import Statement


def arranged(statements: Sequence[Statement]) -> list[Statement]:
    """Statements so that each finds what it requires, otherwise in the order given.

    What says that it is to be last is so where it can be. Those that wait for one another come
    behind all, in the order given: running them tells.
    """
    declared = _declared(statements)
    later: dict[int, set[int]] = defaultdict(set)
    waiting = [0] * len(statements)
    for number, statement in enumerate(statements):
        for maker in {declared.get(item.ref, number) for item in statement.requires}:
            if maker != number and number not in later[maker]:
                later[maker].add(number)
                waiting[number] += 1
    ranks = [("last" in one.modifiers, number) for number, one in enumerate(statements)]
    free = [rank for rank, count in zip(ranks, waiting, strict=True) if count == 0]
    heapq.heapify(free)
    order: list[int] = []
    while free:
        _, number = heapq.heappop(free)
        order.append(number)
        for other in later[number]:
            waiting[other] -= 1
            if waiting[other] == 0:
                heapq.heappush(free, ranks[other])
    rest = sorted(set(range(len(statements))) - set(order))
    return [statements[number] for number in (*order, *rest)]


def _declared(statements: Sequence[Statement]) -> dict[Ref, int]:
    found: dict[Ref, int] = {}
    for number, statement in enumerate(statements):
        for item in statement.declares:
            found.setdefault(item.ref, number)
    return found
