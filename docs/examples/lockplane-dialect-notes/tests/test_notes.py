from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from lockplane_core.testing import DialectSuite, read_cases


class TestNotes(DialectSuite):
    dialect = "notes"
    cases = read_cases(Path(__file__).parent / "cases")

    def database(self, tmp_path):
        return nullcontext(f"notes:{tmp_path}")
