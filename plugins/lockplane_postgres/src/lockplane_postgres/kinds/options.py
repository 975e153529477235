"""Storage parameters, as `reloptions` holds them: `fillfactor=70`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_postgres.quote import literal, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def option_list(options: Iterable[str]) -> str:
    """The options as WITH (…) and SET (…) want them."""
    return ", ".join(f"{_name(name)}={literal(value)}" for name, value in map(_split, options))


def set_options(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """The actions SET and RESET that lead from one list to the other."""
    changed = [option for option in new if option not in old]
    kept = {_split(option)[0] for option in new}
    gone = [name for name, _ in map(_split, old) if name not in kept]
    if changed:
        yield f"SET ({option_list(changed)})"
    if gone:
        yield f"RESET ({', '.join(map(_name, gone))})"


def _split(option: str) -> tuple[str, str]:
    name, _, value = option.partition("=")
    return name, value


def _name(name: str) -> str:
    """`toast.` stands before the parameters of the table's toast relation."""
    return ".".join(quote(part) for part in name.split("."))
