"""Schemas of any size: tables with keys, checks, defaults, indexes, and some views over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_VIEW_EVERY = 10
_CHANGED_EVERY = 50
_COLUMNS = 12


def statements(tables: int) -> Iterator[str]:
    """DDL for that many tables."""
    for number in range(tables):
        yield from _table(number)


def text(tables: int) -> str:
    """The same as one script."""
    return script(statements(tables))


def table(number: int) -> str:
    """One table and what belongs to it, as a file."""
    return script(_table(number))


def changes(tables: int) -> Iterator[str]:
    """A column more for one table in fifty."""
    for number in range(0, tables, _CHANGED_EVERY):
        yield f"ALTER TABLE {_name(number)} ADD COLUMN added text"


def small_tables(count: int) -> Iterator[str]:
    """Small tables that nothing else knows of."""
    for number in range(count):
        yield f"CREATE TABLE {_small(number)} (id bigint PRIMARY KEY, name text NOT NULL)"


def without_small_tables(count: int) -> Iterator[str]:
    """What takes them back."""
    return (f"DROP TABLE IF EXISTS {_small(number)}" for number in range(count))


def script(statements: Iterable[str]) -> str:
    """Statements as a file."""
    return "".join(f"{sql};\n" for sql in statements)


def _name(number: int) -> str:
    return f"table_{number:05}"


def _small(number: int) -> str:
    return f"small_{number:04}"


def _table(number: int) -> Iterator[str]:
    name = _name(number)
    columns = [f"  field_{i} {_TYPES[(number + i) % len(_TYPES)]}" for i in range(_COLUMNS)]
    if number:
        columns.append(f"  parent_id bigint REFERENCES {_name(number // 2)} (id)")
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
