"""The names that PostgreSQL makes up itself (makeObjectName in indexcmds.c)."""

from __future__ import annotations

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


def multirange_name(name: str) -> str:
    """The multirange type of a range type (makeMultirangeTypeName in multirangetypes.c)."""
    before, word, after = name.partition("range")
    if word:
        made = f"{before}multi{word}{after}".encode()[:_LONGEST]
    else:
        made = name.encode()[: _LONGEST - len("_multirange")]
    return made.decode(errors="ignore") + ("" if word else "_multirange")
