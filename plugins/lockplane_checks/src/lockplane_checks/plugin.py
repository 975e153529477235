"""Hook implementations of lockplane-checks: cheap to import, heavy modules load inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.spi.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.check import Check


@hookimpl
def lockplane_checks() -> Iterable[Check]:
    """One of each check that this package brings."""
    from lockplane_checks import plan, schema

    return [check() for check in (*schema.CHECKS, *plan.CHECKS)]
