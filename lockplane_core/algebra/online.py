"""Online: steps that keep others from their work as shortly as the product allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.undo import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.plan import UndoStep
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_core.spi.kind import Kind

_LONG = frozenset({"backfill", "rewrite", "scan"})
"""Effects that take the longer the more rows there are."""


class Online:
    """What leads from `before` to `after`, done while others work."""

    def __init__(
        self,
        changes: Iterable[Change],
        before: Catalog,
        after: Catalog,
        kinds: Mapping[str, Kind],
    ) -> None:
        self.changes = {change.ref: change for change in changes}
        self.before, self.after, self.kinds = before, after, kinds

    def steps(self, steps: Iterable[Step]) -> list[Step]:
        """Ordered steps, each as its kind does it online, in transactions that part them."""
        return list(parted(part for step in steps for part in self._parts(step)))

    def undo(self, undo: Iterable[UndoStep]) -> tuple[UndoStep, ...]:
        """The same of a rollback; each part takes back what the steps it stands for did."""
        entries = list(undo)
        undone: dict[Ref, set[int]] = {}
        for entry in entries:
            for ref in _refs(entry.step):
                undone.setdefault(ref, set()).update(entry.undoes)
        parts = [
            (part, entry) for entry in entries for part in map(_rollback, self._parts(_bare(entry)))
        ]
        return tuple(
            msgspec.structs.replace(entry, step=step, undoes=_undone(entry, step, undone))
            for step, (_, entry) in zip(parted(part for part, _ in parts), parts, strict=True)
        )

    def _parts(self, step: Step) -> Iterable[Step]:
        change = next((self.changes[ref] for ref in step.settles if ref in self.changes), None)
        if change is None or self._is_displaced(change):
            return (step,)
        return self.kinds[change.ref.kind].online(step, change, self.before, self.after)

    def _is_displaced(self, change: Change) -> bool:
        """Whether it has to be out of the way while something that it needs is made again."""
        if change.action != "replace":
            return False
        needed = (self.changes.get(need) for need in change.old.needs)
        return any(other is not None and other.action == "replace" for other in needed)


def parted(steps: Iterable[Step]) -> Iterator[Step]:
    """Steps, with a COMMIT before each that would close one object more, or take long meanwhile.

    So no transaction keeps others from reading more than one object that is there before,
    unless a single step does, and none keeps them for longer than that step takes.
    """
    held: frozenset[Ref] = frozenset()
    last: Step | None = None
    for step in steps:
        closed = frozenset(lock.ref for lock in step.locks if "reads" in lock.blocks)
        if last is not None:
            if held and (not closed <= held or not _LONG.isdisjoint(step.effects)):
                last = _ending(last)
            yield last
            held = frozenset() if last.transaction in ("outside", "last") else held
        held, last = held | closed, step
    if last is not None:
        yield last


def _ending(step: Step) -> Step:
    """The step as the last one of its transaction, if it is in one."""
    if step.transaction == "outside":
        return step
    return msgspec.structs.replace(step, transaction="last")


def _undone(entry: UndoStep, step: Step, undone: Mapping[Ref, set[int]]) -> tuple[int, ...]:
    """What the entry takes back, and what those do whose work its part does as well."""
    others = (undone.get(ref, set()) for ref in _refs(step))
    return tuple(sorted(set(entry.undoes).union(*others)))


def _refs(step: Step) -> tuple[Ref, ...]:
    return (*step.produces, *step.destroys, *step.settles)


def _bare(entry: UndoStep) -> Step:
    said = entry.step.description.removeprefix(PREFIX)
    return msgspec.structs.replace(entry.step, description=said)


def _rollback(step: Step) -> Step:
    return msgspec.structs.replace(step, description=PREFIX + step.description)
