"""Constraints that stand on an index: keys and exclusions, with all that goes for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.step import Step
from lockplane_postgres.kinds import handed, parts, rivals
from lockplane_postgres.kinds.constraint import ConstraintKind, equal_but
from lockplane_postgres.kinds.options import set_options
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tree import PLACEMENT_FIELD
from lockplane_postgres.locks import SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref


class IndexedKind(ConstraintKind):
    """A constraint whose body holds the `options` of its index, and what that is a part of."""

    has_index = True
    placed = True
    tree_fields = (*ConstraintKind.tree_fields, PLACEMENT_FIELD)

    def must_replace(self, change: Change, before: Catalog, after: Catalog) -> bool:
        """All but the options of the index, and that it becomes complete."""
        is_other = super().must_replace(change, before, after)
        return is_other and not parts.is_completed(change, after)

    def replaces(self, change: Change) -> bool:
        """All but the options of the index."""
        return not equal_but(change.old.body, change.new.body, "options")

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ADD CONSTRAINT`, for each partition by itself."""
        if parts.is_renamed(change, before, after):
            return
        for step in super().create(change, before, after):
            late = rivals.after_foreign_keys(change.new, self.added(step, change.new), after)
            yield parts.created(change.new, late, before, after)

    def added(self, step: Step, node: Node) -> Step:
        """The step of ADD CONSTRAINT, with what that has no words for."""
        return step

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP CONSTRAINT`, with which it goes from all partitions."""
        if handed.is_handed(change.old, before, after):
            yield from parts.going(self, change, before, after)
            return
        for step in super().drop(change, before, after):
            yield parts.dropped(change.old, step, before, after)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Other options of the index, or what it is a part of."""
        yield from parts.altered(self, change, before, after)
        if handed.is_remarked(change) or parts.is_completed(change, after):
            return
        ref, old, new = change.new.ref, change.old.body, change.new.body
        step = Step(
            description=f"Change options of {self.noun} {ref.name} of table "
            f"{spoken(table_of(ref).path)}",
            sql=tuple(options_set(ref, old.options, new.options)),
            locks=existing(before, SHARE_UPDATE_EXCLUSIVE, ref),
        )
        yield self.made(change, step)


def options_set(constraint: Ref, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """The statements that give the index of a constraint other options."""
    index = qualified(constraint.path[0], constraint.name)
    return (f"ALTER INDEX {index} {action}" for action in set_options(old, new))
