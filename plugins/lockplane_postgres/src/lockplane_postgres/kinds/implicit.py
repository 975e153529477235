"""Names that nobody wrote: what PostgreSQL makes up (makeObjectName in indexcmds.c), and ours."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog

_LONGEST = 63  # NAMEDATALEN - 1, in bytes


def implicit_name(first: str, second: str, label: str) -> str:
    """`first_second_label`, the longer part cut until it fits; `second` may be empty."""
    room = _LONGEST - len(label) - 1 - bool(second)
    left, right = first.encode(), second.encode()
    while len(left) + len(right) > room:
        if len(left) > len(right):
            left = left[:-1]
        else:
            right = right[:-1]
    parts = (part.decode(errors="ignore") for part in (left, right) if part)
    return "_".join((*parts, label))


def free_name(
    schema: str, stem: str, label: str, *catalogs: Catalog, but: Iterable[str] = ()
) -> str:
    """`stem_label1`, or the next number: a name that is none of `but`, nor any in the schema."""
    taken = set(but) | {
        name
        for catalog in catalogs
        for node in catalog
        if node.ref.path[0] == schema
        for name in node.ref.path[1:]
    }
    names = (implicit_name(stem, "", f"{label}{number}") for number in count(1))
    return next(name for name in names if name not in taken)


def multirange_name(name: str) -> str:
    """The multirange type of a range type (makeMultirangeTypeName in multirangetypes.c)."""
    before, word, after = name.partition("range")
    if word:
        made = f"{before}multi{word}{after}".encode()[:_LONGEST]
    else:
        made = name.encode()[: _LONGEST - len("_multirange")]
    return made.decode(errors="ignore") + ("" if word else "_multirange")
