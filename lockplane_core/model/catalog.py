"""Catalog: an immutable set of nodes of one dialect."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from lockplane_core.errors import LockplaneError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.model.node import Node, Unmodelled
    from lockplane_core.model.ref import Ref

_K = TypeVar("_K")


class Catalog:
    """Nodes by ref, in the order of their refs; `version` is the server version that spoke.

    Raises `LockplaneError` when two nodes claim one ref.
    """

    def __init__(
        self,
        dialect: str,
        nodes: Iterable[Node] = (),
        *,
        unmodelled: Iterable[Unmodelled] = (),
        version: str = "",
    ) -> None:
        self.dialect = dialect
        self.version = version
        self.unmodelled: tuple[Unmodelled, ...] = tuple(sorted(unmodelled))
        ordered = sorted(nodes, key=attrgetter("ref"))
        self._nodes = {node.ref: node for node in ordered}
        if len(self._nodes) < len(ordered):
            twice = next(one.ref for one, other in pairwise(ordered) if one.ref == other.ref)
            raise LockplaneError(f"two nodes claim {twice}", code="duplicate_ref")

    def __contains__(self, ref: object) -> bool:
        return ref in self._nodes

    def __getitem__(self, ref: Ref) -> Node:
        return self._nodes[ref]

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def __len__(self) -> int:
        return len(self._nodes)

    def get(self, ref: Ref | None) -> Node | None:
        """The node of `ref`, or None."""
        return self._nodes.get(ref) if ref is not None else None

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """All nodes of the kind tag, by ref."""
        return self._by_kind.get(kind, ())

    def children(self, ref: Ref, kind: str = "") -> tuple[Node, ...]:
        """The nodes whose parent is `ref`, of one kind if named, by ordinal and ref."""
        found = self._by_parent.get(ref, ())
        return tuple(node for node in found if node.ref.kind == kind) if kind else found

    def subtree(self, ref: Ref) -> Iterator[Node]:
        """The node of `ref` and all below it, parents first."""
        yield self._nodes[ref]
        for child in self.children(ref):
            yield from self.subtree(child.ref)

    def dependants(self, ref: Ref) -> tuple[Node, ...]:
        """The nodes that name `ref` among their needs, by ref."""
        return self._by_need.get(ref, ())

    def ancestors(self, ref: Ref) -> Iterator[Ref]:
        """The refs above `ref`, nearest first."""
        node = self.get(ref)
        while node is not None and node.parent is not None:
            yield node.parent
            node = self.get(node.parent)

    def replace(
        self, nodes: Iterable[Node], *, unmodelled: Iterable[Unmodelled] | None = None
    ) -> Catalog:
        """A catalog of the same dialect and version that holds `nodes`."""
        kept = self.unmodelled if unmodelled is None else unmodelled
        return Catalog(self.dialect, nodes, unmodelled=kept, version=self.version)

    @cached_property
    def _by_kind(self) -> Mapping[str, tuple[Node, ...]]:
        return _grouped((node.ref.kind, node) for node in self)

    @cached_property
    def _by_parent(self) -> Mapping[Ref, tuple[Node, ...]]:
        # Sorting keeps the order by ref among those of one ordinal.
        ordered = sorted(self, key=attrgetter("ordinal"))
        return _grouped((node.parent, node) for node in ordered if node.parent is not None)

    @cached_property
    def _by_need(self) -> Mapping[Ref, tuple[Node, ...]]:
        return _grouped((need, node) for node in self for need in node.needs)


def _grouped(pairs: Iterable[tuple[_K, Node]]) -> dict[_K, tuple[Node, ...]]:
    groups: defaultdict[_K, list[Node]] = defaultdict(list)
    for key, node in pairs:
        groups[key].append(node)
    return {key: tuple(nodes) for key, nodes in groups.items()}
