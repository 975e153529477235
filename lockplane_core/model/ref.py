"""Ref: the identity of an object."""

from __future__ import annotations

from typing import Annotated

import msgspec


class Ref(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """A kind tag and a path, e.g. `postgres.column` + `("public", "users", "email")`.

    Refs sort by kind, then path, and are the only way in which one object names another. There
    are very many of them, and none is part of a cycle: the collector need not look (`gc=False`).
    """

    kind: str
    path: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]  # checked where JSON is read

    @property
    def name(self) -> str:
        """The last part of the path: the object's own name."""
        return self.path[-1]

    @property
    def noun(self) -> str:
        """The kind without its dialect, as a reader would say it: `foreign key`."""
        return self.kind.rpartition(".")[2].replace("_", " ")

    def child(self, kind: str, *names: str) -> Ref:
        """A ref of `kind` below this one's path."""
        return Ref(kind, (*self.path, *names))

    def __str__(self) -> str:
        return f"{self.noun} {'.'.join(self.path)}"
