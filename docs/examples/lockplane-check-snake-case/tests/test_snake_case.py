from __future__ import annotations

import lockplane_check_snake_case

from lockplane_core.testing.checks import CheckSuite


class TestSnakeCase(CheckSuite):
    plugin = lockplane_check_snake_case
