"""Program: what the commands of one call share: plugins, flags, and the project they open."""

from __future__ import annotations

import os
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from lockplane_core.cli import output
from lockplane_core.cli.line import Line
from lockplane_core.cli.signals import Interruption
from lockplane_core.errors import ConfigError, UsageError
from lockplane_core.nearest import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lockplane_core.app import Lockplane
    from lockplane_core.config import Settings
    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.format import FindingsFormat, PlanFormat

COMPLETING = "_LOCKPLANE_COMPLETE"
"""The variable by which a shell asks for completions; click makes its name of the program's."""
DEFAULT_DATABASE = "postgres://lockplane:lockplane@localhost:5432/lockplane?sslmode=disable"
"""The database of a command that works on one, where nobody named any."""


class Program:
    """The state of one call of the command line."""

    def __init__(self, registry: Callable[[], Registry]) -> None:
        self._load = registry
        self._warned: set[str] = set()
        self.flags: dict[str, Any] = {}
        self.environment = ""
        self.debug = False
        self.is_default = False
        self.interruption = Interruption()

    @cached_property
    def registry(self) -> Registry:
        """The plugins, loaded when the first of them is needed."""
        registry = self._load()
        self._warn(registry)
        return registry

    def warn_of_broken_plugins(self) -> None:
        """Name, once, each plugin that turned out to be unusable."""
        if "registry" in self.__dict__:
            self._warn(self.registry)

    def _warn(self, registry: Registry) -> None:
        if COMPLETING in os.environ:  # somebody is in the middle of typing
            return
        for broken in registry.broken:
            if broken.name not in self._warned:
                self._warned.add(broken.name)
                output.warn(f"the plugin {broken.name!r} can not be used: {broken.error}")

    def open(self) -> Lockplane:
        """The project as files, environment and flags describe it."""
        from lockplane_core.app import Lockplane

        return Lockplane(self.registry, self.settings, busy=Line())

    @cached_property
    def settings(self) -> Settings:
        """What flags say, then the environment, then files."""
        from lockplane_core.app import agree
        from lockplane_core.config import Settings
        from lockplane_core.engine import sources

        moved = partial(sources.moved, self.registry)
        found = Settings.load(self.environment, moved=moved).with_flags(**self.flags)
        agree(found, self.registry)
        for notice in found.notices:
            output.notice(notice)
        return found

    def database(self, *sources: str | None) -> str:
        """The database to work on: as configured, else a source that is one, else the default."""
        live = (s for s in sources if s and self.registry.claiming(s))
        named = self.settings.database_url or next(live, "")
        if named:
            return named
        if self.settings.environment:
            raise ConfigError(
                f"the environment {self.settings.environment!r} names no database",
                hint=f"Put DATABASE_URL into .env.{self.settings.environment}, or database_url "
                f"into [environments.{self.settings.environment}] of lockplane.toml.",
            )
        default = self.registry.claiming(DEFAULT_DATABASE)
        if default and self.settings.dialect in ("", default.name):
            self.is_default = True
            return DEFAULT_DATABASE
        raise UsageError(
            "no database is named",
            hint="Use --db URL, DATABASE_URL, or database_url in lockplane.toml.",
        )

    def desired(self) -> str:
        """The schema of the project."""
        from pathlib import Path

        from lockplane_core.app import schema_folder

        found = schema_folder(self.settings, Path.cwd())
        if found:
            return found
        raise UsageError(
            "no schema is named, and there is no folder schema/",
            hint="Name a .lp.sql file or a folder, or set schema_path in lockplane.toml.",
        )

    def plan_format(self, name: str) -> PlanFormat:
        """The format of that name for plans."""
        return self.format("plan", name)  # type: ignore[return-value]  # by its key

    def format(self, writes: str, name: str) -> PlanFormat | FindingsFormat:
        """The format of that name for plans, or for findings. Raises `UsageError`."""
        formats: Mapping[tuple[str, str], PlanFormat | FindingsFormat] = self.registry.formats
        if (writes, name) in formats:
            return formats[writes, name]
        known = sorted(key[1] for key in formats if key[0] == writes)
        hint = f"{meant(name, known)} Installed are: {', '.join(known)}.".lstrip()
        raise UsageError(f"no format {name!r} for {writes}", hint=hint)
