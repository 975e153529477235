"""The shadows of a process: which server a scratch is made on, and when our own are stopped."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from lockplane_core.errors import ScratchError
from lockplane_postgres.server import Servers, choose
from lockplane_postgres.server.docker import Container, Docker, start_container
from lockplane_postgres.shadow import NamedShadow, OwnShadow, what_is_apart

if TYPE_CHECKING:
    from collections.abc import Collection

    from lockplane_core.spi.shadow import ScratchRequest
    from lockplane_postgres.server import Server
    from lockplane_postgres.shadow import PgShadow


class Shadows:
    """The shadows of one process: servers of our own are started once, and stopped at its end."""

    def __init__(self) -> None:
        self._servers = Servers()
        self._own: dict[Server | Container, OwnShadow] = {}
        self._containers: dict[tuple[Docker, int], Container] = {}

    def find(self, request: ScratchRequest) -> PgShadow:
        """The shadow that was named, else one of our own. Raises `ScratchError`."""
        if request.shadow_url:
            return NamedShadow(request)
        major = int(request.version.partition(".")[0]) if request.version else None
        docker = Docker.of(request.settings)
        notices: tuple[str, ...] = ()
        server: Server | Container | None = None
        if docker.wanted and major and not self._is_here(major, request.extensions):
            try:
                server = self._container(docker, major)
            except ScratchError as error:
                notices = (f"{error.message}; another server is used. {error.hint}",)
        server = server or self._servers.shared_server(major, request.extensions)
        if server not in self._own:
            self._own[server] = OwnShadow(server)
        shadow = self._own[server]
        shadow.apart = what_is_apart(request.version, shadow.version)
        shadow.notices = (*notices, *filter(None, [shadow.apart]))
        if isinstance(server, Container):
            shadow.require(request.extensions)
        return shadow

    def _is_here(self, major: int, extensions: Collection[str]) -> bool:
        """Whether this machine has programs of that major with those extensions."""
        with suppress(ScratchError):
            return choose(major, extensions).major == major
        return False

    def _container(self, docker: Docker, major: int) -> Container:
        key = docker, major
        if key not in self._containers or not self._containers[key].alive:
            self._containers[key] = start_container(docker, major)
        return self._containers[key]

    def close(self) -> None:
        """Stop our own servers; scratches go with them."""
        while self._own:
            self._own.popitem()[1].admin.close()
        while self._containers:
            self._containers.popitem()[1].stop()
        self._servers.close()
