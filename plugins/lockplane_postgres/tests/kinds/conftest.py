from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lockplane_core.model.plan import Plan


@pytest.fixture(scope="session")
def lockplane() -> Iterator[Lockplane]:
    with Lockplane(load_registry(), Settings(dialect="postgres", schemas=("*",))) as opened:
        yield opened


@pytest.fixture
def schema(tmp_path: Path) -> Callable[[str, str], str]:
    """A schema file of that stem and text."""

    def write(stem: str, sql: str) -> str:
        path = tmp_path / f"{stem}.lp.sql"
        path.write_text(sql, encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def plan(lockplane: Lockplane, schema: Callable[[str, str], str]) -> Callable[[str, str], Plan]:
    """The plan from one schema to another, both as SQL."""

    def make(before: str, after: str) -> Plan:
        return lockplane.plan(schema("before", before), schema("after", after)).plan

    return make


@pytest.fixture
def tree(lockplane: Lockplane, schema: Callable[[str, str], str]) -> Callable[[str], Any]:
    """Schema JSON of a schema in SQL."""

    def read(sql: str) -> Any:
        found = lockplane.tree(lockplane.read(schema("schema", sql)))
        return msgspec.json.decode(msgspec.json.encode(found))

    return read
