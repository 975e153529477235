"""Facts: what a check that knows no dialect may ask of an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a column, an index or a constraint; the rest stays at its default.

    Of a column its `type`, whether it is `nullable`, and whether it `fills` itself in rows that
    name no value (a default, an identity, a generated one). Of an index or constraint whether
    it is `unique`, and the `columns` it is on, in order; of a foreign key also those that it
    references.
    """

    type: str = ""
    nullable: bool = True
    fills: bool = False
    unique: bool = False
    columns: tuple[str, ...] = ()
    referenced_columns: tuple[str, ...] = ()


_FILLING = ("default", "identity", "generated")


def facts_of(item: Mapping[str, Any]) -> Facts:
    """The facts that an item of schema JSON states, under the names that its format fixes."""
    return Facts(
        type=str(item.get("type", "")),
        nullable=bool(item.get("nullable", True)),
        fills=any(item.get(key) not in (None, False) for key in _FILLING),
        unique=bool(item.get("unique", False)),
        columns=_names(item.get("columns")),
        referenced_columns=_names(item.get("referenced_columns")),
    )


def _names(value: object) -> tuple[str, ...]:
    """The names of a list; what is no name (an expression, a nested object) is left out."""
    return (
        tuple(name for name in value if isinstance(name, str))
        if isinstance(value, list | tuple)
        else ()
    )
