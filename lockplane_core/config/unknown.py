"""Names in settings that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.errors import ConfigError
from lockplane_core.nearest import meant

if TYPE_CHECKING:
    from collections.abc import Iterable


def unknown(message: str, key: str, known: Iterable[str]) -> ConfigError:
    """The error for a name that nobody knows; its hint is the nearest."""
    names = sorted(known)
    hint = meant(key, names) or f"Known are: {', '.join(names) or 'none'}."
    return ConfigError(message, hint=hint)
