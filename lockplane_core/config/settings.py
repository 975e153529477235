"""Settings: what a project says, layer upon layer, and where each of it was found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.config import env_file
from lockplane_core.config.file import FILE, File, find, read, root
from lockplane_core.config.unknown import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Moved = Callable[[str, str], str]

FLAG = "the command line"
"""Where a setting was found that a flag gave."""
_PATHS = ("database_url", "schema_path", "shadow_database_url")


def _as_it_is(source: str, way: str) -> str:  # noqa: ARG001 - one of the shape Moved
    return source


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a project says. `dialect` is empty where sources decide; `checks` is the table as read.

    `tables` holds the tables of plugins, by name; `found_in` the file it came from, if any,
    `origins` tells for people where a setting was found, and `notices` what may surprise them.
    """

    database_url: str = ""
    shadow_database_url: str = ""
    schema_path: str = ""
    dialect: str = ""
    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    manage: tuple[str, ...] = ()
    protected: bool = False
    online: bool = False
    strict: bool = False
    trust_sql: bool = False
    checks: dict[str, Any] = msgspec.field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    environment: str = ""
    found_in: str = ""
    origins: dict[str, str] = msgspec.field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @classmethod
    def load(cls, environment: str = "", *, moved: Moved = _as_it_is) -> Settings:
        """The settings found from the current folder upwards to the repository root.

        `moved` tells how a source with a scheme reads from here, given the way to the folder of
        its file. Raises `ConfigError` that names file and key, and the nearest key.
        """
        return load(Path.cwd(), environment, os.environ, moved)

    def dialect_settings(self, dialect: str) -> dict[str, Any]:
        """The table of a dialect's own settings."""
        return self.tables.get(dialect, {})

    def with_flags(self, **flags: object) -> Settings:
        """These settings with every flag that was given in place of what was found."""
        given = {name: value for name, value in flags.items() if value not in (None, ())}
        origins = self.origins | dict.fromkeys(given, FLAG)
        return msgspec.structs.replace(self, **given, origins=origins)


def load(
    folder: Path, environment: str, variables: Mapping[str, str], moved: Moved = _as_it_is
) -> Settings:
    """The settings as seen from `folder` with these environment variables."""
    path = find(folder)
    file, tables = read(path) if path else (File(), {})
    beside = path.parent if path else root(folder)
    merged = _Merged(folder, moved)
    merged.add(file.given(), FILE, below=beside)
    asked = environment or variables.get(env_file.SELECTOR, "")
    name = asked or file.default_environment
    if name:
        _add_environment(merged, file, beside, name)
    notices = _overridden(merged, variables, asked)
    for setting, variable in env_file.VARIABLES.items():
        found = env_file.named([(setting, variable)], variables)
        merged.add(found, f"environment variable {variable}")
    return Settings(
        **merged.values,
        checks=file.checks,
        tables=tables,
        environment=name,
        found_in=str(path) if path else "",
        origins=merged.origins,
        notices=notices,
    )


def _add_environment(merged: _Merged, file: File, beside: Path, name: str) -> None:
    """The table of an environment, then its .env file. Raises `ConfigError` for an unknown one."""
    env_file.refuse_name(name)
    path = beside / f"{env_file.PREFIX}{name}"
    if name not in file.environments and not path.is_file():
        where = f"neither in {beside / FILE} nor as {path.name}"
        known = {*file.environments, *env_file.environments(beside)}
        raise unknown(f"there is no environment {name!r}, {where}", name, known)
    if name in file.environments:
        merged.add(file.environments[name].given(), f"[environments.{name}]", below=beside)
    if path.is_file():
        found = env_file.read(path)
        merged.add(env_file.named(env_file.OURS.items(), found), path.name, below=beside)
        merged.fill(env_file.named(env_file.OTHERS, found), path.name, below=beside)


def _overridden(merged: _Merged, variables: Mapping[str, str], asked: str) -> tuple[str, ...]:
    """Where somebody asked for an environment, and a variable names another database than it."""
    return tuple(
        f"{variable} is set and goes before the {setting} of environment {asked!r}"
        for setting, variable in env_file.VARIABLES.items()
        if asked
        and variables.get(variable)
        and merged.origins.get(setting, FILE) != FILE
        and merged.values[setting] != variables[variable]
    )


class _Merged:
    """Values by name, later ones in place of earlier ones, and where each came from."""

    def __init__(self, folder: Path, moved: Moved) -> None:
        self.folder, self.moved = folder, moved
        self.values: dict[str, Any] = {}
        self.origins: dict[str, str] = {}

    def add(self, given: Mapping[str, Any], origin: str, *, below: Path | None = None) -> None:
        """Add what a layer says; a path in a file is relative to the folder of the file."""
        for name, value in given.items():
            if below and name in _PATHS:
                self.values[name] = seen_from(self.folder, below, value, self.moved)
            else:
                self.values[name] = value
            self.origins[name] = origin

    def fill(self, given: Mapping[str, Any], origin: str, *, below: Path) -> None:
        """Add only what nobody said so far."""
        missing = {name: value for name, value in given.items() if name not in self.values}
        self.add(missing, origin, below=below)


def seen_from(folder: Path, below: Path, value: str, moved: Moved) -> str:
    """A path relative to `below` as it reads from `folder`; one with a scheme as `moved` says."""
    if not value or below == folder or Path(value).is_absolute():
        return value
    if ":" in value:
        return moved(value, os.path.relpath(below, folder))
    return os.path.relpath(below / value, folder)
