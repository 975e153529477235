from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_postgres.testing_roles import Roles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def place(url: str, tmp_path: Path) -> Iterator[Roles]:
    """A database, and four roles."""
    mark = secrets.token_hex(4)
    names = {name: f"{name}_{mark}" for name in ("bob", "alice", "carol", "runner")}
    found = Roles(url, tmp_path, names)
    with found.made():
        yield found


@pytest.fixture(scope="module")
def lockplane() -> Iterator[Lockplane]:
    """The API, in a project that manages no privileges."""
    with Lockplane(load_registry(), Settings(dialect="postgres", schemas=("*",))) as opened:
        yield opened
