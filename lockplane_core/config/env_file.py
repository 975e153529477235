"""Environment variables, and the files `.env.NAME` that hold them for one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

PREFIX = ".env."
EXAMPLE = ".example"
SELECTOR = "LOCKPLANE_ENV"

VARIABLES = {
    "database_url": "DATABASE_URL",
    "shadow_database_url": "SHADOW_DATABASE_URL",
}
"""The environment variable for each setting that has one."""

OURS = {**VARIABLES, "schema_path": "SCHEMA_PATH"}
"""What a .env file may say of settings, by setting."""

OTHERS = (
    ("database_url", "POSTGRES_URL"),
    ("database_url", "SQLITE_DB_PATH"),
    ("database_url", "LIBSQL_URL"),
    ("shadow_database_url", "POSTGRES_SHADOW_URL"),
    ("shadow_database_url", "SQLITE_SHADOW_DB_PATH"),
    ("shadow_database_url", "SHADOW_SQLITE_DB_PATH"),
    ("shadow_database_url", "LIBSQL_SHADOW_DB_PATH"),
)
"""Names that hosting products write into .env files: read where nothing else says more."""


def read(path: Path) -> dict[str, str]:
    """What a file says. Raises `ConfigError`."""
    from dotenv import dotenv_values

    try:
        found = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return {key: value for key, value in found.items() if value}


def named(names: Iterable[tuple[str, str]], variables: Mapping[str, str]) -> dict[str, str]:
    """The settings that variables give; the first name of a setting wins."""
    found: dict[str, str] = {}
    for setting, variable in names:
        if variables.get(variable):
            found.setdefault(setting, variables[variable])
    return found


def refuse_name(name: str) -> None:
    """Raise `ConfigError` for a name that no environment can have: it is part of a file's name."""
    if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        hint = "Use letters, digits, - and _."
        raise ConfigError(f"{name!r} can not name an environment", hint=hint)


def environments(folder: Path) -> list[str]:
    """The environments that have a file in a folder."""
    paths = sorted(folder.glob(f"{PREFIX}*"))
    names = [path.name.removeprefix(PREFIX) for path in paths if path.is_file()]
    return [name for name in names if not name.endswith(EXAMPLE)]
