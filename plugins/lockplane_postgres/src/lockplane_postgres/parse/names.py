"""Names: refs for what a statement says, and the names that PostgreSQL chooses itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.lex import tokens
from lockplane_postgres.quote import PUBLIC, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.node import Role

RELATION_NAME = tags.RELATION_NAME
TYPE_NAME = tags.TYPE_NAME
ROUTINE_NAME = "postgres.routine_name"
"""Pseudo-kinds: a query says `orders` without saying whether that is a
table or a view, and `f(x)` without saying which overload. Whatever makes such a thing declares
its name as well as its ref, whatever mentions it requires the name."""

PARTITIONS = "postgres.partitions"
"""A pseudo-kind: an index or key ON ONLY a table comes when all its partitions are attached, for
each that is attached later would get one."""

CONSTRAINT = "postgres.constraint"
"""Of an ALTER TABLE … DROP CONSTRAINT, which does not say what sort it is."""

TYPE = "postgres.type"
"""Of a statement that does not say what sort of type it is about."""
TYPES = (tags.ENUM, tags.DOMAIN, tags.COMPOSITE, tags.RANGE, tags.BASE_TYPE)
"""What COMMENT ON TYPE may be about."""

ROLES: dict[str, Role] = {
    tags.SCHEMA: "schema",
    tags.TABLE: "table",
    tags.COLUMN: "column",
    tags.PRIMARY_KEY: "constraint",
    tags.UNIQUE: "constraint",
    tags.CHECK: "constraint",
    tags.FOREIGN_KEY: "constraint",
    tags.EXCLUSION: "constraint",
    CONSTRAINT: "constraint",
    tags.INDEX: "index",
    tags.ENUM: "type",
    tags.SEQUENCE: "sequence",
    tags.VIEW: "view",
    tags.FUNCTION: "routine",
    tags.TRIGGER: "trigger",
    tags.COMMENT: "comment",
    tags.POLICY: "policy",
    tags.MATERIALIZED_VIEW: "view",
    tags.FOREIGN_TABLE: "view",
    tags.DOMAIN: "type",
    tags.DOMAIN_CHECK: "constraint",
    tags.COMPOSITE: "type",
    tags.RANGE: "type",
    tags.BASE_TYPE: "type",
    TYPE: "type",
    tags.AGGREGATE: "routine",
}
"""The role of each kind tag; of any other it is `other`."""

SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "pg_toast", "pg_temp"})
_LONGEST = 63
"""NAMEDATALEN - 1, in bytes."""


def is_system(schema: str, name: str) -> bool:
    """Whether a name belongs to the server (`pg_` without a schema is looked up there first)."""
    return schema in SYSTEM_SCHEMAS or (not schema and name.startswith("pg_"))


def split_name(text: str) -> tuple[str, ...]:
    """The parts of a qualified name in a string, as `regclass` reads it; () if it is none."""
    parts: list[str] = []
    wants_part = True
    for token in tokens(text):
        word = text[token.start : token.end]
        if wants_part and token.kind == "word":
            parts.append(word.lower())
        elif wants_part and token.kind == "name" and token.closed and word[0] == '"':
            parts.append(word[1:-1].replace('""', '"'))
        elif wants_part or word != ".":
            return ()
        wants_part = not wants_part
    return () if wants_part else tuple(parts)


def routine_ref(schema: str, name: str, types: Iterable[str]) -> Ref:
    """The ref of a routine, whose last part tells overloads apart."""
    return Ref(tags.FUNCTION, (schema, signed(name, types)))


def signed(name: str, types: Iterable[str]) -> str:
    """A name with the types that tell it from its namesakes."""
    return f"{quote(name)}({', '.join(types)})"


def qualify(parts: Sequence[str], schema: str = PUBLIC) -> tuple[str, str]:
    """Schema and name; a database in front is left out."""
    return (parts[-2] if len(parts) > 1 else schema), parts[-1]


class Taken:
    """The names that a document has used so far, and PostgreSQL's way to choose another.

    The server looks at all that the database holds; a document alone can only tell of itself.
    """

    def __init__(self) -> None:
        self._names: dict[str, set[tuple[str, str]]] = {"relation": set(), "constraint": set()}
        self._constraints: dict[tuple[str, str, str], Ref] = {}
        self._indexes: dict[tuple[str, str], Ref] = {}
        self._routines: dict[tuple[str, str], list[Ref]] = {}
        self._types: dict[tuple[str, ...], Ref] = {}
        self._settings: set[Ref] = set()

    def relation(self, schema: str, name: str) -> None:
        """Note a relation or index."""
        self._names["relation"].add((schema, name))

    def constraint(self, ref: Ref) -> None:
        """Note a constraint; that of an index occupies the name of a relation, too."""
        schema, _, name = ref.path
        self._names["constraint"].add((schema, name))
        self._constraints[(schema, ref.path[1], name)] = ref

    def constraint_named(self, schema: str, table: str, name: str) -> Ref:
        """The constraint that was declared under a name."""
        path = (schema, table, name)
        return self._constraints.get(path, Ref(CONSTRAINT, path))

    def index(self, ref: Ref) -> None:
        """Note an index, whose name is unique in its schema."""
        self.relation(ref.path[0], ref.name)
        self._indexes[ref.path[0], ref.name] = ref

    def index_named(self, schema: str, name: str) -> Ref:
        """The index of a name; one declared elsewhere by the name of a relation alone."""
        return self._indexes.get((schema, name), Ref(RELATION_NAME, (schema, name)))

    def type(self, ref: Ref) -> None:
        """Note a type."""
        self._types[ref.path] = ref

    def type_named(self, schema: str, name: str) -> Ref:
        """The type of a name; one declared elsewhere is of an unknown sort."""
        return self._types.get((schema, name), Ref(TYPE, (schema, name)))

    def routine(self, ref: Ref, name: str) -> None:
        """Note a routine."""
        self._routines.setdefault((ref.path[0], name), []).append(ref)

    def routine_named(self, schema: str, name: str) -> Ref:
        """The routine of a name; where there are several, or none, the name alone."""
        known = self._routines.get((schema, name), [])
        return known[0] if len(known) == 1 else Ref(ROUTINE_NAME, (schema, name))

    def again(self, setting: Ref) -> bool:
        """Note a setting; whether it was set before."""
        was_set = setting in self._settings
        self._settings.add(setting)
        return was_set

    def choose_relation(self, schema: str, table: str, columns: Iterable[str], label: str) -> str:
        """ChooseRelationName: for indexes, and the constraints that have one."""
        return self._choose(("relation", "constraint"), schema, (table, joined(columns)), label)

    def choose_constraint(self, schema: str, table: str, columns: Iterable[str], label: str) -> str:
        """ChooseConstraintName: for checks and foreign keys."""
        return self._choose(("constraint",), schema, (table, joined(columns)), label)

    def choose_sequence(self, schema: str, table: str, column: str) -> str:
        """ChooseRelationName: for the sequence of a serial column."""
        return self._choose(("relation",), schema, (table, column), "seq")

    def _choose(
        self, spaces: Iterable[str], schema: str, names: tuple[str, str], label: str
    ) -> str:
        used = [self._names[space] for space in spaces]  # as many as a schema has: never copied
        return next(
            name
            for name in _candidates(names, label)
            if not any((schema, name) in taken for taken in used)
        )


def _candidates(names: tuple[str, str], label: str) -> Iterator[str]:
    yield made(*names, label)
    number = 1
    while True:
        yield made(*names, f"{label}{number}")
        number += 1


def joined(columns: Iterable[str]) -> str:
    """ChooseIndexNameAddition: column names, as many as may find room (indexcmds.c)."""
    text = ""
    for column in columns:
        text = f"{text}_{column}" if text else column
        if len(text.encode()) > _LONGEST:
            break
    return text


def made(first: str, second: str, label: str) -> str:
    """makeObjectName: the longer of the two is cut until all fits (indexcmds.c)."""
    parts = [first.encode(), second.encode()]
    room = _LONGEST - len(label.encode()) - 1 - bool(second)
    while sum(map(len, parts)) > room:
        longer = 0 if len(parts[0]) > len(parts[1]) else 1
        parts[longer] = parts[longer][:-1]
    # a cut character is dropped whole, as pg_mbcliplen() does
    words = [part.decode(errors="ignore") for part in parts if part]
    return "_".join([*words, label])
