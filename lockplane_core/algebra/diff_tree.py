"""Diff JSON: what differs between two catalogs, nested as schema JSON is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockplane_core.algebra.tree import item_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Renamed
    from lockplane_core.spi.kind import Kind


def renamed_tree(pairs: Iterable[Renamed], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """Renames as `renamed_<plural>` of `from` and `to`, each as it is before and after its own."""
    tree: dict[str, Any] = {}
    for pair in pairs:
        kind = kinds[pair.old.kind]
        item = {"from": kind.spoken(pair.old), "to": kind.spoken(pair.new)}
        tree.setdefault(f"renamed_{kind.plural}", []).append(item)
    return tree


def diff_tree(
    changes: Sequence[Change], before: Catalog, after: Catalog, kinds: Mapping[str, Kind]
) -> dict[str, Any]:
    """Changes as `added_<plural>`, `removed_…`, `modified_…`, nested; `{}` if there are none."""
    return _Branch(changes, before, after, kinds).level(None)


class _Branch:
    """Groups changes below the nearest node that exists on both sides."""

    def __init__(
        self,
        changes: Sequence[Change],
        before: Catalog,
        after: Catalog,
        kinds: Mapping[str, Kind],
    ) -> None:
        self.before, self.after, self.kinds = before, after, kinds
        self.changes = {change.ref: change for change in changes}
        self.below: dict[Ref | None, set[Ref]] = {}
        for change in changes:
            if not self._is_made_again(change):
                self._place(change.ref)

    def _is_made_again(self, change: Change) -> bool:
        """Whether the object only has to get out of the way of another change."""
        old, new = self.before.get(change.ref), self.after.get(change.ref)
        same = old is not None and new is not None and bool(old.body == new.body)
        return same and change.action in ("create", "replace")

    def _place(self, ref: Ref) -> None:
        node = self.after.get(ref) or self.before[ref]
        parent = None if self.kinds[ref.kind].always_root else node.parent
        siblings = self.below.setdefault(parent, set())
        if ref not in siblings:
            siblings.add(ref)
            if parent is not None:
                self._place(parent)

    def level(self, parent: Ref | None) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        for ref in sorted(self.below.get(parent, ())):
            word, item = self._entry(ref)
            tree.setdefault(f"{word}_{self.kinds[ref.kind].plural}", []).append(item)
        return tree

    def _entry(self, ref: Ref) -> tuple[str, dict[str, Any]]:
        old, new = self.before.get(ref), self.after.get(ref)
        if old is None and new is not None:
            return "added", item_of(new, self.after, self.kinds)
        if new is None and old is not None:
            return "removed", item_of(old, self.before, self.kinds)
        assert old is not None and new is not None  # noqa: S101, PT018 - narrows the types
        return "modified", {**self._own(ref, old, new), **self.level(ref)}

    def _own(self, ref: Ref, old: Node, new: Node) -> dict[str, Any]:
        kind = self.kinds[ref.kind]
        first, second = kind.to_tree(old, self.before), kind.to_tree(new, self.after)
        entry: dict[str, Any] = {"name": first.get("name", ref.name)}
        names = sorted(k for k in {*first, *second} if first.get(k) != second.get(k))
        if ref in self.changes and names:
            entry |= {"old": first, "new": second, "changes": names}
        return entry
