"""Vocabulary: the words in which a dialect writes the random schemas of the kit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

_T = TypeVar("_T")

LONGEST = 63
"""Bytes of the longest name that every product takes as it is."""
HOSTILE = (
    "plain",
    "Mixed Case",
    'qu"ote',
    "it's",
    "dot.ted",
    "select",
    "order",
    "per%cent {brace}",
    "naïve",
    "x" * LONGEST,
    "x" * (LONGEST - 1) + "y",
)
"""Names that careless quoting, cutting or splitting breaks on; all differ in more than case."""


class Type(msgspec.Struct, frozen=True, kw_only=True):
    """A column type as it is written.

    `literals` are values of it, the first one such that it can be cast to the other types.
    `defaults` are further expressions for DEFAULT, `wraps` expressions of the same type over a
    column (`lower({})`), `options` what may follow the type (`COLLATE "C"`).
    """

    name: str
    literals: tuple[str, ...]
    defaults: tuple[str, ...] = ()
    wraps: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class Identifier(msgspec.Struct, frozen=True):
    """How a key column is declared (`integer PRIMARY KEY`), and whether it numbers its rows."""

    sql: str
    counts: bool = False


class Storage(msgspec.Struct, frozen=True):
    """What follows the parenthesis of CREATE TABLE.

    `types` are those that its columns may have; empty for all. Where it names `identifiers`,
    the table must have a key column that is declared in one of these ways.
    """

    sql: str = ""
    types: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()


class Declared(msgspec.Struct, frozen=True):
    """One form of an object that stands on its own, and what columns can do with it.

    An enum brings a type of its own; a sequence brings defaults to a type that there is.
    """

    sql: str
    type: Type


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """What a dialect's random schemas are made of.

    `references` are the types of columns that may refer to a key column, `generated` templates
    such as `GENERATED ALWAYS AS ({}) STORED`, `declared` the forms of each free-standing object
    by name. `remarks` are statements about a `{table}` and a `{column}` of it, which make a
    `{name}` there (and a `{second}` and `{third}`) or say something: of the forms of one group,
    one holds at a time. `alters` says whether constraints may be added by ALTER TABLE; else they
    stand in CREATE TABLE.
    """

    types: tuple[Type, ...]
    identifiers: tuple[Identifier, ...] = (Identifier("integer NOT NULL PRIMARY KEY"),)
    references: tuple[str, ...] = ("integer",)
    storages: tuple[Storage, ...] = (Storage(),)
    generated: tuple[str, ...] = ()
    declared: Mapping[str, tuple[Declared, ...]] = msgspec.field(default_factory=dict)
    remarks: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    names: tuple[str, ...] = HOSTILE
    alters: bool = False
    max_tables: int = 3
    max_columns: int = 4

    def known(self, declared: Iterable[tuple[str, int]]) -> dict[str, Type]:
        """The types by name that there are where these forms of objects are declared."""
        found = {type_.name: type_ for type_ in self.types}
        for name, number in declared:
            brought = pick(self.declared[name], number).type
            there = found.get(brought.name, brought)
            defaults = (*there.defaults, *brought.defaults)
            found[brought.name] = msgspec.structs.replace(there, defaults=defaults)
        return found


def pick(choices: tuple[_T, ...], number: int) -> _T:
    """One of the choices; every number means one, so that choices may come and go."""
    return choices[number % len(choices)]


def quoted(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'
