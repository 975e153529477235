"""A throw-away server in a container, where a project configured it and an engine answers."""

from __future__ import annotations

import gc
import secrets
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.errors import ConfigError, ScratchError
from lockplane_postgres.server.conninfo import written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

IMAGE = "postgres:{major}"
_USER = "lockplane"
_COMMAND = (
    "postgres -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off "
    "-c max_locks_per_transaction=1024 -c max_logical_replication_workers=0"
)


class Docker(msgspec.Struct, frozen=True):
    """What the table [postgres] of lockplane.toml says of Docker."""

    wanted: bool
    image: str

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> Docker:
        """Read the settings. Raises `ConfigError`."""
        wanted, image = settings.get("docker", False), settings.get("docker_image", IMAGE)
        if not isinstance(wanted, bool):
            raise ConfigError(f"[postgres] docker is true or false, not {wanted!r}")
        if not isinstance(image, str) or not image:
            raise ConfigError(f"[postgres] docker_image is the name of an image, not {image!r}")
        return cls(wanted, image)


class Container:
    """A server in a container; see `lockplane_postgres.server.cluster.Server`."""

    def __init__(self, container: Any, image: str, major: int, password: str) -> None:
        self.place = f"Docker {image}"
        self.major = major
        self._container = container
        self._values = {
            "host": container.get_container_host_ip(),
            "port": str(container.get_exposed_port(5432)),
            "user": _USER,
            "password": password,
            "sslmode": "disable",
        }

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        with suppress(Exception):
            wrapped = self._container.get_wrapped_container()
            wrapped.reload()
            return bool(wrapped.status == "running")
        return False

    def dsn(self, dbname: str = "postgres") -> str:
        """The conninfo of a database on it."""
        return written(self._values | {"dbname": dbname})

    def stop(self) -> None:
        """Remove it, once or more often. Never raises."""
        with suppress(Exception):
            self._container.stop()


def start_container(docker: Docker, major: int) -> Container:
    """Start a server of that major. Raises `ScratchError` where no engine answers."""
    image = docker.image.replace("{major}", str(major))
    try:
        from testcontainers.community.postgres import PostgresContainer
    except ImportError as error:
        raise ScratchError(
            f"Docker is configured, and testcontainers is not installed: {error}",
            hint="python -m pip install 'lockplane-postgres[docker]'",
        ) from error
    if not engine_answers():
        raise ScratchError(
            f"Docker is configured for {image}, and no Docker engine answers",
            hint="Start it (docker info), or leave `docker` out of [postgres] in lockplane.toml.",
        )
    password = secrets.token_hex(8)
    try:
        container = PostgresContainer(
            image, username=_USER, password=password, dbname="postgres", driver=None
        ).with_command(_COMMAND)
        container.start()
    except Exception as error:
        raise ScratchError(f"a container of {image} could not be started: {error}") from error
    return Container(container, image, major, password)


def engine_answers() -> bool:
    """Whether a Docker engine can be reached."""
    with _quiet():
        try:
            import docker

            return bool(docker.from_env().ping())
        except Exception:  # noqa: BLE001 - docker's client raises what its transport raises
            return False


@contextmanager
def _quiet() -> Iterator[None]:
    """Without warnings: docker's client leaves its socket open without an engine (docker 7.1)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            yield
        finally:
            gc.collect()
