from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_sqlite.connecting import memory
from lockplane_sqlite.plugin import lockplane_dialects, lockplane_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.dialect import Dialect
    from lockplane_core.spi.kind import Kind
    from lockplane_sqlite.session import SqliteSession


@pytest.fixture
def dialect() -> Dialect:
    """SQLite."""
    (found,) = lockplane_dialects()
    return found


@pytest.fixture
def kinds() -> Mapping[str, Kind]:
    """The kinds of SQLite by tag."""
    return {kind.tag: kind for kind in lockplane_kinds("sqlite")}


@pytest.fixture
def session() -> Iterator[SqliteSession]:
    """A session on an empty database in memory."""
    opened = memory()
    yield opened
    opened.close()


@pytest.fixture
def catalog_of(dialect: Dialect, kinds: Mapping[str, Kind]) -> Callable[..., Catalog]:
    """The catalog that some statements make."""

    def read(*statements: str) -> Catalog:
        opened = memory()
        opened.script(statements)
        found = dialect.introspect(opened, list(kinds.values()))
        opened.close()
        return found

    return read


@pytest.fixture(scope="session")
def lockplane() -> Iterator[Lockplane]:
    """The API with the installed plugins, for SQLite."""
    with Lockplane(load_registry(), Settings(dialect="sqlite")) as opened:
        yield opened


@pytest.fixture
def schema(tmp_path: Path) -> Callable[[str, str], str]:
    """Writes a schema file, and tells its path."""

    def write(stem: str, sql: str) -> str:
        path = tmp_path / f"{stem}.lp.sql"
        path.write_text(sql, encoding="utf-8")
        return str(path)

    return write
