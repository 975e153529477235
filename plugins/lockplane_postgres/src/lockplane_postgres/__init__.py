"""PostgreSQL for Lockplane: its dialect, kinds and embedded shadow server."""

from __future__ import annotations

__version__ = "0.1.0"
