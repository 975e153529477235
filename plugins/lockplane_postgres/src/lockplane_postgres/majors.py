"""The major versions of PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockplane_core.model.catalog import Catalog

SUPPORTED = range(14, 19)
"""Those that are tested."""


def oldest(*catalogs: Catalog) -> int:
    """The major version that a plan between the catalogs must be understood by."""
    return min(int(catalog.version.partition(".")[0] or 0) for catalog in catalogs)
