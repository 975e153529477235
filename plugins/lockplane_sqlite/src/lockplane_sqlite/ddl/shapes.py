"""What the readers find: the parts of a statement as it is written, each with its place."""

from __future__ import annotations

from typing import Literal

import msgspec

from lockplane_sqlite.ddl.cursor import Name


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A column or expression that an index or key is on; `name` is empty for an expression."""

    at: int
    name: str = ""
    expression: str = ""
    collation: str = ""
    descending: bool = False


class Constraint(msgspec.Struct, frozen=True, kw_only=True):
    """What all constraints have: a name where one is written, and what a conflict does."""

    at: int
    name: str = ""
    conflict: str = ""


class PrimaryKeyText(Constraint, frozen=True, kw_only=True):
    """`PRIMARY KEY`, beside a column or of the table."""

    parts: tuple[Part, ...]
    autoincrement: bool = False
    is_inline: bool = False


class UniqueText(Constraint, frozen=True, kw_only=True):
    """`UNIQUE`, beside a column or of the table."""

    parts: tuple[Part, ...]


class CheckText(Constraint, frozen=True, kw_only=True):
    """`CHECK`; `words` are the names in it that may be columns."""

    expression: str
    words: tuple[str, ...] = ()


class ForeignKeyText(Constraint, frozen=True, kw_only=True):
    """`REFERENCES` beside a column, or `FOREIGN KEY` of the table."""

    columns: tuple[Name, ...]
    table: Name
    referenced: tuple[Name, ...] = ()
    on_delete: str = "NO ACTION"
    on_update: str = "NO ACTION"
    match: str = ""
    deferrable: str = ""


class ColumnText(msgspec.Struct, frozen=True, kw_only=True):
    """A column; `constraint_names` are those of what can not be dropped by name."""

    name: Name
    type: str = ""
    nullable: bool = True
    default: str | None = None
    collation: str = ""
    generated: str | None = None
    stored: bool = False
    conflict: str = ""
    constraint_names: dict[str, str] = msgspec.field(default_factory=dict)


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What stands between CREATE and the definition of the object."""

    name: Name
    schema: str = ""
    temporary: bool = False
    if_not_exists: bool = False


class TableText(msgspec.Struct, frozen=True, kw_only=True):
    """`CREATE TABLE`; `derived` where columns come from a query."""

    head: Head
    columns: tuple[ColumnText, ...] = ()
    primary_keys: tuple[PrimaryKeyText, ...] = ()
    uniques: tuple[UniqueText, ...] = ()
    checks: tuple[CheckText, ...] = ()
    foreign_keys: tuple[ForeignKeyText, ...] = ()
    strict: bool = False
    without_rowid: bool = False
    derived: bool = False


class IndexText(msgspec.Struct, frozen=True, kw_only=True):
    """`CREATE INDEX`; `words` are the names in its expressions that may be columns."""

    head: Head
    table: Name
    unique: bool
    parts: tuple[Part, ...]
    where: str | None = None
    words: tuple[str, ...] = ()


class ViewText(msgspec.Struct, frozen=True, kw_only=True):
    """`CREATE VIEW`; `definition` is its query."""

    head: Head
    columns: tuple[str, ...]
    definition: str


class TriggerText(msgspec.Struct, frozen=True, kw_only=True):
    """`CREATE TRIGGER`; `definition` is all after its name, without IF NOT EXISTS."""

    head: Head
    table: Name
    definition: str


class VirtualTableText(msgspec.Struct, frozen=True, kw_only=True):
    """`CREATE VIRTUAL TABLE`; `definition` is the module with its arguments."""

    head: Head
    definition: str


AlterWord = Literal["rename table", "rename column", "add column", "drop column", "other"]


class AlterText(msgspec.Struct, frozen=True, kw_only=True):
    """`ALTER TABLE`; `added` is the new column as a table of its own would have it."""

    table: Name
    schema: str
    word: AlterWord
    column: Name | None = None
    new_name: Name | None = None
    added: TableText | None = None
