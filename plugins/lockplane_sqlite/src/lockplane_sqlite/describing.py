"""Describing: a statement by what it declares, requires and drops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Declared, Modifier, Statement, Verb
from lockplane_sqlite import refs
from lockplane_sqlite.ddl.cursor import Cursor, Name, Unreadable
from lockplane_sqlite.ddl.mentions import mentions
from lockplane_sqlite.ddl.others import (
    read_alter,
    read_index,
    read_trigger,
    read_view,
    read_virtual_table,
)
from lockplane_sqlite.ddl.table import read_table
from lockplane_sqlite.kinds import check, foreign_key, primary_key, unique
from lockplane_sqlite.kinds.constraint import identified
from lockplane_sqlite.quote import fold, upper, words
from lockplane_sqlite.tokens import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lockplane_core.model.node import Role, Span
    from lockplane_sqlite.ddl.shapes import Head, TableText
    from lockplane_sqlite.splitting import Piece

_TRANSACTION = words("BEGIN COMMIT END ROLLBACK SAVEPOINT RELEASE START")
_DATA: Mapping[str, Verb] = {
    "INSERT": "insert",
    "REPLACE": "insert",
    "UPDATE": "update",
    "DELETE": "delete",
}
_ROLES: Mapping[str, tuple[Role, str]] = {
    "TABLE": ("table", refs.TABLE),
    "VIEW": ("view", refs.VIEW),
    "INDEX": ("index", refs.INDEX),
    "TRIGGER": ("trigger", refs.TRIGGER),
}
_FOREIGN_ROLES: Mapping[str, Role] = {
    "FUNCTION": "routine",
    "PROCEDURE": "routine",
    "SEQUENCE": "sequence",
    "TYPE": "type",
}


class Describer:
    """One statement. `span` turns a place in the piece into one in its document."""

    def __init__(self, piece: Piece, span: Callable[[int], Span]) -> None:
        self.piece = piece
        self.span = span
        self.cursor = Cursor(piece.text, piece.tokens)

    def statement(self, position: int) -> Statement:
        """What can be said of it; of one that can not be read, only its verb."""
        plain = Statement(verb="other", sql=self.piece.text, span=self.span(0), position=position)
        try:
            fields = self._fields()
        except Unreadable:
            fields = {}
        return msgspec.structs.replace(plain, **fields)

    def _fields(self) -> dict[str, object]:
        first = self.cursor.peek()
        if first in _TRANSACTION:
            return {"verb": "transaction"}
        if first == "PRAGMA":
            return {"verb": "set"}
        makers = {
            "CREATE": self._create,
            "ALTER": self._alter,
            "DROP": self._drop,
            "TRUNCATE": self._truncate,
        }
        return makers.get(first, self._data)()

    # -- CREATE ----------------------------------------------------------------------------

    def _create(self) -> dict[str, object]:
        if (self.cursor.peek(1), self.cursor.peek(2)) == ("OR", "REPLACE"):
            return self._create_or_replace()
        words = [self.cursor.peek(number) for number in range(1, 4)]
        if words[0] in ("TEMP", "TEMPORARY"):
            del words[0]
        if words[0] == "VIRTUAL":
            return self._virtual_table()
        if words[0] == "UNIQUE":
            del words[0]
        makers = {
            "TABLE": self._table,
            "INDEX": self._index,
            "VIEW": self._view,
            "TRIGGER": self._trigger,
        }
        if words[0] not in makers:
            return {"verb": "create"}
        return makers[words[0]]()

    def _create_or_replace(self) -> dict[str, object]:
        """Not SQLite's, but people write it: the guard of schema files has better words for it."""
        self.cursor.place = 3
        word = self.cursor.take().upper
        role, tag = _ROLES.get(word, (_FOREIGN_ROLES.get(word, "other"), f"sqlite.{word.lower()}"))
        name = self.cursor.qualified()[1]
        return {
            "verb": "create",
            "role": role,
            "modifiers": frozenset[Modifier]({"or_replace"}),
            "declares": (self._declared(Ref(tag, (name.text,)), name.at, role),),
            "unsupported": f"CREATE OR REPLACE {word}, which SQLite does not have",
        }

    def _table(self) -> dict[str, object]:
        text = read_table(self.cursor)
        table = refs.table(text.head.name.text)
        declares = [self._declared(table, text.head.name.at, "table"), *self._parts(table, text)]
        modifiers = {*_head_modifiers(text.head), *_table_modifiers(text)}
        beyond = "CREATE TABLE … AS SELECT: declare its columns instead" if text.derived else ""
        return {
            "verb": "create",
            "role": "table",
            "declares": tuple(declares),
            "requires": tuple(self._referenced(text)),
            "modifiers": frozenset(modifiers),
            "unsupported": _elsewhere(text.head) or beyond,
        }

    def _parts(self, table: Ref, text: TableText) -> Iterator[Declared]:
        for column in text.columns:
            # What computes its value needs no type of its own (gencol.html, 2.1).
            computed = "" if column.generated is None else "generated"
            ref, said = refs.column(table, column.name.text), column.type or computed
            yield self._declared(ref, column.name.at, "column", detail=said)
        for key in text.primary_keys:
            of = tuple(part.name for part in key.parts if part.name)
            yield self._declared(primary_key.ref_of(table), key.at, "constraint", of=of)
        for ref, one, _ in identified(table, refs.UNIQUE, text.uniques, unique.default_name):
            of = tuple(part.name for part in one.parts if part.name)
            yield self._declared(ref, one.at, "constraint", of=of)
        for ref, each, _ in identified(table, refs.CHECK, text.checks, check.namer(text)):
            yield self._declared(ref, each.at, "constraint")
        keys = identified(table, refs.FOREIGN_KEY, text.foreign_keys, foreign_key.default_name)
        for ref, other, _ in keys:
            of = tuple(name.text for name in other.columns)
            yield self._declared(ref, other.at, "constraint", of=of)

    def _referenced(self, text: TableText) -> Iterator[Declared]:
        for key in text.foreign_keys:
            of = tuple(name.text for name in key.referenced)
            yield self._declared(refs.table(key.table.text), key.table.at, "table", of=of)

    def _index(self) -> dict[str, object]:
        text = read_index(self.cursor)
        table = refs.table(text.table.text)
        parts = [part for part in text.parts if part.name]
        of = tuple(part.name for part in parts)
        on = self._declared(table, text.table.at, "table")
        columns = [self._declared(refs.column(table, p.name), p.at, "column") for p in parts]
        ref = Ref(refs.INDEX, (text.head.name.text,))
        return {
            "verb": "create",
            "role": "index",
            "declares": (self._declared(ref, text.head.name.at, "index", of=of),),
            "requires": (on, *columns),
            "modifiers": frozenset(_head_modifiers(text.head)),
            "unsupported": _elsewhere(text.head),
        }

    def _view(self) -> dict[str, object]:
        text = read_view(self.cursor)
        return {
            "verb": "create",
            "role": "view",
            "declares": (self._own(refs.VIEW, text.head.name, "view"),),
            "requires": tuple(self._mentioned(text.definition)),
            "modifiers": frozenset(_head_modifiers(text.head)),
            "unsupported": _elsewhere(text.head),
        }

    def _trigger(self) -> dict[str, object]:
        text = read_trigger(self.cursor)
        is_of_view = upper(text.definition).startswith("INSTEAD")
        owner = Ref(refs.VIEW if is_of_view else refs.TABLE, (text.table.text,))
        on = self._declared(owner, text.table.at, "view" if is_of_view else "table")
        others = [item for item in self._mentioned(text.definition) if item.ref != owner]
        return {
            "verb": "create",
            "role": "trigger",
            "declares": (self._own(refs.TRIGGER, text.head.name, "trigger"),),
            "requires": (on, *others),
            "modifiers": frozenset(_head_modifiers(text.head)),
            "unsupported": _elsewhere(text.head),
        }

    def _virtual_table(self) -> dict[str, object]:
        text = read_virtual_table(self.cursor)
        return {
            "verb": "create",
            "role": "table",
            "declares": (self._own(refs.VIRTUAL_TABLE, text.head.name, "table"),),
            "modifiers": frozenset[Modifier]({"derived", *_head_modifiers(text.head)}),
            "unsupported": _elsewhere(text.head),
        }

    def _mentioned(self, definition: str) -> Iterator[Declared]:
        """What a query or trigger names; it may be a table or a view, so both are wanted."""
        base = self.piece.text.index(definition)
        for name in mentions(scan(definition)):
            yield self._declared(refs.table(name.text), base + name.at, "table")
            yield self._declared(Ref(refs.VIEW, (name.text,)), base + name.at, "view")

    # -- ALTER and DROP --------------------------------------------------------------------

    def _alter(self) -> dict[str, object]:
        text = read_alter(self.cursor)
        table = refs.table(text.table.text)
        on = self._declared(table, text.table.at, "table")
        fields: dict[str, object] = {"verb": "alter", "role": "table", "requires": (on,)}
        if text.added is not None:
            fields["declares"] = tuple(self._parts(table, text.added))
            fields["requires"] = (on, *self._referenced(text.added))
            fields["modifiers"] = frozenset(_table_modifiers(text.added))
        elif text.word == "drop column" and text.column is not None:
            ref = refs.column(table, text.column.text)
            fields["drops"] = (self._declared(ref, text.column.at, "column"),)
        elif text.word.startswith("rename"):
            fields["unsupported"] = "RENAME: declare it under its new name"
        return fields

    def _drop(self) -> dict[str, object]:
        self.cursor.place = 1
        role, tag = _ROLES.get(self.cursor.take().upper, ("other", ""))
        modifiers: set[Modifier] = {"if_exists"} if self.cursor.accept("IF", "EXISTS") else set()
        name = self.cursor.qualified()[1]
        drops = (self._declared(Ref(tag, (name.text,)), name.at, role),) if tag else ()
        return {"verb": "drop", "role": role, "drops": drops, "modifiers": frozenset(modifiers)}

    def _truncate(self) -> dict[str, object]:
        """Not SQLite's, but people write it: the guard of schema files has better words for it."""
        self.cursor.place = 1
        self.cursor.accept("TABLE")
        name = self.cursor.qualified()[1]
        on = self._declared(refs.table(name.text), name.at, "table")
        unsupported = "TRUNCATE, which SQLite does not have"
        return {
            "verb": "truncate",
            "role": "table",
            "requires": (on,),
            "unsupported": unsupported,
        }

    # -- rows ------------------------------------------------------------------------------

    def _data(self) -> dict[str, object]:
        """INSERT, UPDATE and DELETE, also behind a WITH."""
        verb, place = self._main_verb()
        if verb is None:
            return {}
        self.cursor.place = place + 1
        if self.cursor.accept("OR"):
            self.cursor.take()
        self.cursor.one_of("INTO", "FROM")
        name = self.cursor.qualified()[1]
        rest = self.cursor.rest()
        filtered = any(token.upper == "WHERE" for token in rest)
        on = self._declared(refs.table(name.text), name.at, "table")
        modifiers: frozenset[Modifier] = frozenset({"where"}) if filtered else frozenset()
        return {"verb": verb, "role": "table", "requires": (on,), "modifiers": modifiers}

    def _main_verb(self) -> tuple[Verb | None, int]:
        depth = 0
        for place, token in enumerate(self.piece.tokens):
            depth += {"(": 1, ")": -1}.get(token.upper, 0)
            if not depth and token.upper in ("SELECT", "VALUES"):
                return None, place
            if not depth and token.upper in _DATA:
                return _DATA[token.upper], place
            if place == 0 and token.upper != "WITH":
                return None, place
        return None, 0

    # -- items -----------------------------------------------------------------------------

    def _own(self, tag: str, name: Name, role: Role) -> Declared:
        return self._declared(Ref(tag, (name.text,)), name.at, role)

    def _declared(
        self, ref: Ref, at: int, role: Role, *, of: tuple[str, ...] = (), detail: str = ""
    ) -> Declared:
        return Declared(ref=ref, span=self.span(at), role=role, of=of, detail=detail)


def _head_modifiers(head: Head) -> Iterator[Modifier]:
    if head.if_not_exists:
        yield "if_not_exists"


def _table_modifiers(text: TableText) -> Iterator[Modifier]:
    if text.primary_keys:
        yield "primary_key"
    if text.foreign_keys:
        yield "foreign_key"
    if text.derived:
        yield "derived"


def _elsewhere(head: Head) -> str:
    """What lives in another database than the one that is managed."""
    if head.temporary or fold(head.schema) == "temp":
        return f"{head.name.text} is temporary: it would be gone with the connection"
    if head.schema and fold(head.schema) != "main":
        return f"{head.schema}.{head.name.text} is in another database"
    return ""
