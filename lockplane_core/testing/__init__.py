"""The kit: what first-party and third-party dialects and checks are tested with."""

from __future__ import annotations

import pytest

# Before they are imported: a law that fails then shows what it compared.
pytest.register_assert_rewrite(
    "lockplane_core.testing.checks",
    "lockplane_core.testing.dialect",
    "lockplane_core.testing.properties",
)

from lockplane_core.testing.cases import Case, read_cases  # noqa: E402
from lockplane_core.testing.dialect import DialectSuite  # noqa: E402

__all__ = ["Case", "DialectSuite", "read_cases"]
