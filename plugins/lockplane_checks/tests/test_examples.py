from __future__ import annotations

import lockplane_checks.plugin
from lockplane_core.testing.checks import CheckSuite


class TestChecks(CheckSuite):
    """Every check of this package keeps the laws, on every dialect that is installed."""

    plugin = lockplane_checks.plugin
