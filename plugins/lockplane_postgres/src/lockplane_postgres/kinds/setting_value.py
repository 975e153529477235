"""Values of the server's own settings, as SHOW says them: `65536kB` and `64MB` are one."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEMORY = {"TB": 1024**4, "GB": 1024**3, "MB": 1024**2, "kB": 1024, "B": 1}
_TIME = {
    "d": 86_400_000_000, "h": 3_600_000_000, "min": 60_000_000, "s": 1_000_000, "ms": 1000, "us": 1,
}  # fmt: skip
_LETTERS = "".join({*"".join((*_MEMORY, *_TIME))})
_TRUE, _FALSE = ("true", "yes"), ("false", "no")


def shown(value: str, sort: str, unit: str) -> str:
    """A value of a setting of that type (`vartype` and `unit` of pg_settings).

    One that is not understood is left as it is; of two that mean the same, both come out alike.
    """
    match sort:
        case "bool":
            return _switch(value.lower()) or value
        case "enum":
            return value.lower()
        case "integer" if unit:
            return _amount(value.strip(), unit)
        case _:
            return value


def _switch(value: str) -> str:
    """What parse_bool() takes: any beginning of a word that is of one only (bool.c)."""
    if value in ("on", "1") or (value and any(word.startswith(value) for word in _TRUE)):
        return "on"
    if value in ("off", "of", "0") or (value and any(word.startswith(value) for word in _FALSE)):
        return "off"
    return ""


def _amount(value: str, unit: str) -> str:
    """In the largest unit that divides it, as convert_int_from_base_unit() does (guc.c)."""
    known, base = _base(unit)
    number = value.rstrip(_LETTERS)
    said = value.removeprefix(number)
    try:
        amount = Fraction(number.strip())
    except (ValueError, ZeroDivisionError):
        return value
    if not known or (said and said not in known):
        return value
    count = round(amount * known[said] / base if said else amount)
    if count <= 0:  # 0 and -1 are switches
        return str(count)
    size = count * base
    return next(f"{size // known[name]}{name}" for name in known if size % known[name] == 0)


def _base(unit: str) -> tuple[Mapping[str, int], int]:
    """The units of the same sort, and how large one of this name is; `8kB` is one, too."""
    name = unit.lstrip("0123456789")
    times = int(unit.removesuffix(name) or 1)
    known = next((sort for sort in (_MEMORY, _TIME) if name in sort), {})
    return known, times * known.get(name, 1)
