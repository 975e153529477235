"""Draft: a statement while its reader finds out what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Declared, Modifier, Statement, Verb
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.lex import tokens
from lockplane_postgres.parse.names import (
    RELATION_NAME,
    ROLES,
    ROUTINE_NAME,
    TYPE_NAME,
    Taken,
    is_system,
    qualify,
)
from lockplane_postgres.parse.tree import texts
from lockplane_postgres.quote import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.node import Role, Span
    from lockplane_postgres.parse.places import Places
    from lockplane_postgres.parse.tree import Collate, RangeVar


class Draft:
    """What a statement declares, requires and drops, in the order in which it is found.

    `offset` is everywhere a byte in the text that was parsed, as the grammar gives it; without
    one, a thing is where the statement starts. `schema` is where bare names are looked up.
    """

    def __init__(self, places: Places, taken: Taken, sql: str, start: int, base: int = 0) -> None:
        self.places = places
        self.taken = taken
        self.sql = sql
        self.base = base
        self.first = start
        self.start = places.span(start)
        self.schema = PUBLIC
        self.verb: Verb = "other"
        self.role: Role = "other"
        self.modifiers: set[Modifier] = set()
        self.runs = ""
        self._declares: list[Declared] = []
        self._requires: dict[tuple[Ref, Span], Declared] = {}
        self._drops: list[Declared] = []
        self._lacks: dict[str, None] = {}
        self._managed = ("", "")

    # -- what readers say --------------------------------------------------------------------

    def declare(
        self, ref: Ref, offset: int = 0, *, of: Sequence[str] = (), detail: str = ""
    ) -> None:
        """The statement makes this."""
        span, role = self.span(offset), ROLES.get(ref.kind, "other")
        self._declares.append(Declared(ref=ref, span=span, role=role, of=tuple(of), detail=detail))

    def require(
        self, ref: Ref, offset: int = 0, *, of: Sequence[str] = (), detail: str = ""
    ) -> None:
        """The statement can not do without this; said twice of one place, it counts once."""
        span = self.span(offset)
        if (ref, span) not in self._requires:
            role = ROLES.get(ref.kind, "other")
            found = Declared(ref=ref, span=span, role=role, of=tuple(of), detail=detail)
            self._requires[ref, span] = found

    def drop(self, ref: Ref, offset: int = 0) -> None:
        """The statement takes this away."""
        role = ROLES.get(ref.kind, "other")
        self._drops.append(Declared(ref=ref, span=self.span(offset), role=role))

    def lacks(self, phrase: str) -> None:
        """No kind models this part of the statement."""
        self._lacks[phrase] = None

    def manages(self, word: str, phrase: str) -> None:
        """The statement counts only where a project manages what the word stands for."""
        self._managed = (word, phrase)

    def say(self, modifier: Modifier, *, when: bool = True) -> None:
        """The statement says this beside its verb."""
        if when:
            self.modifiers.add(modifier)

    # -- names -------------------------------------------------------------------------------

    def span(self, offset: int) -> Span:
        """The place of an offset; of none, that of the statement."""
        return self.places.span(self.base + offset) if offset > 0 else self.start

    def offset_of(self, name: str) -> int:
        """Where the statement first says a name; for names that the grammar gives no place to."""
        for token in tokens(self.sql):
            text = self.sql[token.start : token.end]
            is_said = token.kind == "name" and text[1:-1].replace('""', '"') == name
            if is_said or (token.kind == "word" and text.lower() == name):
                return self.first - self.base + len(self.sql[: token.start].encode())
        return 0

    def strings(self) -> list[int]:
        """Where the strings of the statement begin, in their order."""
        begin = self.first - self.base
        return [
            begin + len(self.sql[: token.start].encode())
            for token in tokens(self.sql)
            if token.kind in ("string", "dollar")
        ]

    def path(self, name: RangeVar) -> tuple[str, str]:
        """Schema and name of a relation."""
        return name.schema or self.schema, name.name

    def table(self, name: RangeVar) -> Ref:
        """The ref of a relation that can only be a table."""
        return Ref(tags.TABLE, self.path(name))

    def qualified(self, parts: Sequence[str]) -> tuple[str, str]:
        """Schema and name of a list of names."""
        return qualify(parts, self.schema)

    # -- what comes with a name --------------------------------------------------------------

    def declare_relation(self, ref: Ref, offset: int = 0) -> None:
        """A table or view, the name that queries use for it, and the type of its rows."""
        self.declare(ref, offset)
        schema, name = ref.path
        self.declare(Ref(RELATION_NAME, (schema, name)), offset)
        self.declare(Ref(TYPE_NAME, (schema, name)), offset)
        self.taken.relation(schema, name)

    def declare_sequence(self, ref: Ref, offset: int = 0) -> None:
        """A sequence, and the name that queries use for it."""
        self.declare(ref, offset)
        self.declare(Ref(RELATION_NAME, ref.path), offset)
        self.taken.relation(*ref.path)

    def declare_type(self, ref: Ref, offset: int = 0) -> None:
        """A type, and the name that columns use for it."""
        self.declare(ref, offset)
        self.declare(Ref(TYPE_NAME, ref.path), offset)
        self.taken.type(ref)

    def place(self, path: tuple[str, ...], tablespace: str, offset: int = 0) -> None:
        """What has that path is in a tablespace, if one is named."""
        if tablespace:
            self.require(Ref(tags.TABLESPACE, (tablespace,)), offset)
            self.declare(Ref(tags.PLACEMENT, path), offset)

    def require_collation(self, found: Collate) -> None:
        """A collation, unless it is said to be the server's own."""
        parts = texts(found.name)
        if not is_system(parts[0] if len(parts) > 1 else "", parts[-1]):
            self.require(Ref(tags.COLLATION, self.qualified(parts)), found.location)

    def require_relation(self, name: RangeVar, *, detail: str = "") -> None:
        """A relation of any kind, unless it is the server's own."""
        if not is_system(name.schema, name.name):
            self.require(Ref(RELATION_NAME, self.path(name)), name.location, detail=detail)

    def require_routine(self, parts: Sequence[str], offset: int = 0, *, detail: str = "") -> None:
        """A routine by its name, whatever its arguments, unless it is the server's own."""
        if parts and not is_system(parts[0] if len(parts) > 1 else "", parts[-1]):
            self.require(Ref(ROUTINE_NAME, self.qualified(parts)), offset, detail=detail)

    # -- the end -----------------------------------------------------------------------------

    def statement(self, position: int) -> Statement:
        """The statement."""
        return Statement(
            verb=self.verb,
            sql=self.sql,
            span=self.start,
            role=self.role,
            declares=tuple(self._declares),
            requires=tuple(self._requires.values()),
            drops=tuple(self._drops),
            modifiers=frozenset(self.modifiers),
            unsupported=", ".join(self._lacks),
            managed=self._managed[0],
            unmanaged=self._managed[1],
            runs=self.runs,
            position=position,
        )
