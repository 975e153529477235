"""The fake product as a project: the API over it, without any installed plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.app import Lockplane
from lockplane_core.builtin import builtins
from lockplane_core.config import Settings
from lockplane_core.plugins.discovery import Found
from lockplane_core.plugins.registry import Registry
from lockplane_core.testing.fakes.dialect import FakeDialect, FakePlugin
from lockplane_core.testing.fakes.server import FakeServer

if TYPE_CHECKING:
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.kind import Kind


def fake_registry(
    server: FakeServer, *, dialect: FakeDialect | None = None, **plugins: object
) -> Registry:
    """The built-in plugins, the fake product or a variant, and further plugins by name."""
    named: dict[str, object] = {"fake": FakePlugin(server, dialect), **plugins}
    found = [
        Found(name=name, distribution=f"dist-{name}", version="1", plugin=plugin)
        for name, plugin in named.items()
    ]
    registry: Registry
    registry = Registry(found, builtins(lambda: registry))
    return registry


def fake_lockplane(
    server: FakeServer,
    *,
    settings: Settings | None = None,
    dialect: FakeDialect | None = None,
    **plugins: object,
) -> Lockplane:
    """The API over the fake product or a variant; `plugins` are further plugins by name."""
    registry = fake_registry(server, dialect=dialect, **plugins)
    return Lockplane(registry, settings or Settings(dialect="fake"))


def fake_catalog(script: str = "") -> Catalog:
    """What a database reads like in which the lines of a script have run."""
    server = FakeServer()
    server.create("main", script)
    plugin = FakePlugin(server)
    kinds = list(plugin.lockplane_kinds(FakeDialect.name))
    return FakeDialect(server).introspect(server.connect("main", writes=False), kinds)


def fake_kinds() -> dict[str, Kind]:
    """The kinds of the fake product by tag, parents first."""
    kinds = FakePlugin(FakeServer()).lockplane_kinds(FakeDialect.name)
    return {kind.tag: kind for kind in kinds}
