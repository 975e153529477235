"""Document and statement: a schema file, and one SQL statement of it, free of any dialect."""

from __future__ import annotations

from bisect import bisect_right
from typing import Literal, NamedTuple

import msgspec

from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Role, Span
from lockplane_core.model.ref import Ref

Verb = Literal["create", "alter", "drop", "comment", "truncate", "delete", "update", "insert",
               "transaction", "set", "grant", "other"]  # fmt: skip
Modifier = Literal["if_not_exists", "or_replace", "cascade", "where", "concurrently", "if_exists",
                   "foreign_key", "primary_key", "not_null", "default", "derived",
                   "rights", "last"]  # fmt: skip
"""What a statement says beside its verb: `primary_key` and `foreign_key` that it declares one,
inline or not; `derived` that it takes columns from elsewhere (LIKE, INHERITS, PARTITION OF, AS
SELECT, a virtual table), so that those it declares are not all of them; `rights` that it sets an
owner or privileges, which no schema holds; `last` that it acts on the statements behind it, so
that none should be."""
BODY = "body"
"""The detail of what the source text of a routine mentions: looked up only when it runs."""


class Edit(NamedTuple):
    """What a translation did to a text, `size` characters from `at` on.

    They stand for those of the file from `start` up to `end`.
    """

    at: int
    size: int
    start: int
    end: int


class Document(msgspec.Struct, frozen=True):
    """A schema file: the name to report it by, and its text.

    Where the text was translated, `original` is what the file holds, and `edits` are the places
    in it, in order, that read differently now: spans are always those of the file.
    """

    name: str
    text: str
    original: str = ""
    edits: tuple[Edit, ...] = ()

    def in_file(self, offset: int) -> int:
        """Where in the file a character of `text` stands, both counted from 0.

        Of what a translation wrote it is the beginning of what stood there.
        """
        number = bisect_right(self.edits, offset, key=lambda edit: edit.at)
        if not number:
            return offset
        edit = self.edits[number - 1]
        behind = offset - edit.at - edit.size
        return edit.start if behind < 0 else edit.end + behind


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A comment of a schema file: its words without the signs around them.

    `before` is where the next word of SQL begins, None where none does; `alone` says that nothing
    else stands before the comment on its line.
    """

    text: str
    span: Span
    before: Span | None = None
    alone: bool = True


class Declared(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that a statement declares or requires, and where it says so.

    `of` lists, in order, the columns that an index, key or constraint is on; of a table that a
    foreign key requires, the columns it references (none: its primary key). `detail` is what
    the text says of it (a column's type, or `generated` for one that needs none; `BODY` where
    only the source text of a routine mentions it), empty if it says nothing.
    """

    ref: Ref
    span: Span
    role: Role = "other"
    of: tuple[str, ...] = ()
    detail: str = ""


class Statement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One statement, reduced to what checks of files, ordering and spans need.

    `role` is the role of what it is about; `drops` names what a DROP or an ALTER takes away.
    What an index, trigger, policy or ALTER is on stands first in `requires`. `unsupported` says
    in words which part of it no kind models (an error in a schema file); what `unmanaged` says in
    words is one where nobody manages what the word `managed` stands for. `runs` is what a scratch
    is sent in its place, where the words themselves are about another database. `position` is its
    place in the document, counted from 0.
    """

    verb: Verb
    sql: str
    span: Span
    role: Role = "other"
    declares: tuple[Declared, ...] = ()
    requires: tuple[Declared, ...] = ()
    drops: tuple[Declared, ...] = ()
    modifiers: frozenset[Modifier] = frozenset()
    unsupported: str = ""
    managed: str = ""
    unmanaged: str = ""
    runs: str = ""
    position: int = 0

    @property
    def sent(self) -> str:
        """What a scratch is sent."""
        return self.runs or self.sql

    def place(self, character: int) -> Span:
        """The place of a character of `sql`, counted from 0."""
        before = self.sql[:character]
        lines = before.count("\n")
        column = character - before.rfind("\n") if lines else self.span.column + character
        return Span(self.span.file, self.span.line + lines, column)


class Parsed(msgspec.Struct, frozen=True):
    """What a parser found in a document: its statements, and each syntax error as a finding."""

    statements: tuple[Statement, ...]
    errors: tuple[Finding, ...] = ()
