"""SqliteKeeper: files of scratches that runs which died have left. SQLite needs no server."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from lockplane_core.spi.keeper import Holding, Keeper
from lockplane_sqlite.address import address
from lockplane_sqlite.shadow import APPLICATION_ID, MARKER, remove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lockplane_core.spi.shadow import ScratchRequest

_NAME = re.compile(rf"{MARKER}-[0-9a-f]{{16}}\.db")
_STALE_SECONDS = 3600


class SqliteKeeper(Keeper):
    """See `Keeper`."""

    def status(self, request: ScratchRequest) -> Iterator[Holding]:
        """The leftovers beside the file that is named as the shadow."""
        for path in _leftovers(request):
            yield Holding(f"scratch {path.name}", "leftover", str(path))

    def clean(self, request: ScratchRequest) -> Iterator[Holding]:
        """Remove them."""
        for path in _leftovers(request):
            remove(path)
            yield Holding(f"scratch {path.name}", "removed", str(path))


def _leftovers(request: ScratchRequest) -> list[Path]:
    """Files under the name of a scratch, with its mark, that nobody has touched for an hour."""
    path = address(request.shadow_url).path if request.shadow_url else None
    folder = path.absolute().parent if path else None
    found = sorted(folder.glob(f"{MARKER}-*")) if folder else []
    return [file for file in found if _NAME.fullmatch(file.name) and _is_dead(file)]


def _is_dead(path: Path) -> bool:
    with suppress(OSError, sqlite3.Error):
        is_old = path.stat().st_mtime < time.time() - _STALE_SECONDS
        return is_old and (path.stat().st_size == 0 or _is_ours(path))
    return False


def _is_ours(path: Path) -> bool:
    """Whether the head of the file bears our mark; one that is in use is not looked at."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)) as connection:
        ((mark,),) = connection.execute("PRAGMA application_id").fetchall()
    return bool(mark == APPLICATION_ID)
