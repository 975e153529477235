"""Hook implementations of lockplane-sqlite: cheap to import, heavy modules load inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.spi.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.init_target import InitTarget
    from lockplane_core.spi.kind import Kind


@hookimpl
def lockplane_dialects() -> Iterable[Dialect]:
    """SQLite."""
    from lockplane_sqlite.dialect import Sqlite

    return [Sqlite()]


@hookimpl
def lockplane_kinds(dialect: str) -> Iterable[Kind]:
    """The kinds of SQLite, parents first."""
    if dialect != "sqlite":
        return []
    from lockplane_sqlite.kinds.check import Check
    from lockplane_sqlite.kinds.column import Column
    from lockplane_sqlite.kinds.foreign_key import ForeignKey
    from lockplane_sqlite.kinds.index import Index
    from lockplane_sqlite.kinds.primary_key import PrimaryKey
    from lockplane_sqlite.kinds.table import Table
    from lockplane_sqlite.kinds.trigger import Trigger
    from lockplane_sqlite.kinds.unique import Unique
    from lockplane_sqlite.kinds.view import View
    from lockplane_sqlite.kinds.virtual_table import VirtualTable

    return [
        kind()
        for kind in (
            Table,
            Column,
            PrimaryKey,
            Unique,
            Check,
            ForeignKey,
            Index,
            VirtualTable,
            View,
            Trigger,
        )
    ]


@hookimpl
def lockplane_init_targets() -> Iterable[InitTarget]:
    """A file."""
    from lockplane_sqlite.init import SqliteFile

    return [SqliteFile()]
