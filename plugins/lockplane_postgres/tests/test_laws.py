"""The laws of the kit, over all cases of this folder, both ways."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest

from lockplane_core.testing import DialectSuite, read_cases
from lockplane_postgres.testing import database, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from lockplane_core.spi.session import Session


class TestPostgres(DialectSuite):
    """PostgreSQL keeps every law."""

    dialect = "postgres"
    cases = read_cases(Path(__file__).parent / "cases")

    admin: ClassVar[str]

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _server(cls) -> Iterator[None]:
        with server() as cls.admin:
            yield

    def database(self, tmp_path: Path) -> AbstractContextManager[str]:
        return database(self.admin)

    def lacks(self, need: str, session: Session) -> str:
        """A word is the name of an extension, which the server of a test may not have."""
        if need.isdecimal():
            return super().lacks(need, session)
        rows = session.query("SELECT name FROM pg_available_extensions WHERE name = %s", (need,))
        return "" if rows else f"the server has no extension {need}"
