"""SQLite for Lockplane: its dialect, kinds and table rebuilds."""

from __future__ import annotations

__version__ = "0.1.0"
