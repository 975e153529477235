"""Scenario N14: `lockplane init docker-compose`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from lockplane_core.testing.shell import Shell

TEXT = """\
services:
  # the only one
  db:
    image: postgres:16
    environment:
      POSTGRES_DB: shop
      POSTGRES_USER: me
      POSTGRES_PASSWORD: hunter2
    ports:
      - "127.0.0.1:5432:5432"
    healthcheck:
      test: pg_isready
    volumes:
      - data:/var/lib/postgresql/data

volumes:
  data:
"""


@pytest.mark.parametrize("name", ["docker-compose.yml", "compose.yaml"])
def test_n14_a_shadow_is_added_once(lockplane: Shell, name: str) -> None:
    path = lockplane.write(name, TEXT)
    done = lockplane("init", "docker-compose").succeeded()
    assert f"Added the service shadow to {name}" in done.out
    assert "port 5433" in done.out
    assert "docker compose up -d" in done.out
    assert "hunter2" not in done.out + done.err
    added = path.read_text("utf-8")
    services = yaml.safe_load(added)["services"]
    shadow, db = services["shadow"], services["db"]
    assert shadow["environment"] == db["environment"] | {"POSTGRES_DB": "shop_shadow"}
    assert shadow["image"] == db["image"]
    assert shadow["healthcheck"] == db["healthcheck"]
    assert "volumes" not in shadow
    assert shadow["ports"] == ["127.0.0.1:5433:5432"]
    kept = iter(added.splitlines())
    assert all(line in kept for line in TEXT.splitlines())  # in their order
    again = lockplane("init", "docker-compose", "--file", name).succeeded()
    assert "no changes" in again.out
    assert path.read_text("utf-8") == added
    assert not (lockplane.folder / "lockplane.toml").exists()


def test_n14_the_next_port_is_taken_and_a_list_of_variables_read(lockplane: Shell) -> None:
    path = lockplane.write(
        "compose.yml",
        "services:\n  db:\n    image: postgres\n    environment: [POSTGRES_DB=a]\n"
        "  web:\n    image: nginx\n    ports: ['5433:80']\n",
    )
    lockplane("init", "docker-compose").succeeded()
    shadow = yaml.safe_load(path.read_text("utf-8"))["services"]["shadow"]
    assert shadow["environment"] == ["POSTGRES_DB=a_shadow"]
    assert shadow["ports"] == ["5434:5432"]


def test_n14_without_a_file_or_a_postgresql_nothing_happens(lockplane: Shell) -> None:
    names = ("docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")
    lockplane("init", "docker-compose").refused(*names)
    path = lockplane.write("compose.yml", "services:\n  web:\n    image: nginx\n")
    before = path.read_bytes()
    lockplane("init", "docker-compose").refused("no PostgreSQL service", "was not changed")
    assert path.read_bytes() == before
    assert [file.name for file in lockplane.folder.iterdir()] == ["compose.yml"]
