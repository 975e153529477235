"""What it means to give a column another type: the cast, what it loses, what it costs.

Types are compared as format_type() writes them. The lists are those of `pg_cast` (context
`a` and `i`) and of the measured matrix of ALTER TYPE; what is in no list gets an explicit
cast, which is always right where there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.step import Effect

_STRINGS = frozenset({"text", "character varying", "character", "citext", "name", "xml"})
_INTEGERS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
_BEYOND = 2**64
_FLOATS = frozenset({"real", "double precision"})
_NUMBERS = frozenset(_INTEGERS) | _FLOATS | {"numeric"}
_STAMP, _STAMPTZ = "timestamp without time zone", "timestamp with time zone"
_TIME, _TIMETZ = "time without time zone", "time with time zone"
_FAMILIES = (
    _NUMBERS,
    frozenset({"date", _STAMP, _STAMPTZ}),
    frozenset({_TIME, _TIMETZ}),
    frozenset({_TIME, "interval"}),
    frozenset({"json", "jsonb"}),
    frozenset({"cidr", "inet"}),
    frozenset({"macaddr", "macaddr8"}),
    frozenset({"bit", "bit varying"}),
    frozenset({"integer", "bigint", "oid"}),
    frozenset({"integer", "bigint", "numeric", "money"}),
)
"""Types of one family turn into one another without a word: by an assignment cast."""
_ASSIGNED = frozenset({(_STAMP, _TIME), (_STAMPTZ, _TIME), (_STAMPTZ, _TIMETZ)})
_SAME_BYTES = frozenset({
    ("cidr", "inet"), ("xml", "text"), ("citext", "text"), ("text", "citext"),
    ("integer", "oid"), ("oid", "integer"), ("text", "character varying"),
    ("character varying", "text"),
    (_STAMP, _STAMPTZ), (_STAMPTZ, _STAMP),  # in a session whose TimeZone is UTC, as ours is
})  # fmt: skip
_ROUNDED = frozenset({
    ("double precision", "real"), ("numeric", "real"), ("numeric", "double precision"),
    ("bigint", "real"), ("bigint", "double precision"), ("integer", "real"),
    (_STAMP, "date"), (_STAMPTZ, "date"), (_STAMP, _TIME), (_STAMPTZ, _TIME), (_STAMPTZ, _TIMETZ),
    (_TIMETZ, _TIME), ("interval", _TIME),
})  # fmt: skip
_COMPARABLE = (frozenset(_INTEGERS), frozenset({"text", "character varying"}))
_GROWING = frozenset(
    {"character varying", "bit varying", _STAMP, _STAMPTZ, _TIME, _TIMETZ, "interval"}
)
_SCALED = frozenset({_STAMP, _STAMPTZ, _TIME, _TIMETZ, "interval"})


def base(type_: str) -> str:
    """The type without its modifier: `timestamp with time zone` of `timestamp(3) with …`."""
    before, _, after = _parts(type_)
    return before + after


def using(column: str, old: str, new: str) -> str:
    """The expression for USING; empty where an assignment cast does it."""
    one, other = _element(old), _element(new)
    if one[0] == other[0] or _is_assigned(one[0], other[0], arrays=bool(one[1])):
        return "" if one[1] == other[1] else f"{column}::text::{new}"
    if one[0] == "boolean" and other[0] in _NUMBERS:
        return f"{column}::integer::{new}" if other[0] != "integer" else f"{column}::integer"
    if other[0] == "boolean" and one[0] in _NUMBERS - {"integer"}:
        return f"({column} <> 0)"
    if one[0] in _STRINGS or (_is_builtin(one[0]) and _is_builtin(other[0])):
        return f"{column}::{new}"
    # Nothing leads from one made type to another but their text.
    return f"{column}::text{one[1] and '[]'}::{new}"


def comparable(old: str, new: str) -> bool:
    """Whether a foreign key holds between a column of one type and one of the other."""
    one, other = base(old), base(new)
    return one == other or any(one in types and other in types for types in _COMPARABLE)


def effects(old: str, new: str) -> tuple[Effect, ...]:
    """What the change does to the rows that are there."""
    found: list[Effect] = []
    if _rounds(old, new):
        found.append("data_loss")
    if not _keeps_bytes(old, new):
        found.append("rewrite")
    return (*found, "breaking") if base(old) != base(new) else tuple(found)


def offences(column: str, old: str, new: str) -> str:
    """A condition that is true for values without a counterpart, or fails on one.

    Empty where every value has one, or the new type may not be there yet.
    """
    one, other = base(old), base(new)
    if other in ("character varying", "character"):
        return _too_long(column, old, new)
    if one in _NUMBERS and other in _INTEGERS:
        if _INTEGERS.get(one, _BEYOND) <= _INTEGERS[other]:
            return ""
        return f"{column} NOT BETWEEN -{_INTEGERS[other]} AND {_INTEGERS[other] - 1}"
    if one in _NUMBERS and other == "numeric":
        return _overflow(column, old, new)
    if one in _STRINGS and other not in _STRINGS and _is_builtin(other):
        return f"({column}::{new}) IS NULL AND {column} IS NOT NULL"
    return ""


def _too_long(column: str, old: str, new: str) -> str:
    limit, known = _modifier(new), _modifier(old)
    if limit is None or (base(old) in _STRINGS and known is not None and known <= limit):
        return ""
    return f"length(rtrim({column}::text, ' ')) > {limit[0]}"


def _overflow(column: str, old: str, new: str) -> str:
    limits, known = _modifier(new), _modifier(old)
    if limits is None:
        return ""
    room = limits[0] - _scale(new)
    exact = base(old) == "numeric" and known is not None and _scale(old) <= _scale(new)
    if exact and known is not None and known[0] - _scale(old) <= room:
        return ""
    return f"abs(round({column}::numeric, {_scale(new)})) >= 10::numeric ^ {room}"


def _rounds(old: str, new: str) -> bool:
    """Whether a value may become another one without an error."""
    one, other = base(old), base(new)
    if (one, other) in _ROUNDED:
        return True
    if one in _FLOATS | {"numeric"} and other in _INTEGERS:
        return not (one == "numeric" and (*(_modifier(old) or (0, 1)), 0)[1] == 0)
    if other == "numeric" and one in _FLOATS | {"numeric"} and _modifier(new):
        return _scale(new) < (_scale(old) if one == "numeric" and _modifier(old) else 1000)
    if one == other and one in _SCALED:
        return _precision(new) < _precision(old)
    return False


def _keeps_bytes(old: str, new: str) -> bool:
    """Whether the table need not be written anew."""
    one, other = base(old), base(new)
    was, now = _modifier(old), _modifier(new)
    if one == other == "numeric":
        return now is None or (was is not None and _scale(old) == _scale(new) and now[0] >= was[0])
    if one == other:
        return was == now or (one in _GROWING and (now is None or (was is not None and now >= was)))
    if (one, other) == ("character varying", "text"):
        return True
    return (one, other) in _SAME_BYTES and now is None


def _is_assigned(one: str, other: str, *, arrays: bool) -> bool:
    if other in _STRINGS:
        return not arrays or one in _STRINGS
    return (one, other) in _ASSIGNED or any(one in f and other in f for f in _FAMILIES)


def _is_builtin(type_: str) -> bool:
    """Whether it is a type of pg_catalog: those alone are written without their schema."""
    return "." not in type_ and '"' not in type_


def _element(type_: str) -> tuple[str, str]:
    """The base of a type and, for an array, its brackets."""
    name = base(type_)
    return (name[:-2], "[]") if name.endswith("[]") else (name, "")


def _parts(type_: str) -> tuple[str, str, str]:
    if '"' in type_:
        return type_, "", ""  # a quoted name may hold a parenthesis; such types have no modifier
    before, opening, rest = type_.partition("(")
    inside, _, after = rest.partition(")")
    return (before, inside, after) if opening else (type_, "", "")


def _modifier(type_: str) -> tuple[int, ...] | None:
    inside = _parts(type_)[1]
    numbers = [part.strip().lstrip("-") for part in inside.split(",")]
    return tuple(_integers(inside)) if inside and all(n.isdigit() for n in numbers) else None


def _integers(text: str) -> Iterator[int]:
    yield from (int(part) for part in text.split(","))


def _scale(type_: str) -> int:
    return (*(_modifier(type_) or ()), 0, 0)[1]


def _precision(type_: str) -> int:
    """Digits of a second; six where nothing is said."""
    return (_modifier(type_) or (6,))[0]
