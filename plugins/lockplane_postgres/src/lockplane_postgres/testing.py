"""A PostgreSQL for tests: the one that was named, else Docker's, else an embedded one."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from lockplane_core.errors import LockplaneError, StatementFailed
from lockplane_postgres import addresses
from lockplane_postgres.parting import part
from lockplane_postgres.quote import quote as double_quoted
from lockplane_postgres.server.docker import engine_answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.spi.session import Session

VARIABLE = "LOCKPLANE_TEST_POSTGRES"
IMAGE_VARIABLE = "LOCKPLANE_TEST_POSTGRES_IMAGE"
IMAGE = "postgres:18"
TABLESPACES = ("lockplane_one", "Lockplane two")
"""What cases name; they are made on the server of the tests."""
ROLES = ("lockplane_role", "Lockplane role")
"""Roles that cases name; so are they."""


@contextmanager
def server() -> Iterator[str]:
    """The address of a database on a server where tests may create others.

    `LOCKPLANE_TEST_POSTGRES` names one; else a container of `LOCKPLANE_TEST_POSTGRES_IMAGE`, where
    a Docker engine answers; else the embedded server. Raises `ScratchError` when there is none:
    tests do not go without.
    """
    named = os.environ.get(VARIABLE)
    if named:
        yield named
    elif engine_answers():
        yield from _container()
    else:
        yield from _embedded()


def _container() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer

    image = os.environ.get(IMAGE_VARIABLE, IMAGE)
    with PostgresContainer(image, driver=None) as container:
        yield container.get_connection_url()


def _embedded() -> Iterator[str]:
    from lockplane_postgres.server import Servers

    servers = Servers()
    try:
        socket_folder = servers.shared_server(None).dsn("postgres")
        yield as_url(socket_folder)
    finally:
        servers.close()


def as_url(conninfo: str) -> str:
    """A libpq connection string as a postgresql:// address."""
    from psycopg.conninfo import conninfo_to_dict

    parts = {key: str(value) for key, value in conninfo_to_dict(conninfo).items() if value}
    name = parts.pop("dbname", "postgres")
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in sorted(parts.items()))
    return f"postgresql:///{quote(name)}?{query}"


@contextmanager
def database(admin: str) -> Iterator[str]:
    """The address of a new, empty database beside `admin`; dropped at the end."""
    name = f"lockplane_test_{secrets.token_hex(6)}"
    session = addresses.connect(admin, "apply")
    session.configure({"statement_timeout": "120s"})
    try:
        session.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield beside(admin, name)
    finally:
        _part(beside(admin, name))
        session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        session.close()


def _part(url: str) -> None:
    """Drop the subscriptions of a database; there need be none, nor the database itself."""
    with suppress(LockplaneError):
        session = addresses.connect(url, "apply")
        try:
            part(session)
        finally:
            session.close()


def lacking(need: str, session: Session) -> str:
    """Why the server does not have what a test needs, in words; empty if it has.

    A number is the least major, `icu` a server that is built with ICU, `tablespaces` and `roles`
    one that has or takes those of `TABLESPACES` and `ROLES`, any other word the name of an
    extension.
    """
    if need == "tablespaces":
        return _tablespaces(session)
    if need == "roles":
        return _roles(session)
    if need.isdecimal():
        is_old = int(session.version.partition(".")[0]) < int(need)
        return f"version {session.version} is older than {need}" if is_old else ""
    if need == "icu":
        rows = session.query("SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'")
        return "" if rows else "the server is built without ICU"
    rows = session.query("SELECT name FROM pg_available_extensions WHERE name = %s", (need,))
    return "" if rows else f"the server has no extension {need}"


def _tablespaces(session: Session) -> str:
    """Make them in the data folder of the server, where they stay for other tests."""
    query = "SELECT spcname FROM pg_tablespace"
    try:
        session.query("SELECT set_config('allow_in_place_tablespaces', 'on', false)")
        for name in sorted(set(TABLESPACES) - {row[0] for row in session.query(query)}):
            with suppress(StatementFailed):  # another process of the tests was faster
                session.execute(f"CREATE TABLESPACE {double_quoted(name)} LOCATION ''")
    except StatementFailed as error:
        return f"no tablespace can be made: {error.message}"
    lacks = set(TABLESPACES) - {row[0] for row in session.query(query)}
    return "no tablespace could be made" if lacks else ""


def _roles(session: Session) -> str:
    """Make them; they own nothing and stay for other tests."""
    query = "SELECT rolname FROM pg_roles"
    for name in sorted(set(ROLES) - {row[0] for row in session.query(query)}):
        with suppress(StatementFailed):  # another process of the tests was faster
            session.execute(f"CREATE ROLE {double_quoted(name)}")
    lacks = set(ROLES) - {row[0] for row in session.query(query)}
    return "no role could be made" if lacks else ""


def beside(url: str, name: str) -> str:
    """The address of another database on the same server."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{quote(name)}{query}"
