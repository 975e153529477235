"""Hook implementations of lockplane-postgres: cheap to import, heavy modules load inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.spi.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.kind import Kind

_NAME = "postgres"


@hookimpl
def lockplane_dialects() -> Iterable[Dialect]:
    """PostgreSQL."""
    from lockplane_postgres.dialect import PostgresDialect

    return [PostgresDialect()]


@hookimpl
def lockplane_kinds(dialect: str) -> Iterable[Kind]:
    """The kinds of objects that this package models."""
    if dialect != _NAME:
        return []
    from lockplane_postgres.kinds.registered import KINDS

    return [kind() for kind in KINDS]
