"""Schemas of any size: tables with keys, checks, defaults, indexes, and some views over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VIEW_EVERY = 10
_COLUMNS = 12


def statements(tables: int, *, changed: bool = False) -> Iterator[str]:
    """DDL for that many tables; `changed` adds a column to one table in fifty."""
    for number in range(tables):
        yield from _table(number, changed=changed and number % 50 == 0)


def text(tables: int, *, changed: bool = False) -> str:
    """The same as one script."""
    return "".join(f"{sql};\n" for sql in statements(tables, changed=changed))


def table(number: int) -> str:
    """One table and what belongs to it, as a file."""
    return "".join(f"{sql};\n" for sql in _table(number, changed=False))


def _table(number: int, *, changed: bool) -> Iterator[str]:
    name = f"table_{number:05}"
    columns = [f"  field_{i} {_TYPES[(number + i) % len(_TYPES)]}" for i in range(_COLUMNS)]
    if number:
        columns.append(f"  parent_id bigint REFERENCES table_{number // 2:05} (id)")
    if changed:
        columns.append("  added text")
    body = ",\n".join(["  id bigint PRIMARY KEY", *columns, f"  CHECK (id <> {number})"])
    yield f"CREATE TABLE {name} (\n{body}\n)"
    yield f"CREATE INDEX {name}_one ON {name} (field_1)"
    yield f"CREATE INDEX {name}_two ON {name} (field_2, field_3) WHERE id > 10"
    if number % _VIEW_EVERY == 0:
        yield f"CREATE VIEW view_{number:05} AS SELECT id, field_1, field_2 FROM {name}"


_TYPES = (
    "integer NOT NULL DEFAULT 0",
    "text",
    "varchar(40) NOT NULL DEFAULT ''",
    "timestamp with time zone DEFAULT now()",
    "numeric(12,2)",
    "boolean NOT NULL DEFAULT false",
    "jsonb",
)
