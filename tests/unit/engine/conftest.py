"""What the tests of the engine share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
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
