"""Document and statement: a schema file, and one SQL statement of it, free of any dialect."""

from __future__ import annotations

from typing import Literal

import msgspec

from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Role, Span
from lockplane_core.model.ref import Ref

Verb = Literal["create", "alter", "drop", "comment", "truncate", "delete", "update", "insert",
               "transaction", "set", "grant", "other"]  # fmt: skip
Modifier = Literal["if_not_exists", "or_replace", "cascade", "where", "concurrently", "if_exists",
                   "foreign_key", "primary_key", "not_null", "default", "derived"]  # fmt: skip
"""What a statement says beside its verb: `primary_key` and `foreign_key` that it declares one,
inline or not; `derived` that it takes columns from elsewhere (LIKE, INHERITS, PARTITION OF, AS
SELECT, a virtual table), so that those it declares are not all of them."""


class Document(msgspec.Struct, frozen=True):
    """A schema file: the name to report it by, and its text."""

    name: str
    text: str


class Declared(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that a statement declares or requires, and where it says so.

    `of` lists, in order, the columns that an index, key or constraint is on; of a table that a
    foreign key requires, the columns it references (none: its primary key). `detail` is what
    the text says of it (a column's type; `body` where only the source text of a routine
    mentions it, which is looked up when it runs), empty if it says nothing.
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
    in words which part of it no kind models (an error in a schema file). `position` is
    its place in the document, counted from 0.
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
    position: int = 0


class Parsed(msgspec.Struct, frozen=True):
    """What a parser found in a document: its statements, and each syntax error as a finding."""

    statements: tuple[Statement, ...]
    errors: tuple[Finding, ...] = ()
