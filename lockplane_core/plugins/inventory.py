"""Inventory: what each plugin brings, for people who wonder where something comes from."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from lockplane_core.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lockplane_core.plugins.registry import Registry

_NOUNS: Mapping[str, Callable[[Any], str]] = {
    "dialects": lambda dialect: dialect.name,
    "kinds": lambda kind: kind.tag,
    "checks": lambda check: check.id,
    "loaders": lambda loader: f"{loader.prefix}:",
    "formats": lambda form: f"{form.name} ({form.writes})",
    "commands": lambda command: command.name,
    "init_targets": lambda target: target.name,
    "profiles": lambda profile: profile.name,
    "settings": lambda setting: f"{setting.table}.{setting.key}",
}
"""The registration hooks by noun, with the name of what each returns."""


def inventory(registry: Registry) -> dict[str, dict[str, list[str]]]:
    """For each plugin the names of what it registers, by noun, and the other hooks it has."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for noun, name_of in _NOUNS.items():
        for owner, item in _registered(registry, noun):
            found[owner].setdefault(noun, []).append(name_of(item))
    for name, plugin in registry.manager.list_name_plugin():
        hooks = sorted(hook.name for hook in registry.manager.get_hookcallers(plugin) or ())
        happening = [h for h in hooks if h.removeprefix("lockplane_") not in _NOUNS]
        if happening:
            found[name]["hooks"] = happening
    return dict(found)


def conflicts(registry: Registry) -> list[PluginError]:
    """Every name that two plugins claim, noun by noun."""
    found = []
    for noun in _NOUNS:
        try:
            if noun == "kinds":
                for dialect in registry.dialects:
                    registry.kinds(dialect)
            else:
                getattr(registry, noun)
        except PluginError as error:
            found.append(error)
    return found


def _registered(registry: Registry, noun: str) -> list[tuple[str, Any]]:
    if noun != "kinds":
        return registry.owned(f"lockplane_{noun}")
    dialects = [dialect.name for _, dialect in registry.owned("lockplane_dialects")]
    return [
        pair
        for dialect in dict.fromkeys(dialects)
        for pair in registry.owned("lockplane_kinds", dialect=dialect)
    ]
