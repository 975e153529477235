"""OPTIONS of foreign data: some hold secrets, which are never said.

A secret is only known to be there. Who has to give one gives it by hand: a plan that would need
to is refused by a guard of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.step import Guard
from lockplane_postgres.quote import literal, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.ref import Ref

HIDDEN = "********"
"""Stands for a secret, in bodies as in plans."""
_SECRETS = (
    "password", "passwd", "passphrase", "secret", "token", "credential", "api_key", "access_key",
    "private_key",
)  # fmt: skip
_SWITCHES = frozenset({"true", "false", "on", "off", "yes", "no", "0", "1"})
"""Values of what is about a secret and is none: `password_required=false`."""


def read(options: Iterable[str] | None) -> tuple[str, ...]:
    """Options as the server keeps them (`name=value`), sorted, without their secrets."""
    return tuple(sorted(_hidden(*_split(option)) for option in options or ()))


def _hidden(name: str, value: str) -> str:
    is_secret = any(word in name.lower() for word in _SECRETS) and value.lower() not in _SWITCHES
    return f"{name}={HIDDEN if is_secret else value}"


def _split(option: str) -> tuple[str, str]:
    name, _, value = option.partition("=")
    return name, value


def listed(options: Iterable[str]) -> str:
    """` OPTIONS (…)`, with a space before it; nothing where there are none."""
    words = ", ".join(f"{quote(name)} {literal(value)}" for name, value in map(_split, options))
    return f" OPTIONS ({words})" if words else ""


def changed(old: Iterable[str], new: Iterable[str]) -> str:
    """`OPTIONS (ADD …, SET …, DROP …)`; nothing where they are the same."""
    before, after = dict(map(_split, old)), dict(map(_split, new))
    words = [
        f"{'SET' if name in before else 'ADD'} {quote(name)} {literal(value)}"
        for name, value in after.items()
        if before.get(name) != value
    ]
    words += [f"DROP {quote(name)}" for name in before if name not in after]
    return f"OPTIONS ({', '.join(words)})" if words else ""


def guards(about: Ref, said: str, new: Sequence[str], old: Sequence[str] = ()) -> Iterator[Guard]:
    """What stands against a step that would have to give a secret."""
    names = [name for name, value in map(_split, new) if value == HIDDEN and _is_new(name, old)]
    if names:
        yield Guard(
            query="SELECT 1",
            message=f"{said} takes a secret ({', '.join(names)}), which no plan holds: make it "
            "by hand in the database, and plan again",
            about=about,
        )


def _is_new(name: str, old: Sequence[str]) -> bool:
    return f"{name}={HIDDEN}" not in old
