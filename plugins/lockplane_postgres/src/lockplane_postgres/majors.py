"""The major versions of PostgreSQL."""

from __future__ import annotations

SUPPORTED = range(14, 19)
"""Those that are tested."""
