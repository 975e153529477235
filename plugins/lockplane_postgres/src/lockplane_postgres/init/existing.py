"""`lockplane init postgres`: a database on a server that is there."""

from __future__ import annotations

import getpass
import os
from contextlib import closing, suppress
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import quote as percent

from lockplane_core.errors import ConnectionFailed, LockplaneError, UsageError
from lockplane_core.spi.init_target import Answers, InitTarget, Prospect, Question
from lockplane_postgres import addresses
from lockplane_postgres.init import EXAMPLE
from lockplane_postgres.quote import quote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lockplane_postgres.session import PgSession

_BESIDE = ("postgres", "template1")
"""Databases that a server has from its beginning."""
_THERE = "SELECT count(*) FROM pg_database WHERE datname = %s"
_MAY = "SELECT rolcreatedb OR rolsuper, current_user FROM pg_roles WHERE rolname = current_user"
_HOLDS = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
_LOCAL = ("localhost", "127.0.0.1", "::1")
_PORTS = range(1, 65536)


class ExistingServer(InitTarget):
    """Begin with a database on a PostgreSQL server that is there.

    The connection is tried before anything is written. If the server has no database of that
    name, it is made: CREATE DATABASE. Give the address as a whole, or its parts; PGHOST, PGUSER
    and the like are looked at, and a password in PGPASSWORD or a PGPASSFILE need not be told.
    """

    name = "postgres"
    help = "A PostgreSQL server that is there; the database is made if need be"
    dialect = "postgres"
    weight = 20
    example = EXAMPLE
    questions: ClassVar[tuple[Question, ...]] = (
        Question(name="url", text="Its address (postgres://…), or nothing to be asked for parts"),
        Question(name="host", text="Host", default="localhost", required=True, unless="url"),
        Question(name="port", text="Port", default="5432", required=True, unless="url"),
        Question(name="database", text="Database", required=True, unless="url"),
        Question(name="user", text="User", required=True, unless="url"),
        Question(name="password", text="Password, if it wants one", secret=True, unless="url"),
        Question(
            name="sslmode",
            text="TLS: disable, prefer, require, verify-full; by itself: require, but not here",
            unless="url",
            asked=False,
        ),
        Question(
            name="shadow-db",
            text="A server for throw-away databases, or nothing: Lockplane brings its own",
        ),
    )

    def defaults(self, folder: Path) -> Answers:
        """What libpq's variables say, and the names of folder and user."""
        said = {
            "host": os.environ.get("PGHOST", ""),
            "port": os.environ.get("PGPORT", ""),
            "user": os.environ.get("PGUSER", "") or _account(),
            "database": os.environ.get("PGDATABASE", "") or folder.name,
        }
        return {name: value for name, value in said.items() if value}

    def look(self, answers: Answers, folder: Path) -> Prospect:
        """Connect, to the database or else to the server, and see what is missing."""
        url = _url(answers)
        shadow = _shadow(answers)
        try:
            session = addresses.connect(url, "read")
        except ConnectionFailed as error:
            name = _name_to_make(url, error)
            return Prospect(
                url=url,
                shadow_url=shadow,
                does=(f"Make the database {name} at {addresses.redact(url)}",),
                is_new=True,
            )
        with closing(session):
            ((holds,),) = session.query(_HOLDS)
            does = f"Use {addresses.redact(url)} (PostgreSQL {session.version})"
            return Prospect(url=url, shadow_url=shadow, does=(does,), is_new=not holds)

    def make(self, answers: Answers, folder: Path) -> Sequence[str]:
        """Make the database, unless it is there."""
        url = _url(answers)
        try:
            with closing(addresses.connect(url, "read")) as session:
                return (f"Connected to {session.address} (PostgreSQL {session.version})",)
        except ConnectionFailed as error:
            name = _name_to_make(url, error)
            with closing(_beside(url, error)) as session:
                session.execute(f"CREATE DATABASE {quote(name)}")
            return (f"Made the database {name} at {addresses.redact(url)}",)


def _name_to_make(url: str, error: ConnectionFailed) -> str:
    """The name of the database, which is not there and may be made; else raises."""
    name = addresses.database_of(url)
    with closing(_beside(url, error)) as session:
        ((there,),) = session.query(_THERE, (name,))
        if there or not name:
            raise error
        ((may, role),) = session.query(_MAY)
    if not may:
        raise ConnectionFailed(
            f"there is no database {name} at {addresses.redact(url)}, and {role} may not make it",
            hint=f"Let an administrator run: CREATE DATABASE {quote(name)} OWNER {quote(role)};",
        )
    return name


def _beside(url: str, error: ConnectionFailed) -> PgSession:
    """A session on another database of the server; raises `error` if there is none either."""
    for name in _BESIDE:
        with suppress(LockplaneError):
            return addresses.connect(url, "apply", database=name)
    raise error


def _url(answers: Answers) -> str:
    if answers.get("url"):
        return _checked(answers["url"], "url")
    host, port = answers["host"], answers["port"]
    if not port.isdecimal() or int(port) not in _PORTS:
        raise UsageError(f"--port {port}: a number from 1 to 65535 is wanted")
    is_socket = host.startswith("/")
    secret = f":{percent(answers['password'], safe='')}" if answers.get("password") else ""
    login = f"{percent(answers['user'], safe='')}{secret}"
    is_here = is_socket or host in _LOCAL
    mode = answers.get("sslmode") or ("disable" if is_here else "require")
    name = percent(answers["database"], safe="")
    if is_socket:
        return f"postgresql://{login}@/{name}?host={percent(host, safe='')}&port={port}"
    place = f"[{host}]" if ":" in host else host
    return f"postgresql://{login}@{place}:{port}/{name}?sslmode={mode}"


def _shadow(answers: Answers) -> str:
    """The address of the shadow, which must answer. Raises `ConnectionFailed`."""
    if not answers.get("shadow-db"):
        return ""
    url = _checked(answers["shadow-db"], "shadow-db")
    addresses.connect(url, "read").close()
    return url


def _checked(url: str, option: str) -> str:
    if addresses.is_ours(url):
        return url
    raise UsageError(
        f"--{option} is no address of a PostgreSQL server",
        hint="Write it as postgres://user:password@host:5432/database?sslmode=require.",
    )


def _account() -> str:
    with suppress(OSError, KeyError):  # a user without an entry in the list of users
        return getpass.getuser()
    return ""
