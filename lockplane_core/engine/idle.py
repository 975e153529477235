"""Idle patterns: what `schemas`, `exclude` and `include` say of nothing that is there."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from lockplane_core.model.scope import UNMODELLED, Scope, split
from lockplane_core.nearest import meant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.catalog import Catalog

_ALL = "*"


def told(bench: Bench, *catalogs: Catalog) -> Iterator[str]:
    """Patterns of a project that fit nothing in any of the catalogs: most likely slips of the pen.

    Those of profiles are no slips: a platform need not make all that it may.
    """
    yield from _schemas(bench, catalogs)
    theirs = {glob for profile in bench.registry.profiles.values() for glob in profile.exclude}
    for setting in ("exclude", "include"):
        for pattern in getattr(bench.scope, setting):
            if pattern not in theirs and not _fits(bench, pattern, catalogs):
                advice = _advice(bench, pattern, catalogs)
                yield f"{setting}: {pattern!r} fits nothing on either side{advice}"


def _schemas(bench: Bench, catalogs: Sequence[Catalog]) -> Iterator[str]:
    names = {bench.dialect.namespace(node.ref) for catalog in catalogs for node in catalog} - {""}
    for glob in bench.scope.schemas:
        if not names and glob != _ALL:
            yield f"{bench.dialect.title} has no schemas, so {glob!r} leaves nothing out"
        elif names and not any(fnmatchcase(name, glob) for name in names):
            yield f"neither side has anything in a schema {glob!r}. {meant(glob, names)}".rstrip()


def _advice(bench: Bench, pattern: str, catalogs: Sequence[Catalog]) -> str:
    """The same name in whatever schema, if that is what fits."""
    kind, glob = split(pattern)
    wider = f"{kind}:*.{glob}" if kind else f"*.{glob}"
    if not _fits(bench, wider, catalogs):
        return ""
    return f". A name is written with what it is in: {wider!r} would fit"


def _fits(bench: Bench, pattern: str, catalogs: Sequence[Catalog]) -> bool:
    kind, _ = split(pattern)
    scope = Scope(exclude=(pattern,))
    if kind == UNMODELLED:
        items = (item for catalog in catalogs for item in catalog.unmodelled)
        return any(scope.names(kind, str(item)) is False for item in items)
    if kind:
        tags = [tag for tag in bench.kinds if tag.rpartition(".")[2] == kind]
        refs = (n.ref for catalog in catalogs for tag in tags for n in catalog.of_kind(tag))
        return any(scope.names(kind, ".".join(ref.path)) is False for ref in refs)
    for catalog in catalogs:
        for node in catalog:
            ref = node.parent or node.ref
            namespace = bench.dialect.namespace(ref)
            if not scope.manages(namespace, ".".join(ref.path[: 2 if namespace else 1])):
                return True
    return False
