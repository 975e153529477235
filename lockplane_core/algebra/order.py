"""The order of steps: producers before consumers, consumers before destroyers."""

from __future__ import annotations

import heapq
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from lockplane_core.errors import UnsupportedChange

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_core.spi.kind import Kind

Preference = tuple[int, int, tuple[str, tuple[str, ...]]]
_CREATE, _ALTER, _DROP = range(3)


def ordered(steps: Sequence[Step], kinds: Mapping[str, Kind]) -> list[Step]:
    """Steps so that each finds what it needs.

    Ties: making before changing before dropping, then the weight of the kind, then the ref.

    Raises `UnsupportedChange` for a cycle, which only a kind can break.
    """
    return sort(steps, kinds, lambda step, _: preference(step, kinds))


def sort(
    steps: Sequence[Step],
    kinds: Mapping[str, Kind],
    rank: Callable[[Step, int], tuple[Hashable, ...]],
) -> list[Step]:
    """Steps so that each finds what it needs; among those free to run, the least rank first."""
    after = _edges(steps, kinds)
    waiting = [0] * len(steps)
    for later in after.values():
        for follower in later:
            waiting[follower] += 1
    ranks = [(rank(step, number), number) for number, step in enumerate(steps)]
    free = [ranks[number] for number, count in enumerate(waiting) if count == 0]
    heapq.heapify(free)
    result: list[Step] = []
    while free:
        _, number = heapq.heappop(free)
        result.append(steps[number])
        for follower in after.get(number, ()):
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(free, ranks[follower])
    if len(result) < len(steps):
        raise _cycle([step for number, step in enumerate(steps) if waiting[number]])
    return result


def preference(step: Step, kinds: Mapping[str, Kind]) -> Preference:
    """What a reader expects first: things made, in order of weight; things dropped, reversed."""
    ref = next(iter(step.settles or step.produces or step.destroys), None)
    kind = kinds.get(ref.kind) if ref else None
    weight = kind.weight if kind else 0
    phase = _phase(step)
    name = (ref.kind, ref.path) if ref else ("", ())
    return phase, -weight if phase == _DROP else weight, name


def _phase(step: Step) -> int:
    if not step.destroys:
        return _CREATE
    return _ALTER if step.produces else _DROP


def _edges(steps: Sequence[Step], kinds: Mapping[str, Kind]) -> dict[int, set[int]]:
    """For each step, the steps that must come after it."""
    produced, destroyed = _index(steps, kinds, "produces"), _index(steps, kinds, "destroys")
    after: dict[int, set[int]] = defaultdict(set)
    for ref, makers in produced.items():
        enders = destroyed.get(ref, ())
        for first in enders:
            # Two steps that both alter an object are ordered by what else they use.
            alters = set(enders) if first in makers else {first}
            after[first].update(maker for maker in makers if maker not in alters)
        # Steps that settle one change together come in the order that its kind gave them.
        for first, second in combinations((number for number in makers if number in enders), 2):
            if steps[first].settles == steps[second].settles:
                after[first].add(second)
    for number, step in enumerate(steps):
        for ref in step.consumes:
            for first, second in _around(number, step, produced.get(ref), destroyed.get(ref)):
                if first != second:
                    after[first].add(second)
    return after


def _around(
    number: int, step: Step, makers: list[int] | None, enders: list[int] | None
) -> Iterator[tuple[int, int]]:
    """Pairs that put one consumer of a ref between its makers and its enders.

    What only drops needs the first state of the ref; anything else needs its final state,
    or, where the ref has none, comes before its end.
    """
    only_drops = step.destroys and not step.produces
    if makers and not only_drops:
        yield from ((maker, number) for maker in makers)
    else:
        yield from ((number, ender) for ender in enders or ())


def _index(steps: Sequence[Step], kinds: Mapping[str, Kind], field: str) -> dict[Ref, list[int]]:
    found: dict[Ref, list[int]] = defaultdict(list)
    for number, step in enumerate(steps):
        for ref in getattr(step, field):
            found[ref].append(number)
            kind = kinds.get(ref.kind)
            for name in kind.occupies(ref) if kind else ():
                found[name].append(number)
    return found


def _cycle(steps: Sequence[Step]) -> UnsupportedChange:
    names = "; ".join(step.description for step in steps[:6])
    return UnsupportedChange(
        f"these steps wait for one another: {names}",
        code="cycle",
        hint="Split the change in two: apply the schema without one of them first.",
    )
