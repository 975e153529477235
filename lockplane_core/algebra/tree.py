"""Schema JSON: the nested tree of a catalog, and back."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.errors import LockplaneError, SourceError
from lockplane_core.model.catalog import Catalog
from lockplane_core.model.ref import Ref
from lockplane_core.nearest import meant, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lockplane_core.model.node import Node
    from lockplane_core.spi.kind import Kind

_META = frozenset({"$schema", "dialect"})
RENAMED = "renamed_from"
"""The field, and the annotation, that says what an object was called before."""
_NOTHING: Mapping[Any, str] = MappingProxyType({})


class Former(msgspec.Struct, frozen=True):
    """What schema JSON says of a name that was another one: of what, in words, and at which path.

    The words are those of an annotation of a schema file.
    """

    ref: Ref
    words: str
    path: str


def to_tree(
    catalog: Catalog, kinds: Mapping[str, Kind], formers: Mapping[Ref, str] = _NOTHING
) -> dict[str, Any]:
    """The catalog as schema JSON; lists of kinds whose role is table are there even if empty.

    `formers` are the words of `renamed_from` by the ref that they are about.
    """
    tree: dict[str, Any] = {}
    for kind in kinds.values():
        if kind.parent:
            continue
        items = [
            item_of(node, catalog, kinds, formers)
            for node in catalog.of_kind(kind.tag)
            if (node.parent is None or kind.always_root) and not node.external
        ]
        if items or (kind.role == "table" and not kind.optional):
            tree[kind.plural] = items
    return tree


def item_of(
    node: Node,
    catalog: Catalog,
    kinds: Mapping[str, Kind],
    formers: Mapping[Ref, str] = _NOTHING,
) -> dict[str, Any]:
    """One node and all below it."""
    kind = kinds[node.ref.kind]
    item = kind.to_tree(node, catalog)
    if formers:
        item |= _formers_in(item, node, kinds, formers)
    for child in catalog.children(node.ref):
        below = kinds.get(child.ref.kind)
        if below and not below.always_root and below.tag not in kind.embeds:
            plural = below.plural
            item.setdefault(plural, []).append(item_of(child, catalog, kinds, formers))
    return item


def _formers_in(
    item: Mapping[str, Any], node: Node, kinds: Mapping[str, Kind], formers: Mapping[Ref, str]
) -> dict[str, Any]:
    """`renamed_from` of an object, of those that it writes itself, and of names inside of it."""
    found: dict[str, Any] = {}
    if node.ref in formers:
        found[RENAMED] = formers[node.ref]
    for child in _written_in(kinds[node.ref.kind], kinds):
        said = {ref.name: words for ref, words in formers.items() if _is_part(ref, node, child)}
        if said and isinstance(item.get(child.plural), list):
            found[child.plural] = [
                {**part, RENAMED: said[part["name"]]} if part["name"] in said else part
                for part in item[child.plural]
            ]
        elif said:  # there is one such object at most
            noun = _noun(child)
            found[noun] = {**item.get(noun, {}), RENAMED: next(iter(said.values()))}
    for child in _inside(kinds[node.ref.kind], kinds):
        names = {ref.name: formers[ref] for ref in child.within(node) if ref in formers}
        found |= {f"renamed_{child.plural}": names} if names else {}
    return found


def _is_part(ref: Ref, node: Node, child: Kind) -> bool:
    return ref.kind == child.tag and ref.path[:-1] == node.ref.path


def _noun(kind: Kind) -> str:
    return kind.tag.rpartition(".")[2]


def _written_in(kind: Kind, kinds: Mapping[str, Kind]) -> list[Kind]:
    """The kinds whose objects an object of `kind` writes itself."""
    return [kinds[tag] for tag in sorted(kind.embeds & kinds.keys()) if not kinds[tag].inside]


def _inside(kind: Kind, kinds: Mapping[str, Kind]) -> list[Kind]:
    """The kinds of names inside of a body of `kind`."""
    return [child for child in kinds.values() if child.inside and child.parent == kind.tag]


def from_tree(tree: Any, dialect: str, kinds: Mapping[str, Kind], *, name: str) -> Catalog:
    """The catalog that schema JSON describes; it has no needs yet.

    Raises `SourceError` that names the place (`name: $.tables[0]`), and the nearest field for
    an unknown one.
    """
    return read_tree(tree, dialect, kinds, name=name)[0]


def read_tree(
    tree: Any, dialect: str, kinds: Mapping[str, Kind], *, name: str
) -> tuple[Catalog, tuple[Former, ...]]:
    """The catalog that schema JSON describes, and what it says of former names."""
    if not isinstance(tree, dict):
        raise SourceError(f"{name}: schema JSON must be an object, not {type(tree).__name__}")
    by_plural = {kind.plural: kind for kind in kinds.values() if not kind.parent}
    reader = _Reader(kinds, name)
    nodes: list[Node] = []
    for key, items in tree.items():
        if key in _META:
            continue
        if key not in by_plural:
            raise _unknown(name, "$", key, [*by_plural, *_META], dialect)
        nodes += reader.nodes(items, by_plural[key], None, f"{name}: $.{key}")
    try:
        return Catalog(dialect, nodes), tuple(reader.formers)
    except LockplaneError as error:
        raise SourceError(f"{name}: {error.message}", hint="Keep one of them.") from error


class _Reader:
    """Reads items, with the place of each for messages, and gathers what they were called."""

    def __init__(self, kinds: Mapping[str, Kind], name: str) -> None:
        self.kinds, self.name = kinds, name
        self.formers: list[Former] = []

    def nodes(self, items: Any, kind: Kind, parent: Ref | None, place: str) -> Iterator[Node]:
        """The nodes of a list."""
        for number, item in enumerate(_list(items, place)):
            here = f"{place}[{number}]"
            if not isinstance(item, dict):
                raise SourceError(f"{here}: expected an object, got {type(item).__name__}")
            root, *rest = self._node(item, kind, parent, here)
            yield msgspec.structs.replace(root, ordinal=number)
            yield from rest

    def _node(
        self, item: dict[str, Any], kind: Kind, parent: Ref | None, here: str
    ) -> Iterator[Node]:
        below = _below(kind, self.kinds)
        own, formers = self._apart(item, kind, below, here)
        if not isinstance(own.get("name", ""), str):
            raise SourceError(f"{here}.name: expected a text, got {type(own['name']).__name__}")
        try:
            nodes = list(kind.from_tree(own, parent))
        except KeyError as error:
            raise _missing(here, str(error.args[0]), item) from error
        except msgspec.ValidationError as error:
            written = (name for name, *_ in kind.tree_fields)
            known = ["name", RENAMED, *kind.body.__struct_fields__, *written, *below]
            raise _invalid(here, error, known) from error
        yield from nodes
        root = nodes[0].ref
        for tag, inner, words, path in formers:
            only = next((node.ref for node in nodes if node.ref.kind == tag), root)
            ref = root.child(tag, inner) if tag and inner else only
            place = path.removeprefix(f"{self.name}: ")
            self.formers.append(Former(ref, _text(words, path), place))
        for key, child in below.items():
            if key in item:
                yield from self.nodes(item[key], child, root, f"{here}.{key}")

    def _apart(
        self, item: dict[str, Any], kind: Kind, below: Mapping[str, Kind], here: str
    ) -> tuple[dict[str, Any], list[tuple[str, str, Any, str]]]:
        """What the kind reads, and what is said of former names: (tag, name, words, place)."""
        own = {key: value for key, value in item.items() if key not in below}
        found: list[tuple[str, str, Any, str]] = []
        if RENAMED in own:
            found.append(("", "", own.pop(RENAMED), f"{here}.{RENAMED}"))
        for child in _written_in(kind, self.kinds):
            parts = own.get(child.plural)
            for number, part in enumerate(parts) if isinstance(parts, list) else ():
                if isinstance(part, dict) and RENAMED in part and isinstance(part.get("name"), str):
                    own[child.plural] = [*own[child.plural]]
                    own[child.plural][number] = {k: v for k, v in part.items() if k != RENAMED}
                    place = f"{here}.{child.plural}[{number}].{RENAMED}"
                    found.append((child.tag, part["name"], part[RENAMED], place))
            only = own.get(_noun(child))
            if isinstance(only, dict) and RENAMED in only:
                own[_noun(child)] = {k: v for k, v in only.items() if k != RENAMED}
                place = f"{here}.{_noun(child)}.{RENAMED}"
                found.append((child.tag, "", only[RENAMED], place))
        for child in _inside(kind, self.kinds):
            key = f"renamed_{child.plural}"
            names = own.pop(key, {})
            if not isinstance(names, dict):
                raise SourceError(f"{here}.{key}: expected an object, got {type(names).__name__}")
            found += ((child.tag, inner, names[inner], f"{here}.{key}") for inner in names)
        return own, found


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise SourceError(f"{place}: expected a text, got {type(value).__name__}")
    return value


def _below(kind: Kind, kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    return {
        child.plural: child
        for child in kinds.values()
        if kind.tag in (child.parent, *child.also_below)
        and child.tag not in kind.embeds
        and not child.inside
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
