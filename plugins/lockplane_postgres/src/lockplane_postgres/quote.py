"""Names and texts as PostgreSQL's grammar wants them written, and as people say them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lockplane_postgres.built_in import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterable

PUBLIC = "public"

_FIRST = frozenset("abcdefghijklmnopqrstuvwxyz_")
_REST = _FIRST | frozenset("0123456789")


def quote(name: str) -> str:
    """An identifier, in quotes only where it would else be read as something different."""
    if name and name[0] in _FIRST and _REST.issuperset(name) and name not in _keywords():
        return name
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """The name of a relation, type or routine as plans write it: what is in `public` bare.

    `pg_catalog` is searched before everything else, so a name that may hide there is written
    in full (manual, 5.10.5).
    """
    if schema == PUBLIC and not name.startswith("pg_"):
        return quote(name)
    return f"{quote(schema)}.{quote(name)}"


def qualified_type(schema: str, name: str) -> str:
    """The name of a type; in full also where a type of `pg_catalog` has the same name."""
    hidden = schema == PUBLIC and name in BUILT_IN
    return f"{quote(schema)}.{quote(name)}" if hidden else qualified(schema, name)


def names(values: Iterable[str]) -> str:
    """Identifiers, separated by commas."""
    return ", ".join(quote(value) for value in values)


def block(parts: Iterable[str]) -> str:
    """What stands in parentheses, a line for each part; a part is left as it is."""
    lines = ",\n".join(f"  {part}" for part in parts)
    return f"(\n{lines}\n)" if lines else "()"


def literal(text: str) -> str:
    """A string constant (`standard_conforming_strings` is on in every session of ours)."""
    return "'" + text.replace("'", "''") + "'"


def spoken(path: Iterable[str]) -> str:
    """A qualified name for people: no quotes, and `public` left out."""
    first, *rest = path
    return ".".join(rest if first == PUBLIC and rest else (first, *rest))


@cache
def _keywords() -> frozenset[str]:
    """What the server's own quote_identifier() would quote: every keyword that is reserved."""
    from pglast import keywords

    return frozenset(
        keywords.RESERVED_KEYWORDS | keywords.COL_NAME_KEYWORDS | keywords.TYPE_FUNC_NAME_KEYWORDS
    )
