"""How the values of a column are stored and sampled; it never changes what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.node import Body
from lockplane_postgres.kinds import casts
from lockplane_postgres.kinds.options import set_options
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE
from lockplane_postgres.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_postgres.reader import PgReader

Storage = Literal["", "plain", "external", "extended", "main"]

COMPRESSION_SINCE = "14"
_STORAGES: dict[str, Storage] = {"p": "plain", "e": "external", "x": "extended", "m": "main"}
_METHODS = {"p": "pglz", "l": "lz4"}
_SET_DEFAULT_SINCE = 16
_MAIN = frozenset({"cidr", "inet", "numeric"})
"""The types of variable length that are not `extended` by default (pg_type.dat, 14 to 18)."""


class Tuning(Body, frozen=True, kw_only=True):
    """What is not left to the server's own choice; `options` such as `n_distinct=5`."""

    statistics: int | None = None
    storage: Storage = ""
    compression: str = ""
    options: tuple[str, ...] = ()


NONE = Tuning()
WIDTH = 4
"""How many columns of a row `read` wants."""


def columns(pg: PgReader) -> str:
    """What `read` wants of `pg_attribute a` and its `pg_type y`."""
    compression = pg.since(COMPRESSION_SINCE, "a.attcompression", "''")
    return (
        "coalesce(a.attstattarget, -1), CASE WHEN a.attstorage <> y.typstorage "
        f"THEN a.attstorage ELSE '' END::text, {compression}::text, a.attoptions"
    )


def read(row: Sequence[Any]) -> Tuning | None:
    """The tuning in such columns of a row; None where all is the server's own choice."""
    statistics, storage, compression, options = row
    found = Tuning(
        statistics=None if statistics < 0 else statistics,
        storage=_STORAGES[storage] if storage else "",
        compression=_METHODS[compression] if compression else "",
        options=tuple(sorted(options or ())),
    )
    return None if found == NONE else found


# -- statements --------------------------------------------------------------------------------


class Retuning(NamedTuple):
    """Actions of ALTER COLUMN about one matter, and the lock that they take."""

    matter: str
    actions: list[str]
    mode: str


def retunings(old: Tuning | None, new: Tuning | None, usual: str) -> Iterator[Retuning]:
    """What leads from one tuning to the other; `usual` is the storage that the type has itself.

    Raises `UnsupportedChange` where that is wanted and not known.
    """
    old, new = old or NONE, new or NONE
    if old.storage and not new.storage and not usual:
        raise UnsupportedChange(
            "PostgreSQL has no word for the storage that a type of your own has before 16",
            hint="Say STORAGE for this column in the schema.",
        )
    stored = []
    if old.storage != new.storage:
        stored.append(f"SET STORAGE {new.storage or usual}")
    if old.compression != new.compression:
        stored.append(f"SET COMPRESSION {new.compression or 'default'}")
    if stored:
        yield Retuning("storage", stored, ACCESS_EXCLUSIVE)
    sampled = []
    if old.statistics != new.statistics:
        sampled.append(f"SET STATISTICS {-1 if new.statistics is None else new.statistics}")
    sampled += set_options(old.options, new.options)
    if sampled:
        yield Retuning("statistics", sampled, SHARE_UPDATE_EXCLUSIVE)


def tuned(words: str, column: str, tuning: Tuning | None) -> Iterator[str]:
    """What follows the statement that makes a column; `words` begin it (`ALTER TABLE t`)."""
    actions = [action for part in retunings(None, tuning, "") for action in part.actions]
    if actions:
        yield f"{words} {altering(column, actions)}"


def altering(column: str, actions: Iterable[str]) -> str:
    """The actions as parts of one statement."""
    return ", ".join(f"ALTER COLUMN {quote(column)} {action}" for action in actions)


def retyped(tuning: Tuning | None) -> Tuning:
    """What is left of a tuning when the column gets another type."""
    return msgspec.structs.replace(tuning or NONE, storage="", compression="")


def usual_storage(type_: str, major: int) -> str:
    """How SET STORAGE calls what the type has itself; empty where an old server has no word."""
    if major >= _SET_DEFAULT_SINCE:
        return "default"
    if not casts.is_builtin(type_):
        return ""
    return "main" if casts.base(type_) in _MAIN else "extended"
