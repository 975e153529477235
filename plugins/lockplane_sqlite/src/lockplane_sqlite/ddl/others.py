"""Reading the other CREATE statements, and ALTER TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_sqlite.ddl.cursor import Cursor, Unreadable, split
from lockplane_sqlite.ddl.shapes import (
    AlterText,
    Head,
    IndexText,
    TriggerText,
    ViewText,
    VirtualTableText,
)
from lockplane_sqlite.ddl.table import Definitions, read_head, read_part, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_sqlite.tokens import Token


def read_index(cursor: Cursor) -> IndexText:
    """`CREATE [UNIQUE] INDEX … ON table (…) [WHERE …]`."""
    unique = cursor.peek(1) == "UNIQUE"
    head = read_head(cursor, *(["UNIQUE", "INDEX"] if unique else ["INDEX"]))
    cursor.expect("ON")
    table = cursor.name()
    inside = cursor.group()
    parts = tuple(read_part(cursor.text, item) for item in split(inside))
    predicate = _rest(cursor) if cursor.accept("WHERE") else ()
    return IndexText(
        head=head,
        table=table,
        unique=unique,
        parts=parts,
        where=cursor.verbatim(predicate) if predicate else None,
        words=words_of([*inside, *predicate]),
    )


def read_view(cursor: Cursor) -> ViewText:
    """`CREATE VIEW … [(names)] AS query`."""
    head = read_head(cursor, "VIEW")
    columns = tuple(name.text for name in cursor.names()) if cursor.peek() == "(" else ()
    cursor.expect("AS")
    return ViewText(head=head, columns=columns, definition=cursor.verbatim(_rest(cursor)))


def read_trigger(cursor: Cursor) -> TriggerText:
    """`CREATE TRIGGER … [BEFORE|AFTER|INSTEAD OF] event ON table … BEGIN … END`."""
    head = read_head(cursor, "TRIGGER")
    start = cursor.place
    while not cursor.accept("ON"):  # an UPDATE OF list in between holds no bare ON
        cursor.take()
    _, table = cursor.qualified()
    _rest(cursor)
    body = _without_semicolon(cursor.tokens[start:])
    return TriggerText(head=head, table=table, definition=cursor.verbatim(body))


def read_virtual_table(cursor: Cursor) -> VirtualTableText:
    """`CREATE VIRTUAL TABLE … USING module[(…)]`."""
    head = read_head(cursor, "VIRTUAL", "TABLE")
    cursor.expect("USING")
    return VirtualTableText(head=head, definition=cursor.verbatim(_rest(cursor)))


def read_alter(cursor: Cursor) -> AlterText:
    """`ALTER TABLE`: renames, ADD and DROP COLUMN; what else there is has the word `other`."""
    cursor.expect("ALTER", "TABLE")
    schema, table = cursor.qualified()
    if cursor.accept("RENAME", "TO"):
        return AlterText(table=table, schema=schema, word="rename table", new_name=cursor.name())
    if cursor.accept("RENAME"):
        cursor.accept("COLUMN")
        column = cursor.name()
        cursor.expect("TO")
        name = cursor.name()
        return AlterText(
            table=table, schema=schema, word="rename column", column=column, new_name=name
        )
    if cursor.accept("DROP", "COLUMN") or (
        cursor.peek() == "DROP" and cursor.peek(1) != "CONSTRAINT" and cursor.accept("DROP")
    ):
        return AlterText(table=table, schema=schema, word="drop column", column=cursor.name())
    if cursor.peek() == "ADD" and cursor.peek(1) not in ("CONSTRAINT", "CHECK"):
        cursor.accept("ADD")
        cursor.accept("COLUMN")
        found = Definitions(cursor.text)
        found.column(Cursor(cursor.text, _rest(cursor)))
        added = found.table(Head(name=table, schema=schema))
        column = found.columns[0].name
        return AlterText(table=table, schema=schema, word="add column", column=column, added=added)
    return AlterText(table=table, schema=schema, word="other")


def _rest(cursor: Cursor) -> Sequence[Token]:
    tokens = _without_semicolon(cursor.rest())
    if not tokens:
        raise Unreadable(cursor.at, "more")
    return tokens


def _without_semicolon(tokens: Sequence[Token]) -> Sequence[Token]:
    return tokens[:-1] if tokens and tokens[-1].upper == ";" else tokens
