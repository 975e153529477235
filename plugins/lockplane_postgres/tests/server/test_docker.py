"""Docker, where a project configured it: what happens without an engine, and with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.errors import ConfigError, ScratchError
from lockplane_core.spi.shadow import ScratchRequest
from lockplane_postgres.server import find_embedded
from lockplane_postgres.server.docker import Docker, engine_answers, start_container
from lockplane_postgres.shadows import Shadows

if TYPE_CHECKING:
    from pathlib import Path

MISSING = "14"
"""A major that this machine has no programs of, unless somebody installed them."""
CONFIGURED = {"docker": True}


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address at which no engine can be."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")


def test_without_an_engine_another_server_is_used_and_that_is_told(
    no_engine: None, empty_cache: Path
) -> None:
    shadows = Shadows()
    try:
        found = shadows.find(ScratchRequest(version=f"{MISSING}.1", settings=CONFIGURED))
        notice, other_major = found.notices
        assert "scratches are made on" in other_major
        assert "Docker is configured for postgres:14, and no Docker engine answers" in notice
        assert "another server is used" in notice
        with found.scratch() as session:
            assert session.query("SELECT 1") == [(1,)]
    finally:
        shadows.close()


def test_docker_is_not_asked_where_the_major_is_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lockplane_postgres.shadows.start_container", None)
    embedded = find_embedded()
    assert embedded
    shadows = Shadows()
    try:
        found = shadows.find(ScratchRequest(version=embedded.version, settings=CONFIGURED))
        assert found.notices == ()
        assert found.version == embedded.version
    finally:
        shadows.close()


def test_docker_is_not_asked_where_nobody_configured_it(
    monkeypatch: pytest.MonkeyPatch, empty_cache: Path
) -> None:
    monkeypatch.setattr("lockplane_postgres.shadows.start_container", None)
    shadows = Shadows()
    try:
        (notice,) = shadows.find(ScratchRequest(version=f"{MISSING}.1")).notices
        assert "Docker" not in notice
    finally:
        shadows.close()


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"docker": "yes"}, "docker is true or false"), ({"docker_image": 3}, "name of an image")],
)
def test_settings_that_can_not_be(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Docker.of(settings)


def test_a_container_is_a_server_like_another() -> None:
    """With an engine it serves; without one it says which image was wanted, and what to do."""
    docker = Docker(wanted=True, image="postgres:{major}-alpine")
    if not engine_answers():
        with pytest.raises(ScratchError, match="postgres:16-alpine") as caught:
            start_container(docker, 16)
        assert "docker info" in caught.value.hint
        return
    shadows = Shadows()
    try:
        settings = {"docker": True, "docker_image": docker.image}
        found = shadows.find(ScratchRequest(version=f"{MISSING}.1", settings=settings))
        assert found.version.startswith(MISSING)
        assert "Docker" in found.judge
        with found.scratch() as session:
            assert session.query("SELECT 1") == [(1,)]
    finally:
        shadows.close()
