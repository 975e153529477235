"""The nearest name: what somebody meant who wrote a name that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALIKE = 0.6
"""The ratio from which difflib takes two words for alike, by default."""


def nearest(name: str, known: Iterable[str], *, alike: float = _ALIKE) -> str | None:
    """The one of `known` that is most like a name; None if none is `alike` (0 to 1)."""
    from difflib import get_close_matches  # not for commands that succeed

    return next(iter(get_close_matches(name, sorted(known), n=1, cutoff=alike)), None)


def meant(name: str, known: Iterable[str]) -> str:
    """The question whether the nearest name is meant; empty where none is near."""
    near = nearest(name, known)
    return f"Did you mean {near!r}?" if near else ""
