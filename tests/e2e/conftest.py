"""The whole program, with every plugin, on real databases."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
import pytest

from lockplane_core.testing.shell import Shell
from lockplane_postgres import testing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# A shell that starts the tests in the background makes them, and what they start, ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)

USERS = """\
CREATE TABLE users (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
"""
SECOND = """\
CREATE TABLE users (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
  age INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX users_email_key ON users(email);
CREATE TABLE posts (id BIGINT PRIMARY KEY, user_id BIGINT NOT NULL REFERENCES users(id) ON DELETE CASCADE, title TEXT NOT NULL);
CREATE INDEX posts_title_idx ON posts(title);
"""  # noqa: E501 - the scenario's own text


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server, never the one of somebody's work; without one the tests fail."""
    with testing.server() as url:
        yield url


@pytest.fixture
def main(server: str) -> Iterator[str]:
    """An empty database: the one that is worked on."""
    with testing.database(server) as url:
        yield url


@pytest.fixture
def lockplane(tmp_path: Path) -> Shell:
    """The program in an empty folder, where nobody named a database."""
    return Shell(tmp_path)


@pytest.fixture
def project(lockplane: Shell) -> Shell:
    """The program in a folder with the schema of the readme."""
    lockplane.write("schema.lp.sql", USERS)
    lockplane.write("schema/users.lp.sql", USERS)
    return lockplane


@pytest.fixture
def pg(project: Shell, main: str, server: str) -> Shell:
    """The same, beside an empty PostgreSQL, with scratches on its server."""
    project.env |= {"DATABASE_URL": main, "SHADOW_DATABASE_URL": server}
    return project


@pytest.fixture
def sql(main: str) -> Callable[..., list[tuple[Any, ...]]]:
    """Look at, or change, the main database behind the program's back."""

    def run(statement: str, *, url: str = main) -> list[tuple[Any, ...]]:
        with psycopg.connect(url, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    return run


@pytest.fixture
def as_user(main: str) -> Callable[..., str]:
    """The address of the main database with another login."""

    def address(user: str, password: str = "") -> str:
        parts = urlsplit(main)
        query = {k: v for k, v in parse_qsl(parts.query) if k not in ("user", "password")}
        login = urlencode({**query, "user": user, "password": password}, quote_via=quote)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}?{login}"

    return address


@pytest.fixture
def first(pg: Shell) -> Shell:
    """The quick start is done: `users` is there."""
    assert pg("apply", "--auto-approve", "--to", "schema.lp.sql").applied == 1
    return pg


@pytest.fixture
def grown(first: Shell, sql: Callable[..., object]) -> Shell:
    """`users` has rows; before.json and forward.json lead to a second schema, not yet applied."""
    sql("insert into users(id,email) values (1,'a@x'),(2,'b@x')")
    first.write("schema.lp.sql", SECOND)
    first.save("before.json", "introspect")
    words = ("--from", "before.json", "--to", "schema.lp.sql")
    first.save("forward.json", "plan", *words, "--validate")
    return first
