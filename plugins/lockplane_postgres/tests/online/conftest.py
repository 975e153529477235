"""A plan of each module that takes its BEFORE, with ROWS in it, to its AFTER."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lockplane_postgres.session import PgSession


@pytest.fixture
def lockplane() -> Iterator[Lockplane]:
    settings = Settings(dialect="postgres", schemas=("*",), online=True)
    with Lockplane(load_registry(), settings) as found:
        yield found


@pytest.fixture
def desired(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "after.lp.sql"
    path.write_text(request.module.AFTER)
    return str(path)


@pytest.fixture
def standing(request: pytest.FixtureRequest, session: PgSession) -> PgSession:
    session.script([request.module.BEFORE, request.module.ROWS])
    return session
