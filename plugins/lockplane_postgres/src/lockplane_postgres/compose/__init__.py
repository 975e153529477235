"""Docker Compose files: read as nodes of YAML, and added to as text, so that all else stays."""

from __future__ import annotations
