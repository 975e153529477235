from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lockplane_core.testing.fakes import FakeServer


@pytest.fixture
def main(server: FakeServer) -> FakeServer:
    """A server with one database that holds one shelf."""
    server.create("main", "create shelf old")
    return server
