"""Scope: which part of a database is managed."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec


class Scope(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Globs of namespaces and of qualified names; no namespace globs means everything.

    What is out of scope satisfies needs, is never changed, and is counted in the report.
    """

    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not (self.schemas or self.exclude)

    def manages(self, namespace: str, name: str) -> bool:
        """Whether an object is managed; `name` is its qualified name.

        What lives in no namespace (an extension) can only be excluded.
        """
        if _fits(namespace, self.exclude) or any(fnmatchcase(name, glob) for glob in self.exclude):
            return False
        return not self.schemas or not namespace or _fits(namespace, self.schemas)


@lru_cache(maxsize=1024)
def _fits(namespace: str, globs: tuple[str, ...]) -> bool:
    """Whether one of the globs fits; asked for each of many objects in few namespaces."""
    return any(fnmatchcase(namespace, glob) for glob in globs)
