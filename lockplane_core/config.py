"""Settings: flags, environment variables, .env files and lockplane.toml, in this order."""

from __future__ import annotations

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lockplane_core.spi.command import Setting

FILE = "lockplane.toml"
SELECTOR = "LOCKPLANE_ENV"
_ROOT = ".git"

VARIABLES = {
    "database_url": "DATABASE_URL",
    "shadow_database_url": "SHADOW_DATABASE_URL",
}
"""The environment variable for each setting that has one."""

_DOTENV = {**VARIABLES, "schema_path": "SCHEMA_PATH"}
_DOTENV_ELSE = (
    ("database_url", "POSTGRES_URL"),
    ("database_url", "SQLITE_DB_PATH"),
    ("shadow_database_url", "POSTGRES_SHADOW_URL"),
    ("shadow_database_url", "SQLITE_SHADOW_DB_PATH"),
)
"""Names that hosting products write into .env files: read where nothing else says more."""

_PATHS = ("database_url", "schema_path", "shadow_database_url")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a project says. `dialect` is empty where sources decide; `checks` is the table as read.

    `tables` holds the tables of plugins, by name; `found_in` the file it came from, if any, and
    `origins` tells for people where a setting was found.
    """

    database_url: str = ""
    shadow_database_url: str = ""
    schema_path: str = ""
    dialect: str = ""
    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    protected: bool = False
    trust_sql: bool = False
    checks: dict[str, Any] = msgspec.field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    environment: str = ""
    found_in: str = ""
    origins: dict[str, str] = msgspec.field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path | None = None, environment: str = "") -> Settings:
        """The settings found from `folder` (the current one) upwards to the repository root.

        Raises `ConfigError` that names file and key, and the nearest key.
        """
        return load(folder or Path.cwd(), environment, os.environ)

    def dialect_settings(self, dialect: str) -> dict[str, Any]:
        """The table of a dialect's own settings."""
        return self.tables.get(dialect, {})


class _Values(msgspec.Struct, frozen=True, kw_only=True):
    """What may stand at the top of the file and in each environment."""

    database_url: str | msgspec.UnsetType = msgspec.UNSET
    shadow_database_url: str | msgspec.UnsetType = msgspec.UNSET
    schema_path: str | msgspec.UnsetType = msgspec.UNSET
    dialect: str | msgspec.UnsetType = msgspec.UNSET
    schemas: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    exclude: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    protected: bool | msgspec.UnsetType = msgspec.UNSET

    def given(self) -> dict[str, Any]:
        """What was written, by name."""
        fields = {name: getattr(self, name) for name in _Values.__struct_fields__}
        return {name: value for name, value in fields.items() if value is not msgspec.UNSET}


class _Environment(_Values, frozen=True, kw_only=True):
    """A table `[environments.NAME]`."""

    description: str = ""


class _File(_Values, frozen=True, kw_only=True):
    """The whole file, without the tables of plugins."""

    default_environment: str = ""
    environments: dict[str, _Environment] = msgspec.field(default_factory=dict)
    checks: dict[str, Any] = msgspec.field(default_factory=dict)


def load(folder: Path, environment: str, variables: Mapping[str, str]) -> Settings:
    """The settings as seen from `folder` with these environment variables."""
    path = _find(folder)
    raw = _read(path) if path else {}
    tables = {
        k: v for k, v in raw.items() if isinstance(v, dict) and k not in _File.__struct_fields__
    }
    file = _file({key: value for key, value in raw.items() if key not in tables}, path)
    name = environment or variables.get(SELECTOR, "") or file.default_environment
    merged = _Merged(folder)
    merged.add(file.given(), path.name if path else "", below=path.parent if path else folder)
    if name:
        _add_environment(merged, file, path, name)
    for setting, variable in VARIABLES.items():
        merged.add(_named([(setting, variable)], variables), f"environment variable {variable}")
    return Settings(
        **merged.values,
        checks=file.checks,
        tables=tables,
        environment=name,
        found_in=str(path) if path else "",
        origins=merged.origins,
    )


def _add_environment(merged: _Merged, file: _File, path: Path | None, name: str) -> None:
    """The table of an environment, then its .env file. Raises `ConfigError` for an unknown one."""
    beside = path.parent if path else merged.folder
    dotenv = beside / f".env.{name}"
    if not name.replace("-", "").replace("_", "").isalnum():
        hint = "Use letters, digits, - and _."
        raise ConfigError(f"{name!r} can not name an environment", hint=hint)
    if name not in file.environments and not dotenv.is_file():
        where = f"neither in {path or FILE} nor as {dotenv.name}"
        raise _unknown(f"there is no environment {name!r}, {where}", name, file.environments)
    if name in file.environments:
        merged.add(file.environments[name].given(), f"[environments.{name}]", below=beside)
    if dotenv.is_file():
        found = _dotenv(dotenv)
        merged.add(_named(_DOTENV.items(), found), dotenv.name, below=beside)
        merged.fill(_named(_DOTENV_ELSE, found), dotenv.name, below=beside)


def _dotenv(path: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    try:
        found = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return {key: value for key, value in found.items() if value}


def _named(names: Iterable[tuple[str, str]], variables: Mapping[str, str]) -> dict[str, str]:
    """The settings that variables give; the first name of a setting wins."""
    found: dict[str, str] = {}
    for setting, variable in names:
        if variables.get(variable):
            found.setdefault(setting, variables[variable])
    return found


class _Merged:
    """Values by name, later ones in place of earlier ones, and where each came from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.values: dict[str, Any] = {}
        self.origins: dict[str, str] = {}

    def add(self, given: Mapping[str, Any], origin: str, *, below: Path | None = None) -> None:
        """Add what a layer says; a plain path in a file is relative to the folder of the file."""
        for name, value in given.items():
            is_path = name in _PATHS
            self.values[name] = _seen_from(self.folder, below, value) if is_path else value
            self.origins[name] = origin

    def fill(self, given: Mapping[str, Any], origin: str, *, below: Path) -> None:
        """Add only what nobody said so far."""
        missing = {name: value for name, value in given.items() if name not in self.values}
        self.add(missing, origin, below=below)


def _seen_from(folder: Path, below: Path | None, value: str) -> str:
    """A relative path as it reads from `folder`; an address or a prefixed source as it is."""
    if below is None or below == folder or ":" in value or Path(value).is_absolute():
        return value
    return os.path.relpath(below / value, folder)


def _find(folder: Path) -> Path | None:
    """The nearest lockplane.toml from `folder` up to the root of its repository.

    Outside a repository only `folder` counts: a file that somebody left in /tmp must not say
    which database is worked on.
    """
    folder = folder.absolute()
    above = [folder, *folder.parents]
    root = next((place for place in above if (place / _ROOT).exists()), folder)
    for place in above[: above.index(root) + 1]:
        if (place / FILE).is_file():
            return place / FILE
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error


def _file(raw: dict[str, Any], path: Path | None) -> _File:
    """The file as structs. Raises `ConfigError` for an unknown key or a wrong type."""
    _refuse_unknown(raw, _File, f"{path}")
    environments = raw.get("environments", {})
    for name, table in environments.items() if isinstance(environments, dict) else ():
        if isinstance(table, dict):
            _refuse_unknown(table, _Environment, f"{path}: [environments.{name}]")
    try:
        return msgspec.convert(raw, _File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error


def _refuse_unknown(table: Mapping[str, Any], struct: type[msgspec.Struct], place: str) -> None:
    for key in table:
        if key not in struct.__struct_fields__:
            raise _unknown(f"{place}: unknown key {key!r}", key, struct.__struct_fields__)


def refuse_unknown_tables(settings: Settings, known: Iterable[Setting]) -> None:
    """Raise `ConfigError` for a table, or a key in one, that no installed plugin reads."""
    keys: dict[str, set[str]] = {}
    for setting in known:
        keys.setdefault(setting.table, set()).add(setting.key)
    for table, values in settings.tables.items():
        place = f"{settings.found_in}: [{table}]"
        if table not in keys:
            raise _unknown(f"{place} is read by no installed plugin", table, [*keys, "checks"])
        for key in values:
            if key not in keys[table]:
                raise _unknown(f"{place}: unknown key {key!r}", key, keys[table])


def _unknown(message: str, key: str, known: Iterable[str]) -> ConfigError:
    names = sorted(known)
    near = get_close_matches(key, names, n=1)
    if near:
        return ConfigError(message, hint=f"Did you mean {near[0]!r}?")
    return ConfigError(message, hint=f"Known are: {', '.join(names) or 'none'}.")
