"""A table's name in one text, as schema JSON refers to it: `users`, `audit.log`."""

from __future__ import annotations

import msgspec

from lockplane_postgres.quote import PUBLIC


def table_name(schema: str, table: str) -> str:
    """The name, with its schema unless that is public; in quotes if a dot or quote is in it."""
    parts = [table] if schema == PUBLIC else [schema, table]
    if any("." in part or '"' in part for part in parts):
        parts = ['"' + part.replace('"', '""') + '"' for part in parts]
    return ".".join(parts)


def read_table_name(text: object) -> tuple[str, str]:
    """(schema, table) of such a text. Raises `msgspec.ValidationError`."""
    value = msgspec.convert(text, str)
    parts = _quoted(value) if value.startswith('"') else value.split(".")
    match parts:
        case [table] if table:
            return PUBLIC, table
        case [schema, table] if schema and table:
            return schema, table
    raise msgspec.ValidationError(
        f"{value!r} names no table: write `table` or `schema.table`, and names that hold a dot "
        'in double quotes (`"a.b"."c"`)'
    )


def _quoted(value: str) -> list[str]:
    """The parts of `"a"."b"`; nothing if it is not of that form."""
    inside = value[1:-1].replace('""', "\0")
    parts = inside.split('"."')
    if len(value) < 2 or not value.endswith('"') or any('"' in part for part in parts):  # noqa: PLR2004
        return []
    return [part.replace("\0", '"') for part in parts]
