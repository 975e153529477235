"""Refs of SQLite's objects. Paths hold names as they are declared; bodies hold them folded."""

from __future__ import annotations

from lockplane_core.model.ref import Ref

TABLE = "sqlite.table"
COLUMN = "sqlite.column"
PRIMARY_KEY = "sqlite.primary_key"
UNIQUE = "sqlite.unique"
CHECK = "sqlite.check"
FOREIGN_KEY = "sqlite.foreign_key"
INDEX = "sqlite.index"
VIEW = "sqlite.view"
TRIGGER = "sqlite.trigger"
VIRTUAL_TABLE = "sqlite.virtual_table"

PARTS = frozenset({COLUMN, PRIMARY_KEY, UNIQUE, CHECK, FOREIGN_KEY})
"""What CREATE TABLE makes along with the table."""

_NAME = "sqlite.name"


def table(name: str) -> Ref:
    """The ref of a table."""
    return Ref(TABLE, (name,))


def column(owner: Ref, name: str) -> Ref:
    """The ref of a column of `owner`."""
    return owner.child(COLUMN, name)


def taken_name(name: str) -> tuple[Ref, ...]:
    """The name that tables, views and indexes take from one another."""
    from lockplane_sqlite.quote import fold

    return (Ref(_NAME, (fold(name),)),)
