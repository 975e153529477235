"""Schema JSON: the nested tree of a catalog, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.errors import LockplaneError, SourceError
from lockplane_core.model.catalog import Catalog
from lockplane_core.nearest import meant, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Renamed
    from lockplane_core.spi.kind import Kind

_META = frozenset({"$schema", "dialect"})


def to_tree(catalog: Catalog, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The catalog as schema JSON; lists of kinds whose role is table are there even if empty."""
    tree: dict[str, Any] = {}
    for kind in kinds.values():
        if kind.parent:
            continue
        items = [
            item_of(node, catalog, kinds)
            for node in catalog.of_kind(kind.tag)
            if (node.parent is None or kind.always_root) and not node.external
        ]
        if items or (kind.role == "table" and not kind.optional):
            tree[kind.plural] = items
    return tree


def item_of(node: Node, catalog: Catalog, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """One node and all below it."""
    kind = kinds[node.ref.kind]
    item = kind.to_tree(node, catalog)
    for child in catalog.children(node.ref):
        below = kinds.get(child.ref.kind)
        if below and not below.always_root and below.tag not in kind.embeds:
            plural = below.plural
            item.setdefault(plural, []).append(item_of(child, catalog, kinds))
    return item


def from_tree(tree: Any, dialect: str, kinds: Mapping[str, Kind], *, name: str) -> Catalog:
    """The catalog that schema JSON describes; it has no needs yet.

    Raises `SourceError` that names the place (`name: $.tables[0]`), and the nearest field for
    an unknown one.
    """
    if not isinstance(tree, dict):
        raise SourceError(f"{name}: schema JSON must be an object, not {type(tree).__name__}")
    by_plural = {kind.plural: kind for kind in kinds.values() if not kind.parent}
    nodes: list[Node] = []
    for key, items in tree.items():
        if key in _META:
            continue
        if key not in by_plural:
            raise _unknown(name, "$", key, [*by_plural, *_META], dialect)
        nodes += _nodes(items, by_plural[key], None, kinds, f"{name}: $.{key}")
    try:
        return Catalog(dialect, nodes)
    except LockplaneError as error:
        raise SourceError(f"{name}: {error.message}", hint="Keep one of them.") from error


def _nodes(
    items: Any, kind: Kind, parent: Ref | None, kinds: Mapping[str, Kind], place: str
) -> Iterator[Node]:
    for number, item in enumerate(_list(items, place)):
        here = f"{place}[{number}]"
        if not isinstance(item, dict):
            raise SourceError(f"{here}: expected an object, got {type(item).__name__}")
        yield from _node(item, kind, parent, kinds, here, number)


def _node(  # noqa: PLR0913, PLR0917 - the place and the number are for messages and order
    item: dict[str, Any],
    kind: Kind,
    parent: Ref | None,
    kinds: Mapping[str, Kind],
    here: str,
    number: int,
) -> Iterator[Node]:
    below = _below(kind, kinds)
    own = {key: value for key, value in item.items() if key not in below}
    if not isinstance(own.get("name", ""), str):
        raise SourceError(f"{here}.name: expected a text, got {type(own['name']).__name__}")
    try:
        nodes = list(kind.from_tree(own, parent))
    except KeyError as error:
        raise _missing(here, str(error.args[0]), item) from error
    except msgspec.ValidationError as error:
        written = (name for name, *_ in kind.tree_fields)
        known = ["name", *kind.body.__struct_fields__, *written, *below]
        raise _invalid(here, error, known) from error
    root, *rest = nodes
    yield msgspec.structs.replace(root, ordinal=number)
    yield from rest
    for key, child in below.items():
        if key in item:
            yield from _nodes(item[key], child, root.ref, kinds, f"{here}.{key}")


def _below(kind: Kind, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    return {
        child.plural: child
        for child in kinds.values()
        if kind.tag in (child.parent, *child.also_below) and child.tag not in kind.embeds
    }


def _list(items: Any, place: str) -> list[Any]:
    if items is None:
        return []
    if not isinstance(items, list):
        raise SourceError(f"{place}: expected a list, got {type(items).__name__}")
    return items


def _unknown(name: str, place: str, key: str, known: Iterable[str], dialect: str) -> SourceError:
    nobody = f"No installed plugin for {dialect} reads it; `lockplane plugins` lists them."
    hint = f"{meant(key, known)} {nobody}".lstrip()
    return SourceError(f"{name}: {place} has an unknown field {key!r}", hint=hint)


def _missing(here: str, field: str, item: Mapping[str, Any]) -> SourceError:
    near = nearest(field, item)
    hint = f"Is {near!r} meant to be it?" if near else ""
    return SourceError(f"{here}: the field {field!r} is missing", hint=hint)


def _invalid(here: str, error: Exception, known: Sequence[str]) -> SourceError:
    """What msgspec says, at its full place, with the nearest field for an unknown one."""
    message, _, deeper = str(error).partition(" - at `$")
    field = message.split("`")[1] if "unknown field" in message else ""
    return SourceError(f"{here}{deeper.rstrip('`')}: {message}", hint=meant(field, known))


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
