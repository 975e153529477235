"""Arranging statements: all that declare before what requires."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        makers = _makers(number, statement, declared)
        for maker in makers:
            later[maker].add(number)
        waiting[number] = len(makers)
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


def _makers(number: int, statement: Statement, declared: Mapping[Ref, Sequence[int]]) -> set[int]:
    """Whom a statement waits for; of those that declare what it declares itself, for the former."""
    found: set[int] = set()
    for ref in {item.ref for item in statement.requires}:
        all_of_it = declared.get(ref, ())
        is_one = number in all_of_it
        found.update(other for other in all_of_it if not is_one or other < number)
    return found


def _declared(statements: Sequence[Statement]) -> dict[Ref, list[int]]:
    """What is declared, and by which statements: the name of overloads by several."""
    found: dict[Ref, list[int]] = defaultdict(list)
    for number, statement in enumerate(statements):
        for ref in {item.ref for item in statement.declares}:
            found[ref].append(number)
    return found
