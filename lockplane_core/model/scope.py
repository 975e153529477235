"""Scope: which part of a database is managed."""

from __future__ import annotations

from fnmatch import fnmatchcase

import msgspec


class Scope(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Globs of namespaces and of qualified names; no namespace globs means everything.

    What is out of scope satisfies needs, is never changed, and is counted in the report.
    """

    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def manages(self, namespace: str, name: str) -> bool:
        """Whether an object is managed; `name` is its qualified name.

        What lives in no namespace (an extension) can only be excluded.
        """
        if any(fnmatchcase(name, glob) or fnmatchcase(namespace, glob) for glob in self.exclude):
            return False
        if not self.schemas or not namespace:
            return True
        return any(fnmatchcase(namespace, glob) for glob in self.schemas)
