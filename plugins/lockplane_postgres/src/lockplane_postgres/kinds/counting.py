"""Counting: what identity columns and CREATE SEQUENCE share."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any

from lockplane_core.model.node import Body

if TYPE_CHECKING:
    from collections.abc import Mapping


class Counting(Body, frozen=True, kw_only=True):
    """How a sequence counts; None is what the server would choose itself."""

    start: int | None = None
    increment: int = 1
    minimum: int | None = None
    maximum: int | None = None
    cache: int = 1
    cycle: bool = False


class SequenceOptions(Counting, frozen=True, kw_only=True):
    """A sequence of its own has a type; that of an identity column has the column's."""

    type: str = "bigint"


_LIMITS: Mapping[str, int] = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}


def sequence_fields(  # noqa: PLR0913, PLR0917 - the columns of pg_sequence
    type_: str, start: int, increment: int, minimum: int, maximum: int, cache: int, *, cycle: bool
) -> dict[str, Any]:
    """The fields of SequenceOptions, with what is the server's own choice left out."""
    limit = _LIMITS[type_]
    low, high = (1, limit - 1) if increment > 0 else (-limit, -1)
    first = minimum if increment > 0 else maximum
    return {
        "type": intern(type_),  # omit_defaults knows a default text by its identity
        "start": None if start == first else start,
        "increment": increment,
        "minimum": None if minimum == low else minimum,
        "maximum": None if maximum == high else maximum,
        "cache": cache,
        "cycle": cycle,
    }


def sequence_bounds(options: SequenceOptions) -> tuple[int, int]:
    """The least and the greatest value, also where they are the server's own choice."""
    return counting_bounds(options, options.type)


def counting_bounds(counting: Counting, type_: str) -> tuple[int, int]:
    """`sequence_bounds` of what has its type from elsewhere."""
    limit = _LIMITS[type_]
    low, high = (1, limit - 1) if counting.increment > 0 else (-limit, -1)
    return (
        low if counting.minimum is None else counting.minimum,
        high if counting.maximum is None else counting.maximum,
    )


def sequence_clauses(options: Counting) -> list[str]:
    """What CREATE SEQUENCE (after AS type) or GENERATED AS IDENTITY (…) has to say."""
    clauses = []
    if options.increment != 1:
        clauses.append(f"INCREMENT BY {options.increment}")
    if options.minimum is not None:
        clauses.append(f"MINVALUE {options.minimum}")
    if options.maximum is not None:
        clauses.append(f"MAXVALUE {options.maximum}")
    if options.start is not None:
        clauses.append(f"START WITH {options.start}")
    if options.cache != 1:
        clauses.append(f"CACHE {options.cache}")
    if options.cycle:
        clauses.append("CYCLE")
    return clauses


def sequence_alterations(old: Counting, new: Counting) -> list[str]:
    """The clauses that lead from one to the other, for ALTER SEQUENCE."""
    clauses = []
    if old.increment != new.increment:
        clauses.append(f"INCREMENT BY {new.increment}")
    clauses += _bound_alterations(old, new)
    if first_value(old) != first_value(new):
        clauses.append(f"START WITH {first_value(new)}")
    if old.cache != new.cache:
        clauses.append(f"CACHE {new.cache}")
    if old.cycle != new.cycle:
        clauses.append("CYCLE" if new.cycle else "NO CYCLE")
    return clauses


def _bound_alterations(old: Counting, new: Counting) -> list[str]:
    """Both bounds where their defaults change too; in figures where that is by another type.

    NO MAXVALUE along with AS may then mean the greatest value of the type, also for a sequence
    that counts down (`reset_max_value` in sequence.c, 14 to 18).
    """
    retyped = isinstance(new, SequenceOptions) and new.type != getattr(old, "type", new.type)
    bounds = sequence_bounds(new) if retyped else (new.minimum, new.maximum)  # type: ignore[arg-type]  # retyped has one
    both = retyped or old.increment != new.increment
    clauses = []
    if both or old.minimum != new.minimum:
        clauses.append("NO MINVALUE" if bounds[0] is None else f"MINVALUE {bounds[0]}")
    if both or old.maximum != new.maximum:
        clauses.append("NO MAXVALUE" if bounds[1] is None else f"MAXVALUE {bounds[1]}")
    return clauses


def first_value(options: Counting) -> int:
    """Where the sequence starts, also where that is the server's own choice."""
    if options.start is not None:
        return options.start
    if options.increment > 0:
        return 1 if options.minimum is None else options.minimum
    return -1 if options.maximum is None else options.maximum
