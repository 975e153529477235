"""lockplane.toml: where it is found, and what may stand in it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.config.unknown import unknown
from lockplane_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "lockplane.toml"
_ROOT = ".git"
_WAYS_OUT = {
    "shadow_schema": "Scratches are databases of their own, never schemas in yours: leave it out, "
    "or name a server for them with shadow_database_url.",
    "postgres_url": "It is called database_url.",
}
"""What to do about keys of the program that came before."""


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """What may stand at the top of the file and in each environment."""

    database_url: str | msgspec.UnsetType = msgspec.UNSET
    shadow_database_url: str | msgspec.UnsetType = msgspec.UNSET
    schema_path: str | msgspec.UnsetType = msgspec.UNSET
    dialect: str | msgspec.UnsetType = msgspec.UNSET
    schemas: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    exclude: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    include: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    profiles: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    manage: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    protected: bool | msgspec.UnsetType = msgspec.UNSET
    online: bool | msgspec.UnsetType = msgspec.UNSET
    strict: bool | msgspec.UnsetType = msgspec.UNSET

    def given(self) -> dict[str, Any]:
        """What was written, by name."""
        fields = {name: getattr(self, name) for name in Values.__struct_fields__}
        return {name: value for name, value in fields.items() if value is not msgspec.UNSET}


class Environment(Values, frozen=True, kw_only=True):
    """A table `[environments.NAME]`."""

    description: str = ""


class File(Values, frozen=True, kw_only=True):
    """The whole file, without the tables of plugins."""

    default_environment: str = ""
    environments: dict[str, Environment] = msgspec.field(default_factory=dict)
    checks: dict[str, Any] = msgspec.field(default_factory=dict)


def find(folder: Path) -> Path | None:
    """The nearest lockplane.toml from `folder` up to the root of its repository.

    Outside a repository only `folder` counts: a file that somebody left in /tmp must not say
    which database is worked on.
    """
    folder = folder.absolute()
    above = [folder, *folder.parents]
    for place in above[: above.index(root(folder)) + 1]:
        if (place / FILE).is_file():
            return place / FILE
    return None


def root(folder: Path) -> Path:
    """The root of the repository that a folder is in; outside of one, the folder itself."""
    folder = folder.absolute()
    above = [folder, *folder.parents]
    return next((place for place in above if (place / _ROOT).exists()), folder)


def read(path: Path) -> tuple[File, dict[str, dict[str, Any]]]:
    """The file, and the tables in it that are for plugins.

    Raises `ConfigError` for what is no TOML, an unknown key or a wrong type.
    """
    raw = _raw(path)
    tables = {
        key: value
        for key, value in raw.items()
        if isinstance(value, dict) and key not in File.__struct_fields__
    }
    return _file({key: raw[key] for key in raw if key not in tables}, path), tables


def _raw(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deeply") from error
    except ValueError as error:  # no TOML, or a number of more digits than int() takes
        raise ConfigError(f"{path}: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error


def _file(raw: dict[str, Any], path: Path) -> File:
    _refuse_unknown(raw, File, f"{path}")
    environments = raw.get("environments", {})
    for name, table in environments.items() if isinstance(environments, dict) else ():
        if isinstance(table, dict):
            _refuse_unknown(table, Environment, f"{path}: [environments.{name}]")
    try:
        return msgspec.convert(raw, File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}") from error


def _refuse_unknown(table: Mapping[str, Any], struct: type[msgspec.Struct], place: str) -> None:
    for key in table:
        if key in _WAYS_OUT:
            raise ConfigError(f"{place}: unknown key {key!r}", hint=_WAYS_OUT[key])
        if key not in struct.__struct_fields__:
            raise unknown(f"{place}: unknown key {key!r}", key, struct.__struct_fields__)
