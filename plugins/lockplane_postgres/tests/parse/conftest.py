from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.model.statement import Document
from lockplane_postgres import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.statement import Parsed, Statement

FILE = "schema.lp.sql"


@pytest.fixture
def parsed() -> Callable[[str], Parsed]:
    """Parse a text as a schema file."""
    return lambda sql: parse.parse(Document(FILE, sql))


@pytest.fixture
def only(parsed: Callable[[str], Parsed]) -> Callable[[str], Statement]:
    """The one statement of a text without errors."""

    def read(sql: str) -> Statement:
        found = parsed(sql)
        assert found.errors == ()
        (statement,) = found.statements
        return statement

    return read
