"""Catalog: an immutable set of nodes of one dialect."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from lockplane_core.errors import LockplaneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

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
        self._nodes: dict[Ref, Node] = {}
        for node in sorted(nodes, key=lambda node: node.ref):
            if node.ref in self._nodes:
                raise LockplaneError(f"two nodes claim {node.ref}", code="duplicate_ref")
            self._nodes[node.ref] = node

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
        return self._group(lambda node: [node.ref.kind])

    @cached_property
    def _by_parent(self) -> Mapping[Ref, tuple[Node, ...]]:
        groups: dict[Ref, tuple[Node, ...]] = self._group(
            lambda node: [node.parent] if node.parent else []
        )
        return {
            ref: tuple(sorted(nodes, key=lambda node: (node.ordinal, node.ref)))
            for ref, nodes in groups.items()
        }

    @cached_property
    def _by_need(self) -> Mapping[Ref, tuple[Node, ...]]:
        return self._group(lambda node: node.needs)

    def _group(self, keys: Callable[[Node], Iterable[_K]]) -> dict[_K, tuple[Node, ...]]:
        groups: defaultdict[_K, list[Node]] = defaultdict(list)
        for node in self:
            for key in keys(node):
                groups[key].append(node)
        return {key: tuple(nodes) for key, nodes in groups.items()}
