"""What the core brings itself, through the same hooks as any plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.plugins.registry import Registry

__all__ = ["builtins"]


def builtins(registry: Callable[[], Registry]) -> dict[str, object]:
    """The plugins of the core by name; `registry` gives the one that they will be in."""
    from lockplane_core.builtin.plugin import BuiltinPlugin
    from lockplane_core.builtin.stages import DefaultStages

    return {"core": BuiltinPlugin(registry), "core.stages": DefaultStages(registry)}
