from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lockplane_core.config import load, refuse_contradiction, refuse_unknown_tables
from lockplane_core.errors import ConfigError
from lockplane_core.spi.command import Setting
from lockplane_core.testing.fakes import FakeDialect, FakeServer

if TYPE_CHECKING:
    from lockplane_core.config import Settings
    from lockplane_core.spi.dialect import Dialect


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a lockplane.toml that has two environments."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep" / "down").mkdir(parents=True)
    write(
        tmp_path,
        """
        database_url = "app.db"
        schema_path = "schema"
        schemas = ["public", "app_*"]
        protected = true
        [environments.dev]
        description = "at home"
        protected = false
        [environments.live]
        database_url = "postgres://live/d"
        [checks]
        no_primary_key = "off"
        """,
    )
    return tmp_path


def write(folder: Path, text: str) -> None:
    """A lockplane.toml in a folder."""
    lines = (line.strip() for line in text.splitlines())
    (folder / "lockplane.toml").write_text("\n".join(lines), "utf-8")


def refusal(folder: Path, environment: str = "") -> str:
    """Why settings can not be loaded."""
    with pytest.raises(ConfigError) as caught:
        load(folder, environment, {})
    return str(caught.value)


def test_without_a_file_there_are_only_defaults(tmp_path: Path) -> None:
    found = load(tmp_path, "", {})
    assert (found.database_url, found.found_in, found.schemas) == ("", "", ())


def test_the_file_is_found_upwards_and_its_paths_are_its_own(project: Path) -> None:
    found = load(project / "deep" / "down", "", {})
    assert found.found_in == str(project / "lockplane.toml")
    assert Path(found.schema_path) == Path("../../schema")
    assert Path(found.database_url) == Path("../../app.db")
    assert found.schemas == ("public", "app_*")
    assert found.checks == {"no_primary_key": "off"}


def test_the_search_ends_at_the_root_of_the_repository(project: Path) -> None:
    (project / "deep" / ".git").mkdir()
    assert load(project / "deep" / "down", "", {}).found_in == ""


def test_outside_a_repository_only_the_folder_itself_counts(project: Path) -> None:
    (project / ".git").rmdir()
    assert load(project / "deep", "", {}).found_in == ""
    assert load(project, "", {}).found_in


def test_an_environment_goes_before_the_top_of_the_file(project: Path) -> None:
    live = load(project, "live", {})
    assert live.database_url == "postgres://live/d"
    assert live.schema_path == "schema"
    assert live.protected
    assert not load(project, "dev", {}).protected


def test_precedence_is_variable_then_dotenv_then_file(project: Path) -> None:
    variables = {"DATABASE_URL": "from-variable.db"}
    (project / ".env.live").write_text("DATABASE_URL='from dotenv.db' # mine\n", "utf-8")
    assert load(project, "live", {}).database_url == "from dotenv.db"
    assert load(project, "live", variables).database_url == "from-variable.db"
    assert load(project, "", variables).database_url == "from-variable.db"
    assert load(project, "", {"DATABASE_URL": ""}).database_url == "app.db"


def test_names_that_hosting_products_write_fill_only_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / ".env.live").write_text(
        "POSTGRES_URL=postgres://a/b\nSHADOW_DATABASE_URL=one\nPOSTGRES_SHADOW_URL=two\n", "utf-8"
    )
    found = load(tmp_path, "live", {})
    assert (found.database_url, found.shadow_database_url) == ("postgres://a/b", "one")


def test_the_environment_is_chosen_by_flag_then_variable_then_file(project: Path) -> None:
    text = (project / "lockplane.toml").read_text("utf-8")
    write(project, 'default_environment = "dev"\n' + text)
    assert load(project, "", {}).environment == "dev"
    assert load(project, "", {"LOCKPLANE_ENV": "live"}).environment == "live"
    assert load(project, "dev", {"LOCKPLANE_ENV": "live"}).environment == "dev"


def test_where_a_setting_was_found_is_known(project: Path) -> None:
    found = load(project, "live", {"SHADOW_DATABASE_URL": "x"})
    assert found.origins["database_url"] == "[environments.live]"
    assert found.origins["schema_path"] == "lockplane.toml"
    assert found.origins["shadow_database_url"] == "environment variable SHADOW_DATABASE_URL"


def test_an_unknown_environment_names_the_nearest(project: Path) -> None:
    assert "Did you mean 'live'?" in refusal(project, "lives")
    assert "can not name an environment" in refusal(project, "../live")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('databse_url = "x"', "unknown key 'databse_url'\n  Did you mean 'database_url'?"),
        ("zzz = 1", "Known are: "),
        ("trust_sql = true", "unknown key 'trust_sql'"),
        ('[environments.a]\ndatabase_ur = "x"', "[environments.a]: unknown key 'database_ur'"),
        ('schemas = "public"', "Expected `array`, got `str` - at `$.schemas`"),
        ("environments = 3", "at `$.environments`"),
        ("database_url =", "Invalid value"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(tmp_path: Path, text: str, words: str) -> None:
    write(tmp_path, text)
    message = refusal(tmp_path)
    assert str(tmp_path / "lockplane.toml") in message
    assert words in message


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lockplane.toml").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in refusal(tmp_path)


def test_tables_of_plugins_are_known_by_their_settings(tmp_path: Path) -> None:
    known = [Setting("postgres", "extensions", "help")]

    def settings(text: str) -> Settings:
        write(tmp_path, text)
        return load(tmp_path, "", {})

    good = settings("[postgres]\nextensions = 1")
    refuse_unknown_tables(good, known)
    assert good.dialect_settings("postgres") == {"extensions": 1}
    assert good.dialect_settings("sqlite") == {}
    with pytest.raises(ConfigError, match="Did you mean 'extensions'"):
        refuse_unknown_tables(settings("[postgres]\nextension = 1"), known)
    with pytest.raises(ConfigError, match="read by no installed plugin\n  Did you mean 'postgres'"):
        refuse_unknown_tables(settings("[postgre]\nextensions = 1"), known)


def test_a_key_of_the_program_that_came_before_says_what_to_do(tmp_path: Path) -> None:
    write(tmp_path, 'shadow_schema = "s"')
    assert "never schemas in yours" in refusal(tmp_path)
    write(tmp_path, '[environments.local]\npostgres_url = "postgres://h/d"')
    assert "It is called database_url." in refusal(tmp_path)


@pytest.mark.parametrize(
    ("text", "database", "shadow"),
    [
        ("POSTGRES_URL=postgres://h/d\nPOSTGRES_SHADOW_URL=s", "postgres://h/d", "s"),
        ("SQLITE_DB_PATH=/a.db\nSQLITE_SHADOW_DB_PATH=/s.db", "/a.db", "/s.db"),
        ("SQLITE_DB_PATH=/a.db\nSHADOW_SQLITE_DB_PATH=/s.db", "/a.db", "/s.db"),
        ("LIBSQL_URL=libsql://h\nLIBSQL_SHADOW_DB_PATH=/s.db", "libsql://h", "/s.db"),
        ("POSTGRES_URL=postgres://h/d\nDATABASE_URL=/mine.db", "/mine.db", ""),
    ],
)
def test_an_env_file_is_read_under_the_names_of_products(
    tmp_path: Path, text: str, database: str, shadow: str
) -> None:
    (tmp_path / ".env.live").write_text(text, "utf-8")
    found = load(tmp_path, "live", {})
    assert (found.database_url, found.shadow_database_url) == (database, shadow)


def test_an_env_file_may_name_the_schema(tmp_path: Path) -> None:
    (tmp_path / ".env.live").write_text("SCHEMA_PATH=db/schema", "utf-8")
    assert load(tmp_path, "live", {}).schema_path == "db/schema"


def test_an_env_file_is_found_at_the_root_of_the_repository(project: Path) -> None:
    (project / "lockplane.toml").unlink()
    (project / ".env.live").write_text("DATABASE_URL=app.db", "utf-8")
    assert Path(load(project / "deep" / "down", "live", {}).database_url) == Path("../../app.db")


def test_an_environment_that_is_only_a_file_is_suggested_too(project: Path) -> None:
    (project / ".env.staging").write_text("", "utf-8")
    (project / ".env.stagin.example").write_text("", "utf-8")
    assert "Did you mean 'staging'?" in refusal(project, "stagin")
    assert "Known are: dev, live, staging." in refusal(project, "zzz")


def test_a_variable_that_goes_before_the_chosen_environment_is_noticed(project: Path) -> None:
    variables = {"DATABASE_URL": "postgres://elsewhere/d"}
    (notice,) = load(project, "live", variables).notices
    assert "DATABASE_URL" in notice
    assert "'live'" in notice
    assert "elsewhere" not in notice
    assert load(project, "", variables).notices == ()
    assert load(project, "live", {"DATABASE_URL": "postgres://live/d"}).notices == ()


class Product(FakeDialect):
    """A product whose addresses begin with its name."""

    def __init__(self, name: str) -> None:
        super().__init__(FakeServer())
        self.name = self.title = name  # type: ignore[misc]  # two products of one class

    def claims(self, url: str) -> bool:
        return url.startswith(self.name)


def contradiction(settings: Settings) -> str:
    """Why settings are refused; empty if they are not."""
    products = {name: Product(name) for name in ("postgres", "sqlite")}

    def claiming(url: str) -> Dialect | None:
        return next((product for product in products.values() if product.claims(url)), None)

    try:
        refuse_contradiction(settings, products, claiming)
    except ConfigError as error:
        return str(error)
    return ""


def test_a_dialect_that_is_not_the_database_s_is_refused(tmp_path: Path) -> None:
    write(tmp_path, 'dialect = "postgres"\ndatabase_url = "postgres:d"')
    assert contradiction(load(tmp_path, "", {})) == ""
    other = load(tmp_path, "", {"DATABASE_URL": "sqlite:d"})
    message = contradiction(other)
    assert "dialect 'postgres' (lockplane.toml) contradicts the database URL" in message
    assert "environment variable DATABASE_URL" in message
    assert 'Say dialect = "sqlite" in lockplane.toml' in message
    assert contradiction(load(tmp_path, "", {"DATABASE_URL": "else:d"})) == ""


def test_a_dialect_by_flag_is_compared_with_a_database_by_flag_alone(tmp_path: Path) -> None:
    """`validate --dialect sqlite` looks at no database, whatever DATABASE_URL says."""
    found = load(tmp_path, "", {"DATABASE_URL": "postgres:d"}).with_flags(dialect="sqlite")
    assert contradiction(found) == ""
    assert "Say --dialect postgres" in contradiction(found.with_flags(database_url="postgres:e"))


def test_a_dialect_that_is_not_installed_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, 'dialect = "postgress"')
    message = contradiction(load(tmp_path, "", {}))
    assert "dialect 'postgress' (lockplane.toml) is not installed" in message
    assert "Did you mean 'postgres'?" in message
