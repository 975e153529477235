"""Settings: flags, environment variables, .env files and lockplane.toml, in this order."""

from __future__ import annotations

from lockplane_core.config.agreeing import refuse_contradiction, refuse_unknown_tables
from lockplane_core.config.settings import Settings, load

__all__ = ["Settings", "load", "refuse_contradiction", "refuse_unknown_tables"]
