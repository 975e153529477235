"""`lockplane init`: from an empty folder to a database that `apply` works on."""

from __future__ import annotations

import os
import pty
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from lockplane_core.testing.shell import Done, Shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def files(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def dialogue(lockplane: Shell) -> Callable[..., Done]:
    """Call the program on a terminal, and type what somebody answers to its questions."""

    def type_in(*answers: str, words: tuple[str, ...] = ("init",), ends: str = "") -> Done:
        ours, theirs = pty.openpty()
        os.write(ours, "\n".join([*answers, ends]).encode())
        try:
            done = subprocess.run(
                lockplane.command(*words),
                cwd=lockplane.folder,
                env=lockplane.env,
                stdin=theirs,
                capture_output=True,
                encoding="utf-8",
                start_new_session=True,
                timeout=30,
                check=False,
            )
        finally:
            os.close(ours)
            os.close(theirs)
        return Done(done.returncode, done.stdout, done.stderr)

    return type_in


def test_the_help_says_what_is_offered_and_what_is_written(lockplane: Shell) -> None:
    text = lockplane("init", "--help").succeeded().out
    for words in ("embedded", "postgres", "sqlite", "docker-compose", ".env.NAME", "overwritten"):
        assert words in text
    assert lockplane("help", "init").out == text
    for target, option in (
        ("embedded", "--name"),
        ("postgres", "--host"),
        ("sqlite", "--file"),
        ("docker-compose", "--file"),
    ):
        assert option in lockplane("init", target, "--help").succeeded().out


def test_a_sqlite_project_is_applied_without_another_word(lockplane: Shell) -> None:
    done = lockplane("init", "sqlite").succeeded()
    assert "✓ Made app.db" in done.out
    assert "lockplane apply" in done.out
    assert (lockplane.folder / ".env.local").stat().st_mode & 0o777 == 0o600
    lockplane("apply", "--auto-approve", "--validate").succeeded()
    with closing(sqlite3.connect(lockplane.folder / "app.db")) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)
    assert lockplane("plan").succeeded().json["steps"] == []


def test_git_never_sees_the_address(lockplane: Shell) -> None:
    subprocess.run(["git", "init", "-q", lockplane.folder], check=True)
    lockplane("init", "sqlite").succeeded()
    seen = subprocess.run(
        ["git", "-C", lockplane.folder, "status", "--short", "-uall"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert ".env.local.example" in seen
    assert ".env.local\n" not in seen
    assert "app.db" not in seen


def test_nothing_that_is_there_is_replaced(lockplane: Shell) -> None:
    with closing(sqlite3.connect(lockplane.folder / "app.db")) as connection:
        connection.execute("CREATE TABLE mine (a)")
    lockplane.write("schema/mine.lp.sql", "CREATE TABLE mine (a);")
    lockplane.write("lockplane.toml", '# mine\n[environments.live]\ndatabase_url = "live.db"\n')
    before = files(lockplane.folder)
    done = lockplane("init", "sqlite").succeeded()
    assert "app.db is there and was left as it is" in done.out
    after = files(lockplane.folder)
    assert after["app.db"] == before["app.db"]
    assert after["schema/mine.lp.sql"] == before["schema/mine.lp.sql"]
    assert after["lockplane.toml"].startswith(before["lockplane.toml"])
    again = files(lockplane.folder)
    lockplane("init", "sqlite").succeeded()
    assert files(lockplane.folder) == again
    lockplane("init", "sqlite", "--file", "other.db").refused("says something else", "--env")
    assert files(lockplane.folder) == again


def test_a_database_that_holds_something_is_adopted_instead_of_given_an_example(
    lockplane: Shell,
) -> None:
    with closing(sqlite3.connect(lockplane.folder / "app.db")) as connection:
        connection.execute("CREATE TABLE mine (a)")
    done = lockplane("init", "sqlite").succeeded()
    assert "lockplane introspect --output-dir schema/" in done.out
    assert not (lockplane.folder / "schema").exists()


def test_another_environment_is_used_by_its_name(lockplane: Shell) -> None:
    lockplane("init", "sqlite").succeeded()
    done = lockplane("init", "sqlite", "--env", "dev", "--file", "dev.db").succeeded()
    assert "lockplane apply --env dev" in done.out
    lockplane("apply", "--env", "dev", "--auto-approve").succeeded()
    assert (lockplane.folder / "app.db").stat().st_size == 4096
    assert len(lockplane("plan").succeeded().json["steps"]) == 1
    lockplane("plan", "--env", "deev").refused("no environment 'deev'", "Did you mean 'dev'?")


def test_without_a_terminal_a_target_has_to_be_named(lockplane: Shell) -> None:
    done = lockplane("init").refused("no terminal", "lockplane init", "sqlite", code=2)
    assert done.out == ""
    lockplane("init", "sqlit").refused("No such command 'sqlit'", "Did you mean 'sqlite'?")
    lockplane("init", "--env", "x", "sqlite").refused("behind the target", code=2)
    lockplane("init", "sqlite", "--file", "app.txt").refused("names no file", ".sqlite3", code=2)
    lockplane("init", "sqlite", "--env", "a/b").refused("can not name an environment")
    lockplane("init", "sqlite", "--file", "nowhere/app.db").refused("there is no folder")
    assert files(lockplane.folder) == {}


def test_a_variable_that_hides_the_new_environment_is_told(lockplane: Shell) -> None:
    done = lockplane("init", "sqlite", DATABASE_URL="elsewhere.db").succeeded()
    assert "DATABASE_URL is set and goes before every environment" in done.out


# -- the wizard ------------------------------------------------------------------------------


def test_the_wizard_asks_and_does_it(dialogue: Callable[..., Done], lockplane: Shell) -> None:
    done = dialogue("sqlit", "sqlite", "shop.db", "", "y", "n").succeeded()
    assert "Did you mean 'sqlite'?" in done.err
    assert "This will be done:\n  - Make shop.db\n" in done.err
    assert "✓ Made shop.db" in done.out
    lockplane("apply", "--auto-approve").succeeded()


def test_the_wizard_adds_a_second_environment(dialogue: Callable[..., Done]) -> None:
    done = dialogue(
        *("sqlite", "", "", "", "y"), *("sqlite", "b.db", "local", "b", "", "")
    ).succeeded()
    assert "This project has the environments local" in done.err
    assert "this is taken" in done.err
    assert "lockplane apply --env b" in done.out


def test_the_wizard_tries_the_connection_and_lets_one_mend_it(
    dialogue: Callable[..., Done], lockplane: Shell
) -> None:
    done = dialogue("sqlite", "app.txt", "e", "app.db", "", "", "").succeeded()
    assert "names no file" in done.err
    assert (lockplane.folder / "app.db").exists()


def test_the_wizard_changes_nothing_without_a_yes(
    dialogue: Callable[..., Done], lockplane: Shell
) -> None:
    assert "Nothing was changed." in dialogue("sqlite", "", "", "n").refused().err
    quits = dialogue("postgres", "postgres://me:hunter2@127.0.0.1:1/d", "", "q").refused("connect")
    assert "hunter2" not in quits.err + quits.out
    assert dialogue("sqlite", ends="\x04").code == 130  # the end of the input, as by Ctrl-D
    assert files(lockplane.folder) == {}


def test_without_plugins_there_is_nothing_to_begin_with(lockplane: Shell) -> None:
    lockplane("init", "--yes", LOCKPLANE_NO_PLUGINS="1").refused("no installed plugin", code=2)


# -- PostgreSQL ------------------------------------------------------------------------------


def test_a_database_is_made_on_a_server(lockplane: Shell, server: str) -> None:
    name = 'init "quoted" ünïcode'
    with psycopg.connect(server, autocommit=True) as connection:
        info = connection.info
        host, port, user = info.host, str(info.port), info.user
        words = ("--host", host, "--port", port, "--user", user, "--database", name)
        try:
            done = lockplane("init", "postgres", *words).succeeded()
            assert f"✓ Made the database {name}" in done.out
            again = lockplane("init", "postgres", *words).succeeded()
            assert "✓ Connected to" in again.out
            lockplane("plan", SHADOW_DATABASE_URL=server).succeeded()
        finally:
            quoted = name.replace('"', '""')
            connection.execute(f'DROP DATABASE IF EXISTS "{quoted}" WITH (FORCE)'.encode())


def test_a_database_that_is_there_is_used(lockplane: Shell, main: str) -> None:
    done = lockplane("init", "postgres", "--url", main, "--shadow-db", main).succeeded()
    assert "✓ Connected to" in done.out
    text = (lockplane.folder / ".env.local").read_text("utf-8")
    assert f"DATABASE_URL='{main}'" in text
    assert f"SHADOW_DATABASE_URL='{main}'" in text
    lockplane("apply", "--auto-approve").succeeded()


def test_a_server_that_does_not_answer_leaves_nothing(lockplane: Shell, main: str) -> None:
    url = "postgres://me:hunter2@127.0.0.1:1/d"
    done = lockplane("init", "postgres", "--url", url).refused("can not connect", "127.0.0.1")
    assert "hunter2" not in done.err + done.out
    lockplane("init", "postgres", "--url", main, "--shadow-db", url).refused("can not connect")
    lockplane("init", "postgres", "--port", "70000").refused("from 1 to 65535", code=2)
    lockplane("init", "postgres", "--url", "app.db").refused("no address", code=2)
    assert files(lockplane.folder) == {}


def test_a_role_that_may_not_make_the_database_is_told_who_may(
    lockplane: Shell, server: str, as_user: Callable[..., str]
) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE ROLE lockplane_init LOGIN PASSWORD 'x'")
        try:
            url = as_user("lockplane_init", "x").replace("/lockplane_test_", "/nowhere_")
            lockplane("init", "postgres", "--url", url).refused(
                "may not make it", "OWNER lockplane_init"
            )
        finally:
            connection.execute("DROP ROLE lockplane_init")


@pytest.fixture
def data(lockplane: Shell) -> Iterator[Path]:
    """A home for kept servers that root's server can enter too; they are stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="lp-", dir="/tmp"))
    folder.chmod(0o755)
    lockplane.env["XDG_DATA_HOME"] = str(folder)
    yield folder
    lockplane("shadow", "stop", "--all")
    shutil.rmtree(folder)


def test_an_embedded_server_is_there_in_a_second_and_stays(lockplane: Shell, data: Path) -> None:
    done = lockplane("init", "embedded", "--name", "shop").succeeded()
    assert "✓ Made the server embedded:shop (PostgreSQL 18" in done.out
    assert "DATABASE_URL='embedded:shop'" in (lockplane.folder / ".env.local").read_text("utf-8")
    lockplane("apply", "--auto-approve").succeeded()
    url = next(line.strip() for line in done.out.splitlines() if "postgresql:///" in line)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO users (email) VALUES ('a')")
        fsync, listen = connection.execute(
            "SELECT current_setting('fsync'), current_setting('listen_addresses')"
        ).fetchone() or ("", "")
    assert (fsync, listen) == ("on", "")
    assert "✓ embedded:shop: running" in lockplane("shadow", "status").succeeded().out
    assert "✓ embedded:shop: stopped" in lockplane("shadow", "stop", "shop").succeeded().out
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    assert lockplane("plan").succeeded().json["steps"] == []  # starts it again
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT email FROM users").fetchall() == [("a",)]
    lockplane("plan", "--db", "embedded:shp").refused("Did you mean embedded:shop?")
    lockplane("shadow", "stop", "shp").refused("Did you mean 'embedded:shop'?", code=2)
    again = lockplane("init", "embedded", "--name", "shop").succeeded()
    assert "embedded:shop is there and was left as it is" in again.out


def test_an_embedded_server_wants_a_name_and_a_major_that_can_be(
    lockplane: Shell, data: Path
) -> None:
    lockplane("init", "embedded", "--name", "../x").refused("can not name", "lower case")
    lockplane("init", "embedded", "--name", "a", "--major", "x").refused("a number", code=2)
    lockplane("init", "embedded", "--name", "a", "--major", "13", XDG_CACHE_HOME=str(data)).refused(
        "no programs of PostgreSQL 13", "lockplane shadow install 13"
    )
    assert files(lockplane.folder) == {}
    assert not (data / "lockplane").exists()
