"""Differences between two catalogs, and what must be made again around them."""

from __future__ import annotations

from collections import deque
from operator import attrgetter
from typing import TYPE_CHECKING

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.change import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.spi.kind import Kind


def compare(before: Catalog, after: Catalog) -> list[Change]:
    """Every node that exists on one side only, or has two bodies; external ones excepted."""
    return sorted(_compare(before, after), key=attrgetter("ref"))


def _compare(before: Catalog, after: Catalog) -> Iterator[Change]:
    for old in before:
        new = after.get(old.ref)
        if old.external or (new and new.external):
            continue
        if new is None:
            yield Change(action="drop", before=old)
        elif old.body != new.body:
            yield Change(action="alter", before=old, after=new)
    for new in after:
        if new.ref not in before and not new.external:
            yield Change(action="create", after=new)


def with_replacements(
    changes: Sequence[Change], before: Catalog, after: Catalog, kinds: Mapping[str, Kind]
) -> list[Change]:
    """`changes`, with those that have no ALTER as replacements, and what they displace.

    Raises `UnsupportedChange` when something that holds data stands on what must be replaced.
    """
    return _Replacing(changes, before, after, kinds).run()


class _Replacing:
    """The closure of what has to be dropped and made again."""

    def __init__(
        self,
        changes: Iterable[Change],
        before: Catalog,
        after: Catalog,
        kinds: Mapping[str, Kind],
    ) -> None:
        self.before, self.after, self.kinds = before, after, kinds
        self.changes = {change.ref: change for change in changes}
        self.queue: deque[Change] = deque()

    def run(self) -> list[Change]:
        for change in list(self.changes.values()):
            self._consider(change)
        while self.queue:
            change = self.queue.popleft()
            for dependant in self._standing_on(change):
                self._displace(dependant, change)
        self._spare_children()
        return [self.changes[ref] for ref in sorted(self.changes)]

    def _consider(self, change: Change) -> None:
        kind = self.kinds[change.ref.kind]
        if change.action == "alter" and kind.must_replace(change, self.before, self.after):
            self._replace(change.old, change.new)
        elif change.action in ("alter", "drop"):
            self.queue.append(change)

    def _replace(self, old: Node, new: Node) -> None:
        change = Change(action="replace", before=old, after=new)
        self.changes[change.ref] = change
        self.queue.append(change)

    def _standing_on(self, change: Change) -> Iterator[Node]:
        """What needs the object, anything below it or carried by it, and exists on both sides."""
        refs = [change.old.ref]
        if change.action == "replace":
            refs = [node.ref for node in self.before.subtree(change.old.ref)]
        refs += self.kinds[change.ref.kind].carries(change, self.before)
        for ref in refs:
            for node in self.before.dependants(ref):
                if node.ref in self.after and not node.external and node.ref not in refs:
                    yield node

    def _displace(self, dependant: Node, change: Change) -> None:
        known = self.changes.get(dependant.ref)
        if known is not None and known.action in ("replace", "drop", "create"):
            return
        kind = self.kinds[dependant.ref.kind]
        if change.action == "drop":
            if known is None and kind.rebuilds(dependant):
                self._replace(dependant, self.after[dependant.ref])
            return
        if not self.kinds[change.ref.kind].displaces(change, dependant):
            return
        if not kind.rebuilds(dependant):
            raise UnsupportedChange(
                f"{change.ref} must be dropped and made again, and {dependant.ref} stands on it",
                hint=f"Change {dependant.ref} first so that it no longer uses {change.ref}.",
            )
        self._replace(dependant, self.after[dependant.ref])

    def _spare_children(self) -> None:
        """Below a replaced node, what goes is gone with it, and what stays is made again."""
        for change in [c for c in self.changes.values() if c.action == "replace"]:
            for node in self.before.subtree(change.old.ref):
                if node.ref != change.old.ref:
                    self._spare(node)

    def _spare(self, node: Node) -> None:
        new = self.after.get(node.ref)
        if new is None:
            self.changes.pop(node.ref, None)
        else:
            self.changes[node.ref] = Change(action="create", after=new)
