"""Scope: which part of a database is managed."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Fits = Callable[[str], object]

UNMODELLED = "unmodelled"
"""What stands in place of a kind in patterns of what no kind models."""
_OTHERWISE = ""


class Scope(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Patterns of what is managed; no globs of namespaces means all of them.

    A pattern is `GLOB`, which a namespace or a qualified name fits, or `KIND:GLOB`, for objects
    of that kind alone. What `include` names is managed whatever the rest says. What is out of
    scope satisfies needs, is never changed, and is counted in the report. `manage` are the words
    for what is compared beyond the usual (`Kind.managed`).
    """

    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    manage: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not (self.schemas or self.exclude)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds that patterns name."""
        return frozenset({*_sorted(self.exclude), *_sorted(self.include)} - {_OTHERWISE})

    def names(self, kind: str, name: str) -> bool | None:
        """Whether patterns of a kind say that an object is managed; None if they say nothing."""
        if _fit(_sorted(self.include).get(kind), name):
            return True
        return False if _fit(_sorted(self.exclude).get(kind), name) else None

    def manages(self, namespace: str, name: str) -> bool:
        """Whether an object that no pattern of its kind names is managed.

        What lives in no namespace (an extension) can only be excluded.
        """
        for patterns, answer in ((self.include, True), (self.exclude, False)):
            fits = _sorted(patterns).get(_OTHERWISE)
            if _fit(fits, namespace) or _fit(fits, name):
                return answer
        return not self.schemas or not namespace or _in(namespace, self.schemas)


def split(pattern: str) -> tuple[str, str]:
    """The kind of a pattern, empty if it is for all of them, and its glob."""
    kind, colon, glob = pattern.partition(":")
    return (kind, glob) if colon else (_OTHERWISE, pattern)


def _fit(fits: Fits | None, name: str) -> bool:
    return fits is not None and bool(fits(name))


@lru_cache(maxsize=64)
def _sorted(patterns: tuple[str, ...]) -> Mapping[str, Fits]:
    """What tells whether a name fits one of the globs, by kind; asked of very many objects."""
    globs: dict[str, list[str]] = {}
    for pattern in patterns:
        kind, glob = split(pattern)
        globs.setdefault(kind, []).append(translate(glob))
    return {kind: re.compile("|".join(found)).match for kind, found in globs.items()}


@lru_cache(maxsize=1024)
def _in(namespace: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(namespace, glob) for glob in globs)
