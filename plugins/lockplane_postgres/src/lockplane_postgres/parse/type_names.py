"""Types: a type of the grammar, as `format_type` of the server prints it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from lockplane_core.model.ref import Ref
from lockplane_postgres.built_in import BUILT_IN, SERIALS
from lockplane_postgres.parse.names import TYPE_NAME, qualify
from lockplane_postgres.parse.tree import texts
from lockplane_postgres.quote import PUBLIC, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_postgres.parse.tree import TypeName

_SPOKEN = {
    "bool": "boolean",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "varchar": "character varying",
    "bpchar": "character",
    "char": '"char"',
    "varbit": "bit varying",
    "timestamp": "timestamp{} without time zone",
    "timestamptz": "timestamp{} with time zone",
    "time": "time{} without time zone",
    "timetz": "time{} with time zone",
}
"""Where format_type() says something else than the name in pg_type."""

_INTERVAL_FIELDS = {
    4: "year", 2: "month", 8: "day", 1024: "hour", 2048: "minute", 4096: "second",
    6: "year to month", 1032: "day to hour", 3080: "day to minute", 7176: "day to second",
    3072: "hour to minute", 7168: "hour to second", 6144: "minute to second",
}  # fmt: skip
"""INTERVAL_MASK of the fields, as the grammar writes them into the modifier."""
_FULL_INTERVAL = 0x7FFF
_PRECISE = "{}"


class TypeText(NamedTuple):
    """A type in words, and the name to be required if it is the user's own."""

    text: str
    ref: Ref | None = None
    is_serial: bool = False


class _Shape(NamedTuple):
    """A type as far as its text goes, without its place: there are few, in many places."""

    parts: tuple[str, ...]
    modifiers: tuple[str, ...]
    is_array: bool
    is_reference: bool
    schema: str


def describe(name: TypeName, schema: str = PUBLIC) -> TypeText:
    """The type with its modifiers, as a column would show it."""
    modifiers = tuple([_value(modifier) for modifier in name.modifiers])
    shape = _Shape(texts(name.names), modifiers, bool(name.bounds), name.is_reference, schema)
    return _described(shape)


def bare(name: TypeName, schema: str = PUBLIC) -> TypeText:
    """The type without modifiers, as the signature of a routine shows it."""
    return _described(_Shape(texts(name.names), (), bool(name.bounds), name.is_reference, schema))


@lru_cache(maxsize=4096)
def _described(shape: _Shape) -> TypeText:
    parts = shape.parts
    if shape.is_reference:
        column = ".".join(quote(part) for part in parts)
        return TypeText(f"{column}%TYPE")
    brackets = "[]" if shape.is_array else ""
    if is_built_in(parts):
        shown = _built_in(parts[-1], shape.modifiers) + brackets
        return TypeText(shown, is_serial=parts[-1] in SERIALS and len(parts) == 1)
    owner, own = qualify(parts, shape.schema)
    shown = f"{quote(owner)}.{quote(own)}{_listed(shape.modifiers)}{brackets}"
    return TypeText(shown, Ref(TYPE_NAME, (owner, own)))


def is_built_in(parts: Sequence[str]) -> bool:
    """Whether a name is that of a type of the server's own."""
    if len(parts) > 1:
        return parts[0] == "pg_catalog"
    return parts[0] in BUILT_IN


def _built_in(name: str, modifiers: Sequence[str]) -> str:
    if name == "interval":
        return _interval(modifiers)
    spoken = _SPOKEN.get(name) or SERIALS.get(name, name)
    if _PRECISE in spoken:
        return spoken.format(_listed(modifiers))
    return spoken + _listed(modifiers)


def _interval(modifiers: Sequence[str]) -> str:
    """`interval`, its fields and precision: the fields come first, as a mask."""
    if not modifiers:
        return "interval"
    mask, *precision = modifiers
    fields = _INTERVAL_FIELDS.get(int(mask), "") if int(mask) != _FULL_INTERVAL else ""
    return f"interval {fields}".rstrip() + _listed(precision)


def _listed(modifiers: Sequence[str]) -> str:
    return f"({','.join(modifiers)})" if modifiers else ""


def _value(modifier: Any) -> str:
    """A type modifier: a number, or a word such as a geometry's type."""
    constant = modifier.get("A_Const", {})
    if "sval" in constant:
        return str(constant["sval"].get("sval", ""))
    if "ival" in constant:
        return str(constant["ival"].get("ival", 0))
    fields = modifier.get("ColumnRef", {}).get("fields", ())
    return ".".join(str(field.get("String", {}).get("sval", "")) for field in fields)
