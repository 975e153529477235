"""What it means to give a column another type: the cast, what it loses, what it costs.

Types are compared as format_type() writes them. The lists are those of `pg_cast` (context
`a` and `i`) and of the measured matrix of ALTER TYPE; what is in no list gets an explicit cast.
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
)
"""Types of one family turn into one another without a word: by an assignment cast."""
_ASSIGNED = frozenset({
    (_STAMP, _TIME), (_STAMPTZ, _TIME), (_STAMPTZ, _TIMETZ), ("smallint", "oid"),
    ("integer", "money"), ("bigint", "money"), ("numeric", "money"), ("money", "numeric"),
})  # fmt: skip
_EXPLICIT = frozenset(("jsonb", other) for other in (*_NUMBERS, "boolean"))
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
    """The expression for USING; empty where an assignment cast does it.

    Where no cast leads from one type to the other, their text does.
    """
    (one, its), (other, others) = _element(old), _element(new)
    if other in _STRINGS and not others and its:
        return ""
    if its == others and (one == other or _is_assigned(one, other)):
        return ""
    if not its and not others and (number := _number(column, one, other, new)):
        return number
    text = f"text{its}" if its == others else "text"
    is_text = one in _STRINGS and (its == others or not its)
    if is_text or ((one, other) in _EXPLICIT and not its and not others):
        return f"{column}::{new}"
    return f"{column}::{text}::{new}"


def _number(column: str, one: str, other: str, new: str) -> str:
    """The cast between numbers and what is almost one; empty for anything else."""
    if one == "boolean" and other in _NUMBERS:
        return f"{column}::integer::{new}"
    if other == "boolean" and one in _NUMBERS:
        return f"({column} <> 0)"
    if one == "money" and other in _NUMBERS:
        return f"{column}::numeric::{new}"
    return ""


def keeps_all(old: str, new: str) -> bool:
    """Whether an integer type holds every value of another one; true for all other types."""
    return _INTEGERS.get(base(new), _BEYOND) >= _INTEGERS.get(base(old), 0)


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
    if one == other and not is_builtin(one) and _limit(new):
        cast = f"{column}::{new}"
    else:
        cast = using(column, old, new) if is_builtin(other) else ""
    return f"({cast}) IS NULL AND {column} IS NOT NULL" if cast else ""


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
        is_wider = was is not None and now is not None and now >= was
        return _limit(new) in ("", _limit(old)) or (one in _GROWING and is_wider)
    if (one, other) == ("character varying", "text"):
        return True
    return (one, other) in _SAME_BYTES and now is None


def _is_assigned(one: str, other: str) -> bool:
    if other in _STRINGS or (one, other) in _ASSIGNED:
        return True
    return any(one in family and other in family for family in _FAMILIES)


def is_builtin(type_: str) -> bool:
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


def _limit(type_: str) -> str:
    """The modifier as it is written; of an extension's type it may hold words."""
    return _parts(type_)[1]


def _modifier(type_: str) -> tuple[int, ...] | None:
    inside = _limit(type_)
    numbers = [part.strip().lstrip("-") for part in inside.split(",")]
    return tuple(_integers(inside)) if inside and all(n.isdigit() for n in numbers) else None


def _integers(text: str) -> Iterator[int]:
    yield from (int(part) for part in text.split(","))


def _scale(type_: str) -> int:
    return (*(_modifier(type_) or ()), 0, 0)[1]


def _precision(type_: str) -> int:
    """Digits of a second; six where nothing is said."""
    return (_modifier(type_) or (6,))[0]
