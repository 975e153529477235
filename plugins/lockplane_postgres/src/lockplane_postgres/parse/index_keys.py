"""What a unique index compares, read off what follows USING in its definition."""

from __future__ import annotations

from typing import Any

import msgspec

from lockplane_postgres.quote import quote


class Keys(msgspec.Struct, frozen=True):
    """The keys as expressions of the table's rows, and the predicate of a partial index."""

    keys: tuple[str, ...]
    where: str = ""
    nulls_equal: bool = False


def keys_of(definition: str) -> Keys | None:
    """The keys; None where an operator class may mean something else by equal than `=` does."""
    from pglast import parse_sql
    from pglast.stream import RawStream

    (parsed,) = parse_sql(f"CREATE UNIQUE INDEX ON t USING {definition}")
    index: Any = parsed.stmt
    if any(key.opclass for key in index.indexParams):
        return None
    where = RawStream()(index.whereClause) if index.whereClause else ""
    found = tuple(_key(key, RawStream()) for key in index.indexParams)
    return Keys(found, where, bool(index.nulls_not_distinct))


def _key(key: Any, printer: Any) -> str:
    expression = quote(key.name) if key.name else f"({printer(key.expr)})"
    collation = ".".join(quote(part.sval) for part in key.collation or ())
    return f"{expression} COLLATE {collation}" if collation else expression
