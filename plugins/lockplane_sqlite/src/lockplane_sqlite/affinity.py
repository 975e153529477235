"""Affinity: how SQLite stores a value in a column (https://sqlite.org/datatype3.html)."""

from __future__ import annotations

from typing import Literal

from lockplane_sqlite.quote import upper

Affinity = Literal["TEXT", "NUMERIC", "INTEGER", "REAL", "BLOB"]

_BY_WORD: tuple[tuple[str, Affinity], ...] = (
    ("INT", "INTEGER"),
    ("CHAR", "TEXT"),
    ("CLOB", "TEXT"),
    ("TEXT", "TEXT"),
    ("BLOB", "BLOB"),
    ("REAL", "REAL"),
    ("FLOA", "REAL"),
    ("DOUB", "REAL"),
)


def affinity(column_type: str) -> Affinity:
    """The affinity of a declared type, by the rules of §3.1 in their order."""
    if not column_type:
        return "BLOB"
    return next((found for word, found in _BY_WORD if word in upper(column_type)), "NUMERIC")


def lossy(value: str, old: str, new: str) -> str:
    """A condition that holds for values of an `old` column that a `new` one would store changed.

    Empty where there are none. Text that reads as a number loses what a number does not keep
    (`007`, `1.50`); numbers lose digits as text or as floating point.
    """
    before, after = affinity(old), affinity(new)
    if after in (before, "BLOB"):
        return ""
    numeric = f"CAST({value} AS NUMERIC)"
    if after == "TEXT":
        # text of a real has 15 significant digits
        return f"typeof({value}) = 'real' AND CAST(CAST({value} AS TEXT) AS REAL) <> {value}"
    reads = f"typeof({value}) = 'text' AND CAST({value} AS TEXT) = {numeric}"
    respelled = f"CAST({numeric} AS TEXT) <> CAST({value} AS TEXT)"
    if after != "REAL":
        return f"{reads} AND {respelled}"
    real = f"CAST({value} AS REAL)"  # SQLite compares integers with reals exactly
    return (
        f"({reads} AND CAST({real} AS TEXT) <> CAST({value} AS TEXT)"
        f" AND ({respelled} OR {numeric} <> {real}))"
        f" OR (typeof({value}) = 'integer' AND {real} <> {value})"
    )


_STRICT = {
    "INT": "CAST(CAST({0} AS NUMERIC) AS INTEGER) <> CAST({0} AS NUMERIC) OR {1}",
    "INTEGER": "CAST(CAST({0} AS NUMERIC) AS INTEGER) <> CAST({0} AS NUMERIC) OR {1}",
    "REAL": "{1}",
    "TEXT": "typeof({0}) = 'blob'",
    "BLOB": "typeof({0}) NOT IN ('blob', 'null')",
}
_NO_NUMBER = (
    "typeof({0}) = 'blob' OR (typeof({0}) = 'text' AND CAST({0} AS TEXT) <> CAST({0} AS NUMERIC))"
)


def refused(value: str, new: str) -> str:
    """A condition that holds for values that a STRICT table refuses; empty where there are none."""
    template = _STRICT.get(upper(new), "")
    return template.format(value, _NO_NUMBER.format(value))
