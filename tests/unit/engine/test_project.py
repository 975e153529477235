"""The files of a project: written once, added to, never replaced."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lockplane_core.config import load
from lockplane_core.config.environments import environments
from lockplane_core.engine import project
from lockplane_core.engine.project import Wanted
from lockplane_core.errors import ConfigError, Refused

if TYPE_CHECKING:
    from pathlib import Path

NASTY = 'postgres://me:it\'s \\ a "secret" $HOME #1@h:5432/d?sslmode=require'


def wanted(folder: Path, **more: Any) -> Wanted:
    """A first environment."""
    first = Wanted(folder=folder, environment="local", dialect="sqlite", database_url="app.db")
    return msgspec.structs.replace(first, **more)


def write(one: Wanted) -> list[str]:
    """Write it; what was done, in words."""
    return [piece.done(one.folder) for piece in project.write(project.pieces(one))]


def test_a_first_environment_is_what_settings_are_read_from(tmp_path: Path) -> None:
    done = write(wanted(tmp_path, description='The "first"', example="-- nothing\n"))
    assert done == [
        "Wrote lockplane.toml",
        "Wrote .env.local, which only you can read",
        "Wrote .env.local.example",
        "Wrote .gitignore",
        "Wrote schema/example.lp.sql",
    ]
    found = load(tmp_path, "", {})
    assert (found.environment, found.database_url, found.dialect) == ("local", "app.db", "sqlite")
    assert found.schema_path == "schema"
    toml = tomllib.loads((tmp_path / "lockplane.toml").read_text("utf-8"))
    assert toml["environments"]["local"] == {"description": 'The "first"'}


def test_an_address_stays_what_it_is_and_its_file_is_the_user_s_alone(tmp_path: Path) -> None:
    write(wanted(tmp_path, database_url=NASTY, shadow_database_url="postgres://u:p@s/d"))
    found = load(tmp_path, "local", {})
    assert (found.database_url, found.shadow_database_url) == (NASTY, "postgres://u:p@s/d")
    assert (tmp_path / ".env.local").stat().st_mode & 0o777 == 0o600
    example = (tmp_path / ".env.local.example").read_text("utf-8")
    assert "secret" not in example
    assert "DATABASE_URL='postgres://…'" in example
    assert "secret" not in (tmp_path / "lockplane.toml").read_text("utf-8")


def test_the_same_again_writes_nothing(tmp_path: Path) -> None:
    write(wanted(tmp_path, example="-- x\n"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert write(wanted(tmp_path, example="-- x\n")) == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_another_environment_is_added_and_every_byte_stays(tmp_path: Path) -> None:
    mine = '# mine\ndialect = "sqlite"  # yes\n\n[environments.live]\nprotected = true'
    (tmp_path / "lockplane.toml").write_text(mine, "utf-8")
    (tmp_path / ".gitignore").write_bytes(b"*.log\r\n.env.*\r\n")
    done = write(wanted(tmp_path, environment="dev", dialect="postgres", schema_path="pg"))
    assert done[0] == "Added to lockplane.toml"
    text = (tmp_path / "lockplane.toml").read_text("utf-8")
    assert text == mine + '\n\n[environments.dev]\ndialect = "postgres"\nschema_path = "pg"\n'
    assert (tmp_path / ".gitignore").read_bytes() == b"*.log\r\n.env.*\r\n!.env.*.example\r\n"
    assert load(tmp_path, "live", {}).protected
    assert load(tmp_path, "dev", {}).schema_path == "pg"
    assert environments(tmp_path) == ["dev", "live"]
    assert project.default_environment(tmp_path) == ""


def test_an_environment_that_says_something_else_is_refused_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env.local").write_text("DATABASE_URL=other.db", "utf-8")
    with pytest.raises(Refused) as caught:
        write(wanted(tmp_path))
    assert "is there already and says something else for DATABASE_URL" in caught.value.message
    assert "Name another environment than 'local' with --env" in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == [".env.local"]


def test_a_file_that_nothing_can_be_added_to_says_what_to_add(tmp_path: Path) -> None:
    """Inline tables can not be continued."""
    (tmp_path / "lockplane.toml").write_text("environments = { live = {} }\n", "utf-8")
    with pytest.raises(ConfigError, match="no environment can be added") as caught:
        write(wanted(tmp_path))
    assert "[environments.local]" in caught.value.hint
    assert not (tmp_path / ".env.local").exists()


@pytest.mark.parametrize("name", ["", "a b", "../x", "a.b", "straße", 'x"y'])
def test_a_name_that_no_environment_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="can not name an environment"):
        write(wanted(tmp_path, environment=name))
    assert list(tmp_path.iterdir()) == []


def test_an_example_is_written_only_where_there_is_no_schema(tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "mine.lp.sql").write_text("", "utf-8")
    write(wanted(tmp_path, example="-- x\n"))
    assert [path.name for path in (tmp_path / "schema").iterdir()] == ["mine.lp.sql"]
    assert project.has_schema(tmp_path)


def test_below_the_root_of_a_project_its_files_are_added_to(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    (tmp_path / "lockplane.toml").write_text("", "utf-8")
    write(wanted(tmp_path / "app", database_url="app/app.db", ignored=("/app.db",)))
    assert "DATABASE_URL='app/app.db'" in (tmp_path / ".env.local").read_text("utf-8")
    assert "/app/app.db" in (tmp_path / ".gitignore").read_text("utf-8").splitlines()
    assert load(tmp_path / "app", "local", {}).database_url == "app.db"


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path) -> None:
    pieces = project.pieces(wanted(tmp_path))
    (tmp_path / ".env.local").write_text("mine", "utf-8")
    with pytest.raises(Refused, match="appeared meanwhile"):
        list(project.write(pieces))
    assert (tmp_path / ".env.local").read_text("utf-8") == "mine"
