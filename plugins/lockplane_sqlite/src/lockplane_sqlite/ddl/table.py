"""Reading CREATE TABLE: https://sqlite.org/lang_createtable.html."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from lockplane_sqlite.ddl.cursor import Cursor, Name, Unreadable, split
from lockplane_sqlite.ddl.shapes import (
    CheckText,
    ColumnText,
    ForeignKeyText,
    Head,
    Part,
    PrimaryKeyText,
    TableText,
    UniqueText,
)
from lockplane_sqlite.quote import literal, upper, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lockplane_sqlite.tokens import Token

_CONFLICTS = ("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE")
_ENDS_TYPE = words(
    "CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES AS DEFERRABLE ON"
)
_STARTS_CONSTRAINT = words("CONSTRAINT PRIMARY UNIQUE CHECK FOREIGN")
_VALUE_WORDS = words("NULL TRUE FALSE CURRENT_TIME CURRENT_DATE CURRENT_TIMESTAMP")


def read_head(cursor: Cursor, *words: str) -> Head:
    """`CREATE [TEMP] <words> [IF NOT EXISTS] [schema.]name`."""
    cursor.expect("CREATE")
    temporary = bool(cursor.one_of("TEMP", "TEMPORARY"))
    cursor.expect(*words)
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    schema, name = cursor.qualified()
    return Head(name=name, schema=schema, temporary=temporary, if_not_exists=if_not_exists)


def read_table(cursor: Cursor) -> TableText:
    """The whole statement. Raises `Unreadable`."""
    head = read_head(cursor, "TABLE")
    if cursor.accept("AS"):
        return TableText(head=head, derived=True)
    found = Definitions(cursor.text)
    for item in split(cursor.group()):
        found.read(item)
    table = found.table(head)
    while not cursor.is_done:
        if cursor.accept("WITHOUT", "ROWID"):
            table = msgspec.structs.replace(table, without_rowid=True)
        elif cursor.accept("STRICT"):
            table = msgspec.structs.replace(table, strict=True)
        elif not (cursor.accept(",") or cursor.accept(";")):
            raise Unreadable(cursor.at, "a table option")
    return table


def read_part(text: str, tokens: Sequence[Token]) -> Part:
    """What an index or key is on: a name or expression, its collation and order."""
    own = list(tokens)
    if own[2:] and own[-2].upper == "NULLS":  # NULLS FIRST, which says what goes without saying
        del own[-2:]
    order = own.pop().upper if own[1:] and own[-1].upper in ("ASC", "DESC") else ""
    collation = ""
    if own[2:] and own[-2].upper == "COLLATE":
        collation = collation_of(own[-1].value)
        del own[-2:]
    is_name = len(own) == 1 and own[0].names
    return Part(
        at=tokens[0].start,
        name=own[0].value if is_name else "",
        expression="" if is_name else Cursor(text, own).verbatim(own),
        collation=collation,
        descending=order == "DESC",
    )


def collation_of(name: str) -> str:
    """A collation by name; BINARY, which goes without saying, is empty."""
    return "" if upper(name) == "BINARY" else upper(name)


def words_of(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The names among tokens that may be columns: no function, no schema, no keyword's place."""
    found: dict[str, None] = {}
    for number, token in enumerate(tokens):
        following = tokens[number + 1].upper if number + 1 < len(tokens) else ""
        if token.kind in ("word", "name") and following not in ("(", "."):
            found[token.value] = None
    return tuple(found)


class Definitions:
    """Columns and constraints, read one after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.columns: list[ColumnText] = []
        self.primary_keys: list[PrimaryKeyText] = []
        self.uniques: list[UniqueText] = []
        self.checks: list[CheckText] = []
        self.foreign_keys: list[ForeignKeyText] = []

    def table(self, head: Head) -> TableText:
        """All that was read, as a table."""
        return TableText(
            head=head,
            columns=tuple(self.columns),
            primary_keys=tuple(self.primary_keys),
            uniques=tuple(self.uniques),
            checks=tuple(self.checks),
            foreign_keys=tuple(self.foreign_keys),
        )

    def read(self, tokens: Sequence[Token]) -> None:
        """Read a column, or constraints of the table (SQLite wants no comma between those)."""
        cursor = Cursor(self.text, tokens)
        if cursor.peek() in _STARTS_CONSTRAINT:
            while not cursor.is_done:
                self._table_constraint(cursor)
        else:
            self.column(cursor)

    # -- columns ---------------------------------------------------------------------------

    def column(self, cursor: Cursor) -> None:
        """Read a column with all that stands beside it."""
        column = ColumnText(name=cursor.name(), type=self._type(cursor))
        label = ""
        while not cursor.is_done:
            at = cursor.at
            if cursor.accept("CONSTRAINT"):
                label = cursor.name().text
                continue
            column = self._beside(cursor, column, label, at)
            label = ""
        self.columns.append(column)

    def _type(self, cursor: Cursor) -> str:
        """The words of a type and its arguments; GENERATED ALWAYS before AS is none of them."""
        start = cursor.place
        while not cursor.is_done and cursor.tokens[cursor.place].names:
            if _ends_type(cursor):
                break
            cursor.take()
        if cursor.place > start and cursor.peek() == "(":
            cursor.group()
        return cursor.verbatim(cursor.tokens[start : cursor.place])

    def _beside(self, cursor: Cursor, column: ColumnText, label: str, at: int) -> ColumnText:
        """Read one clause beside a column."""
        for clause, read in self._clauses().items():
            if cursor.accept(*clause.split()):
                return read(cursor, column, label, at)
        raise Unreadable(cursor.at, "a column constraint")

    def _clauses(self) -> dict[str, Callable[[Cursor, ColumnText, str, int], ColumnText]]:
        return {
            "DEFAULT": self._default,
            "NOT NULL": self._not_null,
            "NULL": self._null,
            "PRIMARY KEY": self._primary_key,
            "UNIQUE": self._unique,
            "CHECK": self._check,
            "REFERENCES": self._references,
            "NOT DEFERRABLE": partial(self._deferrable, "NOT DEFERRABLE"),
            "DEFERRABLE": partial(self._deferrable, "DEFERRABLE"),
            "COLLATE": self._collate,
            "GENERATED ALWAYS AS": self._generated,
            "AS": self._generated,
        }

    def _default(self, cursor: Cursor, column: ColumnText, label: str, _: int) -> ColumnText:
        return _with(column, "default", label, default=read_default(cursor))

    def _not_null(self, cursor: Cursor, column: ColumnText, label: str, _: int) -> ColumnText:
        conflict = _conflict(cursor)
        return _with(column, "not_null", label, nullable=False, conflict=conflict)

    def _null(self, cursor: Cursor, column: ColumnText, _: str, __: int) -> ColumnText:
        _conflict(cursor)
        return column

    def _primary_key(self, cursor: Cursor, column: ColumnText, label: str, at: int) -> ColumnText:
        descending = cursor.one_of("ASC", "DESC") == "DESC"
        part = Part(at=column.name.at, name=column.name.text, descending=descending)
        conflict = _conflict(cursor)
        key = PrimaryKeyText(
            at=at,
            name=label,
            parts=(part,),
            conflict=conflict,
            autoincrement=cursor.accept("AUTOINCREMENT"),
            is_inline=True,
        )
        self.primary_keys.append(key)
        return column

    def _unique(self, cursor: Cursor, column: ColumnText, label: str, at: int) -> ColumnText:
        part = Part(at=column.name.at, name=column.name.text)
        unique = UniqueText(at=at, name=label, parts=(part,), conflict=_conflict(cursor))
        self.uniques.append(unique)
        return column

    def _check(self, cursor: Cursor, column: ColumnText, label: str, at: int) -> ColumnText:
        self.checks.append(_check(cursor, label, at))
        return column

    def _references(self, cursor: Cursor, column: ColumnText, label: str, at: int) -> ColumnText:
        self.foreign_keys.append(_foreign_key(cursor, (column.name,), label, at))
        return column

    def _deferrable(
        self, word: str, cursor: Cursor, column: ColumnText, _: str, __: int
    ) -> ColumnText:
        """A clause of its own in SQLite's grammar, about the foreign key before it."""
        text = _timing(cursor, word)
        if self.foreign_keys:
            self.foreign_keys[-1] = msgspec.structs.replace(self.foreign_keys[-1], deferrable=text)
        return column

    def _collate(self, cursor: Cursor, column: ColumnText, label: str, _: int) -> ColumnText:
        return _with(column, "collate", label, collation=collation_of(cursor.name().text))

    def _generated(self, cursor: Cursor, column: ColumnText, label: str, _: int) -> ColumnText:
        expression = cursor.verbatim(cursor.group())
        stored = cursor.one_of("STORED", "VIRTUAL") == "STORED"
        return _with(column, "generated", label, generated=expression, stored=stored)

    # -- constraints of the table ----------------------------------------------------------

    def _table_constraint(self, cursor: Cursor) -> None:
        at, label = cursor.at, ""
        while cursor.accept("CONSTRAINT"):
            label = cursor.name().text
        if cursor.accept("PRIMARY", "KEY"):
            self.primary_keys.append(self._table_key(cursor, label, at))
        elif cursor.accept("UNIQUE"):
            parts = tuple(read_part(self.text, item) for item in split(cursor.group()))
            unique = UniqueText(at=at, name=label, parts=parts, conflict=_conflict(cursor))
            self.uniques.append(unique)
        elif cursor.accept("CHECK"):
            self.checks.append(_check(cursor, label, at))
        elif cursor.accept("FOREIGN", "KEY"):
            columns = cursor.names()
            cursor.expect("REFERENCES")
            self.foreign_keys.append(_foreign_key(cursor, columns, label, at))
        elif not cursor.is_done:  # a name at the very end names nothing
            raise Unreadable(cursor.at, "a constraint")

    def _table_key(self, cursor: Cursor, label: str, at: int) -> PrimaryKeyText:
        items = split(cursor.group())
        autoincrement = items[-1][-1].upper == "AUTOINCREMENT" and len(items[-1]) > 1
        if autoincrement:
            items[-1] = items[-1][:-1]
        return PrimaryKeyText(
            at=at,
            name=label,
            parts=tuple(read_part(self.text, item) for item in items),
            autoincrement=autoincrement,
            conflict=_conflict(cursor),
        )


def _ends_type(cursor: Cursor) -> bool:
    if cursor.tokens[cursor.place].kind != "word":
        return False
    is_generated = [cursor.peek(number) for number in range(3)] == ["GENERATED", "ALWAYS", "AS"]
    return is_generated or cursor.peek() in _ENDS_TYPE


def read_default(cursor: Cursor) -> str:
    """A default as it is written; a bare word is the string that SQLite takes it for."""
    start = cursor.place
    if cursor.peek() == "(":
        cursor.group()
        return cursor.verbatim(cursor.tokens[start : cursor.place])
    cursor.one_of("+", "-")
    token = cursor.take()
    is_string = token.kind == "name" or (token.kind == "word" and token.upper not in _VALUE_WORDS)
    if is_string and cursor.place == start + 1:
        return literal(token.value)
    return cursor.verbatim(cursor.tokens[start : cursor.place])


def _with(column: ColumnText, clause: str, label: str, **fields: object) -> ColumnText:
    names = {**column.constraint_names, clause: label} if label else column.constraint_names
    return msgspec.structs.replace(column, constraint_names=names, **fields)


def _conflict(cursor: Cursor) -> str:
    if not cursor.accept("ON", "CONFLICT"):
        return ""
    found = cursor.one_of(*_CONFLICTS)
    return "" if found == "ABORT" else found  # ABORT is what happens anyway


def _check(cursor: Cursor, label: str, at: int) -> CheckText:
    inside = cursor.group()
    return CheckText(
        at=at,
        name=label,
        expression=cursor.verbatim(inside),
        words=words_of(inside),
        conflict=_conflict(cursor),
    )


def _foreign_key(cursor: Cursor, columns: tuple[Name, ...], label: str, at: int) -> ForeignKeyText:
    table = cursor.name()
    referenced = cursor.names() if cursor.peek() == "(" else ()
    found = {"DELETE": "NO ACTION", "UPDATE": "NO ACTION", "MATCH": "", "DEFERRABLE": ""}
    while True:
        if cursor.accept("ON", "DELETE"):
            found["DELETE"] = _action(cursor)
        elif cursor.accept("ON", "UPDATE"):
            found["UPDATE"] = _action(cursor)
        elif cursor.accept("ON", "INSERT"):  # SQLite's grammar takes it and forgets it
            _action(cursor)
        elif cursor.accept("MATCH"):
            found["MATCH"] = upper(cursor.name().text)
        elif cursor.accept("NOT", "DEFERRABLE"):
            found["DEFERRABLE"] = _timing(cursor, "NOT DEFERRABLE")
        elif cursor.accept("DEFERRABLE"):
            found["DEFERRABLE"] = _timing(cursor, "DEFERRABLE")
        else:
            break
    return ForeignKeyText(
        at=at,
        name=label,
        columns=columns,
        table=table,
        referenced=referenced,
        on_delete=found["DELETE"],
        on_update=found["UPDATE"],
        match=found["MATCH"],
        deferrable=found["DEFERRABLE"],
    )


def _action(cursor: Cursor) -> str:
    for action in ("SET NULL", "SET DEFAULT", "NO ACTION", "CASCADE", "RESTRICT"):
        if cursor.accept(*action.split()):
            return action
    raise Unreadable(cursor.at, "an action")


def _timing(cursor: Cursor, word: str) -> str:
    if not cursor.accept("INITIALLY"):
        return word
    return f"{word} INITIALLY {cursor.one_of('DEFERRED', 'IMMEDIATE')}"
