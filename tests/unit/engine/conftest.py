"""What the tests of the engine share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan
    from lockplane_core.testing.fakes import FakeServer

BOOKS = """\
create shelf books
create box books.title text
create view titles as books.title
put books 3
"""


@pytest.fixture
def books(server: FakeServer) -> FakeServer:
    """A server with a database `main`: a shelf with a box, three rows and a view."""
    server.create("main", BOOKS)
    return server


@pytest.fixture
def after(schema: Callable[..., str]) -> str:
    """A schema file to which `books` has a way of five steps, one statement each."""
    return schema(
        "create shelf books label x",
        "create box books.title number",
        "create view titles as books.title",
        "create shelf people",
        name="after",
    )


@pytest.fixture
def plan(lockplane: Lockplane, books: FakeServer, after: str) -> Plan:
    """The plan for it, in one transaction."""
    made = lockplane.plan("fake:main", after).plan
    assert [len(step.sql) for step in made.steps] == [1] * 5
    return made
