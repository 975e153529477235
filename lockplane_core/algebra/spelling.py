"""Spelling: names that a product does not tell apart, written alike.

`fold` gives all spellings of one name the same form (`Users` and `users` are one to SQLite). A
ref keeps the spelling of its declaration; where two of them meet, one side takes the other's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.ref import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.statement import Declared, Statement

    Fold = Callable[[str], str]
    Key = tuple[str, ...]


def respelled(before: Catalog, after: Catalog, fold: Fold) -> Catalog:
    """`after`, with the names of `before` for what both of them hold."""
    known = {key(node.ref, fold): node.ref for node in before}
    parents = {node.ref: node.parent for node in after}
    found: dict[Ref, Ref] = {}

    def spelled(ref: Ref) -> Ref:
        if ref not in found:
            found[ref] = known.get(key(ref, fold)) or _below(ref, parents.get(ref), spelled)
        return found[ref]

    if all(spelled(node.ref) == node.ref for node in after):
        return after
    return after.replace(_renamed(node, spelled) for node in after)


def key(ref: Ref, fold: Fold) -> Key:
    """What all spellings of one ref share."""
    return (ref.kind, *map(fold, ref.path))


def _below(ref: Ref, parent: Ref | None, spelled: Callable[[Ref], Ref]) -> Ref:
    """A new part of a known object: the path to it is the known one."""
    if parent is None or ref.path[: len(parent.path)] != parent.path:
        return ref
    return Ref(ref.kind, (*spelled(parent).path, *ref.path[len(parent.path) :]))


def _renamed(node: Node, spelled: Callable[[Ref], Ref]) -> Node:
    return msgspec.structs.replace(
        node,
        ref=spelled(node.ref),
        parent=spelled(node.parent) if node.parent else None,
        needs=tuple(sorted(spelled(need) for need in node.needs)),
    )


def unified(statements: Iterable[Statement], fold: Fold) -> tuple[Statement, ...]:
    """Statements of all documents of a source, each name as its first declaration has it."""
    statements = tuple(statements)
    names = _names(statements)
    if len(names) == len(set(map(fold, names))):  # none is spelled in two ways
        return statements
    return _Unifying(statements, fold).run()


def _names(statements: Iterable[Statement]) -> set[str]:
    """Every name that statements say."""
    names: set[str] = set()
    for statement in statements:
        for item in (*statement.declares, *statement.requires, *statement.drops):
            names.update(item.ref.path, item.of)
    return names


class _Unifying:
    """The declared refs of some statements, by their folded paths."""

    def __init__(self, statements: tuple[Statement, ...], fold: Fold) -> None:
        self.statements, self.fold = statements, fold
        self.refs: dict[Key, Ref] = {}
        self.paths: dict[Key, tuple[str, ...]] = {}
        for statement in statements:
            for item in statement.declares:
                self.refs.setdefault(key(item.ref, fold), item.ref)
                self.paths.setdefault(tuple(map(fold, item.ref.path)), item.ref.path)

    def run(self) -> tuple[Statement, ...]:
        return tuple(self._statement(statement) for statement in self.statements)

    def _statement(self, statement: Statement) -> Statement:
        subject = next(iter((*statement.requires, *statement.declares)), None)
        if statement.verb == "create" and statement.role == "table":
            subject = next(iter(statement.declares), None)
        own = subject.ref.path if subject else ()
        return msgspec.structs.replace(
            statement,
            declares=self._items(statement.declares, own),
            requires=self._items(statement.requires, own),
            drops=self._items(statement.drops, own),
        )

    def _items(self, items: Sequence[Declared], own: tuple[str, ...]) -> tuple[Declared, ...]:
        return tuple(self._item(item, own) for item in items)

    def _item(self, item: Declared, own: tuple[str, ...]) -> Declared:
        owner = item.ref.path if item.role == "table" else own
        columns = tuple(self._column(owner, name) for name in item.of)
        return msgspec.structs.replace(item, ref=self._ref(item.ref), of=columns)

    def _ref(self, ref: Ref) -> Ref:
        known = self.refs.get(key(ref, self.fold))
        if known is not None:
            return known
        above = self.paths.get(tuple(map(self.fold, ref.path[:-1])), ref.path[:-1])
        return Ref(ref.kind, (*above, ref.path[-1]))

    def _column(self, owner: tuple[str, ...], name: str) -> str:
        path = self.paths.get(tuple(map(self.fold, (*owner, name))))
        return path[-1] if path else name
