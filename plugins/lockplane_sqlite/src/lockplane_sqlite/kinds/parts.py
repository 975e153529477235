"""Parts: what an index, key or unique constraint is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.text import SqlText
from lockplane_sqlite.quote import fold, quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_sqlite.ddl.shapes import Part as PartText
    from lockplane_sqlite.names import Names


class KeyPart(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A column by its folded name, or an expression; `collation` where it is not the column's."""

    name: str = ""
    expression: SqlText = ""
    collation: str = ""
    descending: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is a column and nothing else."""
        return bool(self.name) and not (self.collation or self.descending)


def parts_of(parts: Iterable[PartText]) -> tuple[KeyPart, ...]:
    """Parts as they are written in a statement."""
    return tuple(
        KeyPart(
            name=fold(part.name),
            expression=part.expression,
            collation=part.collation,
            descending=part.descending,
        )
        for part in parts
    )


def columns_in(parts: Iterable[KeyPart]) -> tuple[str, ...]:
    """The folded names of the columns among parts."""
    return tuple(part.name for part in parts if part.name)


def render(parts: Iterable[KeyPart], table: str, names: Names) -> str:
    """Parts as SQL, with commas between them."""
    return ", ".join(_render(part, table, names) for part in parts)


def _render(part: KeyPart, table: str, names: Names) -> str:
    sql = quote(names.column(table, part.name)) if part.name else part.expression
    sql += f" COLLATE {quote(part.collation)}" if part.collation else ""
    return f"{sql} DESC" if part.descending else sql


def to_list(parts: Iterable[KeyPart], table: str, names: Names) -> list[Any]:
    """Parts as schema JSON: a plain column is its name."""
    return [_to_item(part, table, names) for part in parts]


def _to_item(part: KeyPart, table: str, names: Names) -> Any:
    if not part.name:
        return msgspec.to_builtins(part)
    name = names.column(table, part.name)
    return name if part.is_plain else {**msgspec.to_builtins(part), "name": name}


def from_list(items: Any) -> tuple[KeyPart, ...]:
    """Parts from schema JSON. Raises `msgspec.ValidationError`."""
    found = msgspec.convert(items, list[str | KeyPart])
    return tuple(
        KeyPart(name=fold(item))
        if isinstance(item, str)
        else msgspec.structs.replace(item, name=fold(item.name))
        for item in found
    )
