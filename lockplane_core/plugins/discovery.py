"""Discovery: which plugins are installed, and which of them can not be used."""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterable

GROUP = "lockplane"
OFF = "LOCKPLANE_NO_PLUGINS"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin by name, with the distribution that brought it, or the reason why it is unusable."""

    name: str
    distribution: str
    version: str
    plugin: object = None
    error: str = ""


def discover() -> list[Found]:
    """Every installed plugin, by name; one that fails to import is there with its error.

    Raises `PluginError` when two distributions claim one name. `LOCKPLANE_NO_PLUGINS=1`
    leaves all of them out.
    """
    if os.environ.get(OFF):
        return []
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    _refuse_twins(points)
    return [_load(point) for point in points]


def _refuse_twins(points: Iterable[EntryPoint]) -> None:
    owners: dict[str, EntryPoint] = {}
    for point in points:
        other = owners.setdefault(point.name, point)
        if _owner(other) != _owner(point):
            raise PluginError(
                f"two plugins are named {point.name!r}: {_owner(other)[0]} and {_owner(point)[0]}",
                hint="Uninstall one of them.",
            )


def _owner(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("?", "?")


def _load(point: EntryPoint) -> Found:
    distribution, version = _owner(point)
    try:
        plugin, error = point.load(), ""
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - a stranger's import
        plugin, error = None, f"{type(problem).__name__}: {problem}"
    return Found(
        name=point.name, distribution=distribution, version=version, plugin=plugin, error=error
    )
