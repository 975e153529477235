"""Scoping: the scope that settings ask for, and which objects of a catalog are in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.algebra.closure import reach
from lockplane_core.config.unknown import unknown
from lockplane_core.errors import ConfigError
from lockplane_core.model.scope import UNMODELLED, Scope, split

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from lockplane_core.config import Settings
    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node, Unmodelled
    from lockplane_core.model.ref import Ref
    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.kind import Kind
    from lockplane_core.spi.profile import Profile

NOTHING = "none"
"""The word for managing nothing beyond the usual, where a flag has to say it."""


def scope_of(settings: Settings, registry: Registry, dialect: str) -> Scope:
    """The scope of a project, its profiles written out.

    Raises `ConfigError` for a profile or a kind that nobody knows, with the nearest.
    """
    profiles = {p.name: p for p in registry.profiles.values() if p.dialect == dialect}
    for name in settings.profiles:
        if name not in profiles:
            place = settings.origins.get("profiles", "profiles")
            raise unknown(f"{place}: there is no profile {name!r} for {dialect}", name, profiles)
    if not all(name.strip() for name in settings.schemas):
        place = settings.origins.get("schemas", "schemas")
        raise ConfigError(
            f"{place}: an empty name is no schema",
            hint="Name one, or '*' for all; leave it out for those that the schema files name.",
        )
    tags = [tag for tag, kind in registry.kinds(dialect).items() if not kind.inside]
    known = {tag.rpartition(".")[2] for tag in tags} | {UNMODELLED}
    for setting in ("exclude", "include"):
        place = f"{settings.origins.get(setting, '')}: {setting}".removeprefix(": ")
        for pattern in getattr(settings, setting):
            _refuse_unknown(pattern, place, known)
    manage = _managed(settings, registry, dialect)
    theirs = [pattern for name in settings.profiles for pattern in profiles[name].exclude]
    return Scope(
        schemas=settings.schemas,
        exclude=tuple(dict.fromkeys((*settings.exclude, *theirs))),
        include=settings.include,
        manage=manage,
    )


def _managed(settings: Settings, registry: Registry, dialect: str) -> tuple[str, ...]:
    """What is managed beyond the usual. Raises `ConfigError` for a word that no dialect knows.

    A word of another dialect asks for nothing here.
    """
    if settings.manage in ((), (NOTHING,)):
        return ()
    ours = {kind.managed for kind in registry.kinds(dialect).values()}
    all_kinds = [kind for name in registry.dialects for kind in registry.kinds(name).values()]
    known = {kind.managed for kind in all_kinds} - {""}
    place = settings.origins.get("manage", "manage")
    if NOTHING in settings.manage:
        others = ", ".join(sorted({*settings.manage} - {NOTHING}))
        raise ConfigError(
            f"{place}: manage says {NOTHING!r} and {others}",
            hint=f"{NOTHING!r} stands alone: leave it out, or the others.",
        )
    for word in settings.manage:
        if word not in known:
            raise unknown(f"{place}: manage does not know {word!r}", word, known)
    return tuple(sorted(ours.intersection(settings.manage)))


def _refuse_unknown(pattern: str, place: str, known: Collection[str]) -> None:
    kind, glob = split(pattern)
    if kind and kind not in known:
        raise unknown(f"{place}: there is no kind {kind!r} (in {pattern!r})", kind, known)
    if not glob or (not kind and ":" in pattern):
        raise ConfigError(
            f"{place}: {pattern!r} names nothing",
            hint='Write "GLOB" for a schema or a qualified name, or "KIND:GLOB".',
        )


class Scoped:
    """Which objects of one catalog are in a scope: a part goes with what it is a part of.

    An object that its place tells (`Kind.places`) is named by patterns of that kind, too.
    """

    def __init__(
        self, catalog: Catalog, scope: Scope, dialect: Dialect, kinds: Mapping[str, Kind]
    ) -> None:
        self.catalog, self.scope, self.dialect = catalog, scope, dialect
        self.kinds = kinds
        self._known: dict[Ref, bool] = {}
        named = scope.kinds
        self._named = {tag for tag in kinds if tag.rpartition(".")[2] in named}
        self._placed = self._by_place()

    def __contains__(self, node: Node) -> bool:
        known = self._known.get(node.ref)
        if known is None:
            known = self._known[node.ref] = self._manages(node)
        return known

    def has(self, item: Unmodelled) -> bool:
        """Whether something that no kind models would be managed: it goes with its schema.

        What is in none goes with what it needs, and what needs nothing is in scope.
        """
        said = self.scope.names(UNMODELLED, str(item))
        if said is not None:
            return said
        needs = [node for ref in item.needs if (node := self.catalog.get(ref))]
        homes = [node for node in needs if self.kinds[node.ref.kind].role == "schema"]
        return not needs or any(node in self for node in homes or needs)

    def left_out(self) -> Iterator[Node]:
        """The topmost nodes that are not in scope and not somebody else's anyway."""
        for node in self.catalog:
            if node.external or node in self or self.dialect.is_baseline(node):
                continue
            if self.kinds[node.ref.kind].of_server:  # which is not this database's to count
                continue
            parent = self.catalog.get(node.parent)
            if parent is None or parent in self:
                yield node

    def following(self) -> set[Ref]:
        """What is left out and has a place in something else, and whatever stands on it.

        The server hands down to it what is done to that, so it is no part of a plan; unless
        something that is managed stands on it.
        """
        found: set[Ref] = set()
        for tag, kind in self.kinds.items():
            for node in self.catalog.of_kind(tag) if kind.places else ():
                if node.parent is not None and self.catalog[node.parent] not in self:
                    below = [part.ref for part in self.catalog.subtree(node.parent)]
                    whole = reach(below, self._above)
                    if not any(self.catalog[ref] in self for ref in whole):
                        found |= whole
        return found

    def _above(self, ref: Ref) -> Iterator[Ref]:
        """What stands on an object, and is below it."""
        yield from (node.ref for node in self.catalog.dependants(ref))
        yield from (node.ref for node in self.catalog.children(ref))

    def _manages(self, node: Node) -> bool:
        if node.ref.kind in self._named:
            said = self.scope.names(_noun(node.ref), _name(node.ref))
            if said is not None:
                return said
        if node.ref in self._placed:
            return self._placed[node.ref]
        parent = self.catalog.get(node.parent)
        if parent is not None:
            return parent in self
        ref = node.parent or node.ref
        namespace = self.dialect.namespace(ref)
        # Only what patterns may name need be a single name.
        is_named = self.scope.exclude or self.scope.include
        name = ".".join(ref.path[: 2 if namespace else 1]) if is_named else ""
        return self.scope.manages(namespace, name)

    def _by_place(self) -> dict[Ref, bool]:
        """What patterns say of objects by way of the place that they have."""
        found: dict[Ref, bool] = {}
        for tag in sorted(self._named):
            for node in self.catalog.of_kind(tag) if self.kinds[tag].places else ():
                said = self.scope.names(_noun(node.ref), _name(node.ref))
                if said is not None and node.parent is not None:
                    found[node.parent] = said
        return found


def told(scoped: Scoped) -> Iterator[str]:
    """How many objects a scope leaves out, in words: by their schema, and by patterns."""
    nodes = list(scoped.left_out())
    items = [item for item in scoped.catalog.unmodelled if not scoped.has(item)]
    patterns = msgspec.structs.replace(scoped.scope, schemas=())
    by_name = Scoped(scoped.catalog, patterns, scoped.dialect, scoped.kinds)
    count = sum(node not in by_name for node in nodes)
    count += sum(not by_name.has(item) for item in items)
    elsewhere = len(nodes) + len(items) - count
    if elsewhere:
        yield f"{_objects(elsewhere, 'in other schemas')} not managed"
    if count:
        yield f"{_objects(count, 'that `exclude` or a profile names')} not managed"


def suggested(bench: Bench, catalog: Catalog) -> Iterator[tuple[Profile, int]]:
    """The profiles that fit a catalog, and how much each would leave out beyond the scope.

    One that would leave out nothing more (extensions own what they made) is of no use.
    """
    scoped = bench.scoped(catalog, bench.scope)
    for profile in bench.registry.profiles.values():
        if profile.dialect != catalog.dialect or not _fits(catalog, profile):
            continue
        exclude = (*bench.scope.exclude, *profile.exclude)
        more = msgspec.structs.replace(bench.scope, exclude=exclude)
        less = Scoped(catalog, more, bench.dialect, bench.kinds)
        count = sum(node in scoped for node in less.left_out())
        count += sum(scoped.has(item) and not less.has(item) for item in catalog.unmodelled)
        if count:
            yield profile, count


def _fits(catalog: Catalog, profile: Profile) -> bool:
    """Whether a catalog shows every sign of a profile."""
    signs = [Scope(include=(sign,)) for sign in profile.signs]
    return bool(signs) and all(
        any(sign.names(_noun(node.ref), _name(node.ref)) for node in catalog) for sign in signs
    )


def _objects(count: int, which: str) -> str:
    return f"1 object {which} is" if count == 1 else f"{count} objects {which} are"


def _noun(ref: Ref) -> str:
    return ref.kind.rpartition(".")[2]


def _name(ref: Ref) -> str:
    return ".".join(ref.path)
