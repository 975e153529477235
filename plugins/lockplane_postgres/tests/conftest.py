from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from lockplane_postgres import addresses
from lockplane_postgres.testing import database, server
from lockplane_postgres.testing_roles import roles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lockplane_postgres.session import PgSession
    from lockplane_postgres.testing_roles import Place

# A shell that starts the tests in the background makes them, and what they start, ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def admin() -> Iterator[str]:
    """The address of a database on a server where tests may create others."""
    with server() as address:
        yield address


@pytest.fixture
def url(admin: str) -> Iterator[str]:
    """The address of a new, empty database."""
    with database(admin) as address:
        yield address


@pytest.fixture
def session(url: str) -> Iterator[PgSession]:
    """A session on a new, empty database."""
    opened = addresses.connect(url, "apply")
    yield opened
    opened.close()


@pytest.fixture
def place(url: str, admin: str, tmp_path: Path) -> Iterator[Place]:
    """Two databases, and two roles."""
    with roles(url, admin, tmp_path) as found:
        yield found
