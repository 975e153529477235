"""Formats of the core, by what they write; as plain data, which help and completion read."""

from __future__ import annotations

NAMES = {
    "findings": ("github", "json", "markdown", "sarif", "text"),
    "plan": ("json", "markdown", "sql", "text"),
}
