"""Keeping: what installed dialects keep on this machine, for `lockplane shadow`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.errors import PluginError, UsageError
from lockplane_core.nearest import nearest
from lockplane_core.spi.shadow import ScratchRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.config import Settings
    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.keeper import Holding, Keeper


def status(registry: Registry, settings: Settings) -> Iterator[Holding]:
    """Everything that is kept."""
    for keeper, request in _keepers(registry, settings):
        yield from keeper.status(request)


def clean(registry: Registry, settings: Settings) -> Iterator[Holding]:
    """Remove what runs that died have left behind."""
    for keeper, request in _keepers(registry, settings):
        yield from keeper.clean(request)


def install(registry: Registry, settings: Settings, version: str) -> Holding:
    """Fetch the programs of a version. Raises `PluginError` where no dialect wants any."""
    for keeper, _ in _keepers(registry, settings):
        found = keeper.install(version)
        if found is not None:
            return found
    raise PluginError(
        "no installed plugin needs programs for scratches",
        hint="Those of PostgreSQL do: python -m pip install lockplane-postgres",
    )


def stop(registry: Registry, settings: Settings, name: str) -> Holding:
    """Stop a server. Raises `UsageError` with the nearest name where there is none of that one."""
    servers: dict[str, str] = {}
    for keeper, request in _keepers(registry, settings):
        found = keeper.stop(name)
        if found is not None:
            return found
        held = (h.name for h in keeper.status(request) if h.state in ("running", "stopped"))
        servers |= {server.rpartition(":")[2]: server for server in held}
    near = nearest(name.rpartition(":")[2], servers)
    known = ", ".join(servers.values()) or "none"
    hint = f"Did you mean {servers[near]!r}?" if near else f"There are: {known}."
    raise UsageError(f"no server {name!r} is kept here", hint=hint)


def running(registry: Registry, settings: Settings) -> list[str]:
    """The names of the servers that run."""
    return [held.name for held in status(registry, settings) if held.state == "running"]


def _keepers(registry: Registry, settings: Settings) -> Iterator[tuple[Keeper, ScratchRequest]]:
    """The keeper of each dialect, with the shadow of the project if it is that dialect's."""
    shadow = settings.shadow_database_url
    owner = registry.claiming(shadow) if shadow else None
    for dialect in registry.dialects.values():
        keeper = dialect.keeper()
        if keeper is not None:
            url = shadow if dialect is owner else ""
            own = settings.dialect_settings(dialect.name)
            yield keeper, ScratchRequest(shadow_url=url, settings=own)
