"""Advice for Lockplane: checks of schemas and plans."""

from __future__ import annotations

__version__ = "0.1.0"
