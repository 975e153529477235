"""The laws of the kit, over all cases of this folder, both ways."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from lockplane_core.testing import DialectSuite, read_cases

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class TestSqlite(DialectSuite):
    """SQLite keeps every law."""

    dialect = "sqlite"
    cases = read_cases(Path(__file__).parent / "cases")

    def database(self, tmp_path: Path) -> AbstractContextManager[str]:
        return nullcontext(str(tmp_path / "app.db"))
