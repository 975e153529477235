"""Node: one object of a catalog; Span: where a file declares it."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import msgspec

from lockplane_core.model.ref import Ref

Role = Literal[
    "schema", "table", "column", "index", "constraint", "view", "routine", "trigger",
    "policy", "sequence", "type", "comment", "other",
]  # fmt: skip
"""What an object is for a check that knows no dialect."""


class Body(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """What an object is, without its own name; equal bodies mean the same thing elsewhere.

    Like refs and nodes they are many and never part of a cycle (`gc=False`).
    """

    def __post_init__(self) -> None:
        """Give equal bodies equal JSON: omit_defaults leaves out only what *is* the default."""
        for name, default in _text_defaults(type(self)):
            value = getattr(self, name)
            if value is not default and value == default:
                msgspec.structs.force_setattr(self, name, default)


@cache
def _text_defaults(body: type[Body]) -> tuple[tuple[str, str], ...]:
    """Defaults that a server's text may equal without being the same object."""
    fields = msgspec.structs.fields(body)
    return tuple((f.name, f.default) for f in fields if isinstance(f.default, str) and f.default)


class Span(msgspec.Struct, frozen=True, order=True, gc=False):
    """A place in a file: line and column count from 1, in characters."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An object: identity, content, owner and needs.

    `body` is the kind's own struct, or `msgspec.Raw` while no installed plugin claims the
    kind. `needs` are the refs without which it can not exist (sorted; its parent is not
    repeated). `ordinal` is its place among its siblings. An `external` node belongs to
    something else (an extension): it satisfies needs and is never changed. `kept` is what a live
    object has beside its content that no schema says (who owns it, who may use it): it is never
    compared, and given back where the object is made again. None where nothing is known.
    """

    ref: Ref
    body: Any
    parent: Ref | None = None
    needs: tuple[Ref, ...] = ()
    ordinal: int = 0
    span: Span | None = None
    external: bool = False
    kept: Any = None


class Unmodelled(msgspec.Struct, frozen=True, order=True):
    """A live object that no installed kind models.

    `label` is what a person would call it (`policy`), `name` its qualified name, and
    `needs` the modelled refs that it depends on: a plan that touches one of them is refused.
    An `aspect` is no object of its own but a fact about the one it needs (a grant, a storage
    setting): it goes with it, and stands only in the way of making it again.
    """

    label: str
    name: str
    needs: tuple[Ref, ...] = ()
    aspect: bool = False

    def __str__(self) -> str:
        return f"{self.label} {self.name}"
