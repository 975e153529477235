"""Agreeing: settings that contradict what is installed, or one another, are errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.config.settings import FLAG
from lockplane_core.config.unknown import unknown
from lockplane_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from lockplane_core.config.settings import Settings
    from lockplane_core.spi.command import Setting
    from lockplane_core.spi.dialect import Dialect


def refuse_unknown_tables(settings: Settings, known: Iterable[Setting]) -> None:
    """Raise `ConfigError` for a table, or a key in one, that no installed plugin reads."""
    keys: dict[str, set[str]] = {}
    for setting in known:
        keys.setdefault(setting.table, set()).add(setting.key)
    for table, values in settings.tables.items():
        place = f"{settings.found_in}: [{table}]"
        if table not in keys:
            raise unknown(f"{place} is read by no installed plugin", table, [*keys, "checks"])
        for key in values:
            if key not in keys[table]:
                raise unknown(f"{place}: unknown key {key!r}", key, keys[table])


def refuse_contradiction(
    settings: Settings, dialects: Collection[str], claiming: Callable[[str], Dialect | None]
) -> None:
    """Raise `ConfigError` for a dialect that is not installed, or not the one of the database.

    A flag may name another one than that of a database from elsewhere, which a command that
    only reads files does not look at.
    """
    wanted = settings.dialect
    if not wanted:
        return
    said_by = settings.origins.get("dialect", "")
    if wanted not in dialects:
        raise unknown(f"dialect {wanted!r} ({said_by}) is not installed", wanted, dialects)
    url_from = settings.origins.get("database_url", "")
    if not settings.database_url or (said_by == FLAG != url_from):
        return
    found = claiming(settings.database_url)
    if found is not None and found.name != wanted:
        raise ConfigError(
            f"dialect {wanted!r} ({said_by}) contradicts the database URL ({url_from}), "
            f"which is one of {found.title}",
            hint=f"Say {_spelled(found.name, said_by)}, or name another database.",
        )


def _spelled(dialect: str, said_by: str) -> str:
    return f"--dialect {dialect}" if said_by == FLAG else f'dialect = "{dialect}" in {said_by}'
