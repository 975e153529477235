"""What a plan changes, by role, with the step that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.change import Change
from lockplane_core.model.step import Step
from lockplane_core.spi.check import numbered
from lockplane_core.spi.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node, Role, Span
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Effect
    from lockplane_core.spi.check import Subject

ASKED = "`lockplane apply` asks the target for such rows before its first statement."


class Changed(msgspec.Struct, frozen=True):
    """A change, what is known of the object on either side, and the steps that make it."""

    change: Change
    old: Facts
    new: Facts
    steps: tuple[tuple[int, Step], ...]

    @property
    def name(self) -> str:
        """The object's own name."""
        return self.change.ref.name

    @property
    def span(self) -> Span | None:
        """Where a file declares the object."""
        return self.change.after.span if self.change.after else None

    @property
    def number(self) -> int | None:
        """The first of its steps."""
        return next((number for number, _ in self.steps), None)

    @property
    def made(self) -> int | None:
        """The last of its steps: of what is dropped and made again, the one that makes it."""
        return next((number for number, _ in reversed(self.steps)), None)

    @property
    def asking(self) -> int | None:
        """The last of its steps before which the target is asked if its rows allow it."""
        ref = self.change.ref
        for number, step in reversed(self.steps):
            if any(guard.about in (None, ref) for guard in step.guards):
                return number
        return None

    @property
    def way_out(self) -> str:
        """What helps against rows that do not allow it."""
        return ASKED if self.asking else "Look for such rows, and mend them, before you apply."

    def has(self, effect: Effect) -> bool:
        """Whether one of its steps has the effect."""
        return any(effect in step.effects for _, step in self.steps)


def changed(subject: Subject, *roles: Role) -> Iterator[Changed]:
    """The changes of objects of these roles, in the order of their refs; renames change nothing."""
    steps = _steps(subject)
    for change in subject.changes:
        if subject.role(change.ref) in roles and change.action != "rename":
            old = _facts(subject, change.before, subject.before)
            new = _facts(subject, change.after, subject.after)
            yield Changed(change, old, new, tuple(steps.get(change.ref, ())))


def parent_stands(subject: Subject, item: Changed) -> bool:
    """Whether the object's parent is there before and after the plan."""
    node = item.change.after or item.change.old
    parent = node.parent
    return bool(
        parent
        and subject.before
        and subject.after
        and parent in subject.before
        and parent in subject.after
    )


def drops_something(subject: Subject, item: Changed) -> bool:
    """Whether a step of this change also drops a table or column, as a rebuild may."""
    settled = {ref for _, step in item.steps for ref in step.settles}
    return any(
        change.action == "drop"
        and change.ref in settled
        and subject.role(change.ref) in ("table", "column")
        for change in subject.changes
    )


def tightens(subject: Subject, item: Changed) -> bool:
    """Whether rows that are there may stand against a new index or constraint.

    Columns that the plan itself adds without a value are NULL in every row: nothing to break.
    """
    if item.change.action == "drop" or not parent_stands(subject, item):
        return False
    node = item.change.new
    own = [need for need in node.needs if _is_column_of(subject, need, node.parent)]
    empty = _added_empty(subject)
    return not own or not empty.issuperset(own)


def _is_column_of(subject: Subject, ref: Ref, table: Ref | None) -> bool:
    column = subject.after.get(ref) if subject.after else None
    return column is not None and column.parent == table and subject.role(ref) == "column"


def _added_empty(subject: Subject) -> set[Ref]:
    """The columns that the plan adds and that nothing fills."""
    return {
        change.ref
        for change in subject.changes
        if change.action == "create"
        and subject.role(change.ref) == "column"
        and not _facts(subject, change.new, subject.after).fills
    }


def _facts(subject: Subject, node: Node | None, catalog: Catalog | None) -> Facts:
    return subject.facts(node, catalog) if node is not None and catalog is not None else Facts()


def _steps(subject: Subject) -> Mapping[Ref, list[tuple[int, Step]]]:
    """By ref, the steps that settle it, in their order."""
    found: dict[Ref, list[tuple[int, Step]]] = {}
    for number, step in numbered(subject):
        for ref in () if step.renames else dict.fromkeys(step.settles):
            found.setdefault(ref, []).append((number, step))
    return found
