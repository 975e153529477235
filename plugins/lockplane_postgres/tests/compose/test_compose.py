"""A Compose file gets a shadow, and keeps every byte that it had."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest
import yaml

from lockplane_core.errors import Refused, SourceError
from lockplane_postgres.compose.file import CANDIDATES, ComposeText, find, replace

if TYPE_CHECKING:
    from pathlib import Path

FULL = """\
# our stack
version: "3.9"   # old

x-env: &env {TZ: UTC, POSTGRES_USER: other}

services:
  web:
    build: .
    environment: {POSTGRES_DB: app, POSTGRES_USER: me, POSTGRES_PASSWORD: x}

  # the database
  db:
    image: postgres:16   # pinned
    environment:
      <<: *env
      POSTGRES_USER: app
      POSTGRES_PASSWORD: 0123
      POSTGRES_DB: app
    ports:
      - 127.0.0.1:5432:5432
    healthcheck:
      test: ["CMD-SHELL", "pg_isready -U app"]
      interval: 5s
    volumes:
      - data:/var/lib/postgresql/data
    # - a comment of db

# of the volumes
volumes:
  data: {}
"""


def compose(folder: Path, text: str) -> ComposeText:
    """A file with a text."""
    path = folder / "docker-compose.yml"
    path.write_bytes(text.encode())
    return ComposeText(path)


def service(folder: Path, text: str) -> dict[str, object]:
    """The shadow of a file whose one service `db` has these lines."""
    whole = "services:\n  db:\n" + indent(dedent(text).strip() + "\n", "    ")
    found = yaml.safe_load(compose(folder, whole).with_shadow())["services"]["shadow"]
    assert isinstance(found, dict)
    return found


def test_the_service_is_added_and_all_else_keeps_its_bytes(tmp_path: Path) -> None:
    text = compose(tmp_path, FULL).with_shadow()
    before, after = text.split("    # - a comment of db\n")
    assert FULL.startswith(before)
    added, rest = after.split("\n# of the volumes")
    assert FULL.endswith("\n# of the volumes" + rest)
    assert added == (
        "\n"
        "  # Throw-away databases of Lockplane (lockplane init docker-compose).\n"
        "  shadow:\n"
        "    image: postgres:16\n"
        "    environment:\n"
        "      TZ: UTC\n"
        "      POSTGRES_USER: app\n"
        "      POSTGRES_PASSWORD: 0123\n"
        "      POSTGRES_DB: app_shadow\n"
        "    ports:\n"
        '      - "127.0.0.1:5433:5432"\n'
        "    healthcheck:\n"
        '      test: ["CMD-SHELL", "pg_isready -U app"]\n'
        "      interval: 5s\n"
    )


def test_a_second_time_there_is_a_shadow(tmp_path: Path) -> None:
    assert not compose(tmp_path, FULL).has_shadow
    assert compose(tmp_path, compose(tmp_path, FULL).with_shadow()).has_shadow


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  db:\n    image: postgres",
        "services:\r\n  db:\r\n    image: postgres\r\n",
        "services:\n    db:\n        image: postgres\n\n\n",
        "services:\n  db: {image: postgres}\nvolumes: {}\n",
        "services:\n  a: &a\n    image: postgres\n  b:\n    <<: *a\n    ports: ['1:2']\n",
        "services:\n  db:\n    image: postgres\n    command: |\n      a\n      b\n\nname: n\n",
        "services:\n  db:\n    image: postgres\n    build: !reset null\n",
        "---\nservices:\n  db:\n    image: postgres\n...\n",
        '"services":\n  "db":\n    "image": "postgres"\n    "environment": {"TZ": "ä b"}\n',
    ],
)
def test_whatever_the_layout_the_file_says_the_same_and_has_a_shadow(
    tmp_path: Path, text: str
) -> None:
    after = compose(tmp_path, text).with_shadow()
    for line in text.splitlines():
        assert line in after
    assert ("\r\n" in text) == ("\r\n" in after)
    before = ComposeText(tmp_path / "docker-compose.yml").services.keys()
    assert compose(tmp_path, after).services.keys() == {*before, "shadow"}


@pytest.mark.parametrize(
    "text",
    [
        "services: {db: {image: postgres}}",
        "services:\n  a:\n    image: postgres\n    labels: &e {}\n  b:\n    labels:\n     *e\n",
    ],
)
def test_a_file_that_has_no_place_for_lines_is_refused_with_what_to_add(
    tmp_path: Path, text: str
) -> None:
    found = compose(tmp_path, text)
    with pytest.raises(Refused, match="laid out") as caught:
        found.with_shadow()
    assert "  shadow:\n    image: postgres" in caught.value.hint


@pytest.mark.parametrize(
    ("ports", "free"),
    [
        ("[]", 5433),
        ("['5432:5432']", 5433),
        ("['5433:5432']", 5434),
        ("['127.0.0.1:5433:5432', '5434:80']", 5435),
        ("['[::1]:5433:5432']", 5434),
        ("['5430-5440:80-90']", 5441),
        ("['5433:5432/tcp']", 5434),
        ("['${PORT:-5433}:5432']", 5434),
        ("['5433']", 5433),
        ("[{target: 5432, published: 5433}]", 5434),
        ("[{target: 5432, published: '5433-5434', host_ip: 127.0.0.1}]", 5435),
    ],
)
def test_the_port_is_the_first_from_5433_that_nobody_has(
    tmp_path: Path, ports: str, free: int
) -> None:
    text = f"services:\n  db:\n    image: postgres\n    ports: {ports}\n"
    assert compose(tmp_path, text).port() == free


def test_the_shadow_is_reachable_from_where_the_server_is(tmp_path: Path) -> None:
    long = "image: postgres\nports: [{target: 5432, published: 1, host_ip: 127.0.0.1}]"
    assert service(tmp_path, long)["ports"] == ["127.0.0.1:5433:5432"]
    assert service(tmp_path, "image: postgres")["ports"] == ["5433:5432"]


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ("{POSTGRES_DB: shop}", "shop_shadow"),
        ("{POSTGRES_USER: me}", "me_shadow"),
        ("{}", "postgres_shadow"),
        ("{POSTGRES_DB: '${DB:-app}'}", "${DB:-app}_shadow"),
        ("{POSTGRES_DB: }", "${POSTGRES_DB}_shadow"),
    ],
)
def test_the_database_of_the_shadow(tmp_path: Path, environment: str, name: str) -> None:
    found = service(tmp_path, f"image: postgres\nenvironment: {environment}")
    assert found["environment"]["POSTGRES_DB"] == name  # type: ignore[index]  # a mapping


def test_variables_in_a_list_stay_one(tmp_path: Path) -> None:
    text = "image: postgres\nenvironment:\n- POSTGRES_PASSWORD=a=b\n- POSTGRES_DB=shop\n- TZ\n"
    assert service(tmp_path, text)["environment"] == [
        "POSTGRES_PASSWORD=a=b",
        "TZ",
        "POSTGRES_DB=shop_shadow",
    ]


def test_volumes_and_names_are_not_shared(tmp_path: Path) -> None:
    text = "image: postgres\ncontainer_name: x\nvolumes: [data:/d]\ndepends_on: [a]\nplatform: p"
    assert service(tmp_path, text).keys() == {"image", "platform", "environment", "ports"}


@pytest.mark.parametrize(
    ("services", "primary"),
    [
        ("a: {image: postgis/postgis}, b: {image: redis}", "a"),
        ("a: {image: postgres}, b: {image: postgres, environment: {POSTGRES_DB: x}}", "b"),
        ("a: {build: ., environment: [POSTGRES_DB=x, POSTGRES_USER=y]}, b: {image: postgres}", "b"),
        ("a: {build: ., environment: {POSTGRES_DB: x, POSTGRES_HOST: b}}, b: %s", "b"),
    ],
)
def test_which_service_is_the_server(tmp_path: Path, services: str, primary: str) -> None:
    built = "{build: ./pg, environment: [POSTGRES_PASSWORD=x]}"
    text = services.replace("%s", built)
    assert compose(tmp_path, f"services: {{{text}}}").primary() == primary


def test_a_file_without_a_postgresql_is_refused(tmp_path: Path) -> None:
    found = compose(tmp_path, "services:\n  a:\n    image: redis\n  b:\n    build: .\n")
    with pytest.raises(Refused, match="has no PostgreSQL service: there are a, b"):
        found.with_shadow()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("services:\n  a:\n  - ]", "docker-compose.yml:3:5: "),
        ("- a", "is no Docker Compose file"),
        ("", "is no Docker Compose file"),
        ("services: []", "it has no services"),
        ("a: 1\n---\nb: 2", "expected a single document"),
        ("a: *x", "undefined alias"),
    ],
)
def test_what_is_no_compose_file_says_where(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        compose(tmp_path, text)
    assert words in caught.value.message


def test_the_usual_names_are_looked_for_in_their_order(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        find(tmp_path)
    assert all(name in caught.value.message for name in CANDIDATES)
    for name in reversed(CANDIDATES):
        (tmp_path / name).touch()
        assert find(tmp_path).name == name
    with pytest.raises(SourceError, match="looked for other"):
        find(tmp_path, "other")


def test_a_file_is_replaced_with_its_permissions_and_behind_its_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yml", tmp_path / "link.yml"
    real.write_text("old", "utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    replace(link, "new")
    assert link.is_symlink()
    assert (real.read_text("utf-8"), real.stat().st_mode & 0o777) == ("new", 0o640)
    assert len(list(tmp_path.iterdir())) == 2
