"""What the bound of a partition says of a row: as a condition, and as values that fit it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_postgres.quote import literal, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LIST = "l"
_LEAST, _MOST = "minvalue", "maxvalue"


class Key(msgspec.Struct, frozen=True):
    """An expression that a table is partitioned by; `column` is empty if it is no plain column."""

    expression: str
    column: str


class Bounds(msgspec.Struct, frozen=True):
    """A bound, read: `lower` and `upper` are constants, or how the server calls an end."""

    strategy: str
    keys: tuple[Key, ...]
    values: tuple[str, ...] = ()
    lower: tuple[str, ...] = ()
    upper: tuple[str, ...] = ()
    modulus: int = 0
    remainder: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the keys are; none if one is no plain column."""
        found = tuple(key.column for key in self.keys)
        return found if all(found) else ()

    def condition(self, parent: str) -> str:
        """What is true of the rows that fit, of the table that is called `parent` in SQL."""
        keys = [key.expression for key in self.keys]
        match self.strategy:
            case "l":
                return " OR ".join(_of_list(keys[0], self.values))
            case "r":
                there = (f"{key} IS NOT NULL" for key in keys)
                ends = (*_end(keys, self.lower, ">"), *_end(keys, self.upper, "<"))
                return " AND ".join((*there, *ends))
        return self.hashed(parent, keys)

    def implying(self, parent: str) -> str:
        """The same as a check that says of NULL what the server says of it."""
        found = self.condition(parent)
        is_list = self.strategy == _LIST
        if is_list and "NULL" not in self.values:
            return f"{self.keys[0].expression} IS NOT NULL AND {found}"
        return found

    def hashed(self, parent: str, values: Sequence[str]) -> str:
        """Whether values of the keys go to this partition by hash."""
        said = f"{literal(parent)}::regclass, {self.modulus}, {self.remainder}"
        return f"satisfies_hash_partition({said}, {', '.join(values)})"


def bounds_of(partition_by: str, bound: str) -> Bounds | None:
    """The bound of a partition of a table that is split by `partition_by`.

    None for the default partition, and where an operator class may compare otherwise than `<`
    and `=` do.
    """
    from pglast import parse_sql
    from pglast.stream import RawStream

    made, linked = parse_sql(
        f"CREATE TABLE t () PARTITION BY {partition_by}; ALTER TABLE t ATTACH PARTITION p {bound}"
    )
    table: Any = made.stmt
    link: Any = linked.stmt
    parts, spec = table.partspec.partParams, link.cmds[0].def_.bound
    if spec.is_default or any(part.opclass for part in parts):
        return None
    return Bounds(
        strategy=spec.strategy,
        keys=tuple(_key(part, RawStream()) for part in parts),
        values=tuple(RawStream()(value) for value in spec.listdatums or ()),
        lower=tuple(RawStream()(value) for value in spec.lowerdatums or ()),
        upper=tuple(RawStream()(value) for value in spec.upperdatums or ()),
        modulus=spec.modulus,
        remainder=spec.remainder,
    )


def _key(part: Any, printer: Any) -> Key:
    expression = quote(part.name) if part.name else f"({printer(part.expr)})"
    collation = ".".join(quote(word.sval) for word in part.collation or ())
    return Key(f"{expression} COLLATE {collation}" if collation else expression, part.name or "")


def _of_list(key: str, values: Sequence[str]) -> Iterator[str]:
    known = [value for value in values if value != "NULL"]
    if known:
        yield f"{key} IN ({', '.join(known)})"
    if len(known) < len(values):
        yield f"{key} IS NULL"


def _end(keys: Sequence[str], values: Sequence[str], sign: str) -> Iterator[str]:
    """One end of a range: keys are compared as a row, up to the first that has no constant."""
    known = next((n for n, value in enumerate(values) if value in (_LEAST, _MOST)), len(values))
    if known == 0:
        if values[0] == (_MOST if sign == ">" else _LEAST):
            yield "false"
        return
    rest = values[known] if known < len(values) else _LEAST
    includes = rest == (_LEAST if sign == ">" else _MOST)
    row, limit = ", ".join(keys[:known]), ", ".join(values[:known])
    yield f"({row}) {sign}{'=' if includes else ''} ({limit})"


def fitting(bounds: Bounds, types: Sequence[str], parent: str) -> tuple[str, ...]:
    """A value of each type that fits, as an expression; empty where any value may do."""
    found = _fitting(bounds, types, parent)
    pairs = zip(found, types, strict=True)
    return tuple(f"{value}::{type_}" if value else "" for value, type_ in pairs)


def _fitting(bounds: Bounds, types: Sequence[str], parent: str) -> tuple[str, ...]:
    match bounds.strategy:
        case "l":
            return (next((value for value in bounds.values if value != "NULL"), "NULL"),)
        case "r":
            ends = zip(bounds.lower, bounds.upper, types, strict=True)
            return tuple(_within(*end) for end in ends)
    return _hashed(bounds, types, parent)


def _within(lower: str, upper: str, type_: str) -> str:
    if lower not in (_LEAST, _MOST):
        return lower
    return "" if upper in (_LEAST, _MOST) else f"({upper}::{type_} - 1)"


def _hashed(bounds: Bounds, types: Sequence[str], parent: str) -> tuple[str, ...]:
    """Of values that numbers stand for, the same in all keys, the first that is sent here."""
    fits = bounds.hashed(parent, [f"n::text::{type_}" for type_ in types])
    found = f"(SELECT n::text FROM generate_series(1, 10000) n WHERE {fits} LIMIT 1)"
    return tuple(found for _ in types)
