"""Random schemas for property tests: two drawn from one small pool of names differ and agree."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

HOSTILE = ("plain", "Mixed Case", 'qu"ote', "dot.ted", "select", "naïve", "x" * 60)
"""Names that a careless quoting breaks on."""


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """What a dialect's random tables are made of.

    `types` maps a column type to literals of it, which serve as defaults and in checks.
    """

    types: dict[str, tuple[str, ...]]
    names: tuple[str, ...] = HOSTILE
    max_tables: int = 3
    max_columns: int = 4


class Column(msgspec.Struct, frozen=True):
    """A column of a random table."""

    name: str
    type: str
    literal: str
    has_default: bool
    is_required: bool

    @property
    def sql(self) -> str:
        """Its definition."""
        default = f" DEFAULT {self.literal}" if self.has_default or self.is_required else ""
        return f"{quoted(self.name)} {self.type}{default}{' NOT NULL' if self.is_required else ''}"


def quoted(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


@st.composite
def schemas(draw: st.DrawFn, vocabulary: Vocabulary) -> str:
    """The text of a schema: tables with keys, checks, indexes, foreign keys, and views."""
    names = draw(
        st.lists(st.sampled_from(vocabulary.names), unique=True, max_size=vocabulary.max_tables)
    )
    tables = [f"t {name}"[:60] for name in names]
    statements: list[str] = []
    for place, table in enumerate(tables):
        statements += draw(_table(vocabulary, table, tables[:place]))
    return "".join(f"{sql};\n" for sql in statements)


@st.composite
def _table(draw: st.DrawFn, vocabulary: Vocabulary, table: str, earlier: list[str]) -> list[str]:
    columns = draw(_columns(vocabulary))
    is_filled = bool(columns)
    body = ["id integer NOT NULL PRIMARY KEY", *(column.sql for column in columns)]
    if bool(earlier) and draw(st.booleans()):
        body.append(f"parent integer REFERENCES {quoted(earlier[-1])} (id)")
    if is_filled and draw(st.booleans()):
        body.append(f"UNIQUE ({quoted(columns[0].name)})")
    if is_filled and draw(st.booleans()):
        last = columns[-1]
        check = f"{quoted(last.name)} <> {last.literal}"
        body.append(f"CONSTRAINT {_named('c', table)} CHECK ({check})")
    return [
        f"CREATE TABLE {quoted(table)} ({', '.join(body)})",
        *(_index(table, columns) if is_filled and draw(st.booleans()) else ()),
        *(_view(table, columns) if draw(st.booleans()) else ()),
    ]


@st.composite
def _columns(draw: st.DrawFn, vocabulary: Vocabulary) -> list[Column]:
    names = draw(
        st.lists(st.sampled_from(vocabulary.names), unique=True, max_size=vocabulary.max_columns)
    )
    return [draw(_column(vocabulary, name)) for name in names]


@st.composite
def _column(draw: st.DrawFn, vocabulary: Vocabulary, name: str) -> Column:
    kind = draw(st.sampled_from(sorted(vocabulary.types)))
    literal = draw(st.sampled_from(vocabulary.types[kind]))
    return Column(name, kind, literal, draw(st.booleans()), draw(st.booleans()))


def _named(prefix: str, table: str) -> str:
    return quoted(f"{prefix} {table}"[:60])


def _index(table: str, columns: list[Column]) -> tuple[str]:
    keys = ", ".join(quoted(column.name) for column in columns[:2])
    return (f"CREATE INDEX {_named('i', table)} ON {quoted(table)} ({keys})",)


def _view(table: str, columns: list[Column]) -> tuple[str]:
    keys = ", ".join(["id", *(quoted(column.name) for column in columns)])
    return (f"CREATE VIEW {_named('v', table)} AS SELECT {keys} FROM {quoted(table)}",)
