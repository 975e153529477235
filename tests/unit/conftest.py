"""What the tests of the core share: a fake server, the API over it, and files to plan from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.testing.fakes import FakeServer, fake_lockplane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lockplane_core.app import Lockplane


@pytest.fixture
def server() -> FakeServer:
    """A server without any database."""
    return FakeServer()


@pytest.fixture
def lockplane(server: FakeServer) -> Iterator[Lockplane]:
    """The API over the fake product."""
    with fake_lockplane(server) as lockplane:
        yield lockplane


@pytest.fixture
def schema(tmp_path: Path) -> Callable[..., str]:
    """Write lines as a schema file; its path."""

    def write(*lines: str, name: str = "schema") -> str:
        path = tmp_path / f"{name}.lp.sql"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return str(path)

    return write
