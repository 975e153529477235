"""SqlText: a field of a body that holds SQL as its server spells it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_type_hints

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

_MARK = "sql"

SqlText = Annotated[str, msgspec.Meta(extra={_MARK: True})]
"""Deparsed text. A server may spell one meaning in several ways, so text alone never proves
two bodies different: see `engine.settle`."""


def map_text(value: Any, change: Callable[[str], str]) -> Any:
    """`value`, a body or any part of one, with `change` applied to each SqlText in it.

    In a field that holds SqlText inside a tuple or the like, every text counts as SqlText.
    """
    if isinstance(value, msgspec.Struct):
        fields = _text_fields(type(value))
        if not fields:
            return value
        found = {name: _deep(getattr(value, name), change) for name in fields}
        return msgspec.structs.replace(value, **found)
    return value


def _deep(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, tuple | list | frozenset):
        return type(value)(_deep(item, change) for item in value)
    if isinstance(value, Mapping):
        return {key: _deep(item, change) for key, item in value.items()}
    return map_text(value, change)


@cache
def _text_fields(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    """Names of the fields that are SqlText, hold it, or hold structs which do."""
    return tuple(name for name, hint in _hints(struct) if _holds_text(hint, frozenset()))


def _hints(struct: type[msgspec.Struct]) -> list[tuple[str, Any]]:
    hints = get_type_hints(struct, include_extras=True)
    return [(name, hints[name]) for name in struct.__struct_fields__]


def _holds_text(hint: Any, above: frozenset[Any]) -> bool:
    """Whether a type is or holds SqlText; `above` are the structs that it was met in."""
    for meta in getattr(hint, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta) and (meta.extra or {}).get(_MARK):
            return True
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        inside = above | {hint}
        return hint not in above and any(_holds_text(h, inside) for _, h in _hints(hint))
    return any(_holds_text(arg, above) for arg in get_args(hint))
