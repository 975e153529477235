"""Hooks, under their exact signatures."""

from __future__ import annotations

import inspect


def hooks(*names: str) -> str:
    """Hooks by name, each under its exact signature."""
    from lockplane_core.spi import hookspecs

    parts = []
    for name in names:
        function = getattr(hookspecs, name)
        signature = str(inspect.signature(function)).replace("'", "")
        parts += [f"### `{name}{signature}`", inspect.getdoc(function) or ""]
    return "\n\n".join(parts)
