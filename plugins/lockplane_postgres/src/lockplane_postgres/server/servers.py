"""The servers of one process: each is started once and shared."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from lockplane_postgres.server.cluster import start
from lockplane_postgres.server.reap import reap
from lockplane_postgres.server.search import choose

if TYPE_CHECKING:
    from collections.abc import Collection

    from lockplane_postgres.server.binaries import Binaries
    from lockplane_postgres.server.cluster import Server
    from lockplane_postgres.server.reap import Reaped


class Servers:
    """Starts the server that suits, and hands out the same one for the same need.

    `reaped` is what dead runs had left behind when the first server was started.
    """

    def __init__(self) -> None:
        self.reaped: tuple[Reaped, ...] = ()
        self._lock = threading.Lock()
        self._chosen: dict[tuple[int | None, frozenset[str]], Binaries] = {}
        self._started: dict[Binaries, Server] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def shared_server(self, major: int | None, extensions: Collection[str] = ()) -> Server:
        """A running server for a target of that major; raises `ScratchError`.

        One that died meanwhile is replaced.
        """
        with self._lock:
            binaries = self._choice(major, frozenset(extensions))
            server = self._started.get(binaries)
            if server is None or not server.alive:
                server = self._replaced(binaries, server)
            return server

    def close(self) -> None:
        """Stop them all."""
        with self._lock:
            while self._started:
                self._started.popitem()[1].stop()

    def _choice(self, major: int | None, extensions: frozenset[str]) -> Binaries:
        wanted = (major, extensions)
        if wanted not in self._chosen:
            self._chosen[wanted] = choose(major, extensions)
        return self._chosen[wanted]

    def _replaced(self, binaries: Binaries, dead: Server | None) -> Server:
        if dead is not None:
            dead.stop()
        if not self._started:
            self.reaped += reap()
        self._started[binaries] = start(binaries)
        return self._started[binaries]
