"""Other tools that compare two databases (requirements.txt): `peers.py NAME DSN DSN`."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable


def _migra(before: str, after: str) -> None:
    from migra import Migration  # type: ignore[import-untyped]
    from sqlbag import S  # type: ignore[import-untyped]

    with S(_url(before, "psycopg2")) as one, S(_url(after, "psycopg2")) as other:
        migration = Migration(one, other)
        migration.set_safety(False)
        migration.add_all_changes()
        _refuse_nothing(migration.statements)


def _alembic(before: str, after: str) -> None:
    """What `alembic revision --autogenerate` does, with the second database as its models."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import MetaData, create_engine

    models = MetaData()
    models.reflect(create_engine(_url(after, "psycopg")))
    options = {"compare_type": True, "compare_server_default": True}
    with create_engine(_url(before, "psycopg")).connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        _refuse_nothing(compare_metadata(context, models))


def _refuse_nothing(found: Any) -> None:
    """A peer that sees no difference has measured nothing."""
    if not found:
        sys.exit("no difference was found between databases that differ")


def _url(dsn: str, driver: str) -> str:
    from psycopg.conninfo import conninfo_to_dict

    values = {name: quote(str(value), safe="") for name, value in conninfo_to_dict(dsn).items()}
    address = f"{values['user']}@:{values['port']}/{values['dbname']}"
    return f"postgresql+{driver}://{address}?host={values['host']}"


PEERS: dict[str, Callable[[str, str], None]] = {"migra": _migra, "alembic": _alembic}
_NEEDED = {"migra": ("migra", "psycopg2"), "alembic": ("alembic", "psycopg")}


def lacking(name: str) -> str:
    """The package without which a peer does not run; empty if all are there."""
    return next((package for package in _NEEDED[name] if find_spec(package) is None), "")


if __name__ == "__main__":
    PEERS[sys.argv[1]](*sys.argv[2:])
