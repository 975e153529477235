"""`lockplane shadow`: what is there, and what a run that was killed left behind."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lockplane_postgres.server.run_folder import PREFIX

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from lockplane_core.testing.shell import Shell


def test_the_help_tells_what_each_word_does(lockplane: Shell) -> None:
    text = lockplane("shadow", "--help").succeeded().out
    for word in ("status", "install", "stop", "clean"):
        assert word in text
        assert lockplane("shadow", word, "--help").succeeded().out
    assert "leftover" in lockplane("shadow", "status", "--help").out


def test_the_programs_of_this_machine_are_listed(lockplane: Shell) -> None:
    found = lockplane("shadow", "status", "--format", "json").succeeded().json["shadow"]
    embedded = [held for held in found if held["detail"].startswith("embedded, ")]
    assert embedded[0]["state"] == "usable"
    assert embedded[0]["name"].startswith("PostgreSQL 18")
    assert f"✓ {embedded[0]['name']}: usable" in lockplane("shadow", "status").succeeded().out


def test_wrong_words_say_the_right_ones(lockplane: Shell) -> None:
    lockplane("shadow", "install", "13").refused("14, 15, 16, 17, 18", code=2)
    lockplane("shadow", "stop").refused("name the servers to stop", "--all", code=2)
    lockplane("shadow", "stop", "nosuch").refused("no server 'nosuch'", code=2)
    lockplane("shadow", "statu").refused("Did you mean 'status'?")
    url = "postgres://me:hunter2@127.0.0.1:1/d"
    done = lockplane("shadow", "clean", SHADOW_DATABASE_URL=url).refused("can not connect")
    assert "hunter2" not in done.err + done.out


def test_without_plugins_there_is_nothing_to_look_after(lockplane: Shell) -> None:
    lockplane.env["LOCKPLANE_NO_PLUGINS"] = "1"
    assert lockplane("shadow", "status").succeeded().out == ""
    assert "Nothing was left behind" in lockplane("shadow", "clean").succeeded().err
    lockplane("shadow", "install", "17").refused("no installed plugin")


@pytest.fixture
def temporary(lockplane: Shell) -> Iterator[Path]:
    """A folder of its own for throw-away servers, short enough for a socket, open to `nobody`."""
    folder = Path(tempfile.mkdtemp(prefix="lp-", dir="/tmp"))
    folder.chmod(0o711)
    lockplane.env |= {"TMPDIR": str(folder)}
    yield folder
    shutil.rmtree(folder)


@contextmanager
def sleeping(shell: Shell) -> Iterator[subprocess.Popen[str]]:
    """A run that stays at work on its scratch; it is killed at the end at the latest."""
    shell.write("sleep.sql", "SELECT pg_sleep(600);")
    running = shell.start("introspect", "--dialect", "postgres", "sql:sleep.sql")
    try:
        yield running
    finally:
        kill(running)


def kill(running: subprocess.Popen[str]) -> None:
    """End it so that it can clean up nothing."""
    running.kill()
    running.communicate()


def within_seconds(look: Callable[[], list[Any]]) -> list[Any]:
    """What is found, as soon as there is something."""
    deadline = time.monotonic() + 60
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert found
    return found


def test_a_throw_away_server_of_a_killed_run_is_cleaned(project: Shell, temporary: Path) -> None:
    """While the run is at work its server is `in use`, and stays."""
    with sleeping(project) as running:
        within_seconds(lambda: list(temporary.glob(f"{PREFIX}*/s/.s.PGSQL.5432")))
        (folder,) = temporary.glob(f"{PREFIX}*")
        assert f"{folder.name}: in use" in project("shadow", "status").succeeded().out
        assert folder.name not in project("shadow", "clean").succeeded().out
        kill(running)
        assert f"{folder.name}: leftover" in project("shadow", "status").succeeded().out
        assert f"{folder.name}: removed" in project("shadow", "clean").succeeded().out
        assert not folder.exists()


def test_a_scratch_of_a_killed_run_is_cleaned_and_nothing_else(
    pg: Shell, sql: Callable[..., list[tuple[Any, ...]]]
) -> None:
    asleep = """
        SELECT datname, pid FROM pg_stat_activity
        WHERE starts_with(datname, 'lockplane_scratch_') AND query LIKE '%pg_sleep(600)%'
          AND pid <> pg_backend_pid()
    """
    with sleeping(pg) as running:
        ((name, pid),) = within_seconds(lambda: sql(asleep))
        kill(running)
        sql(f"SELECT pg_terminate_backend({pid}, 5000)")
        assert f"scratch {name}: leftover" in pg("shadow", "status").succeeded().out
        before = {row for row in sql("SELECT datname FROM pg_database") if row != (name,)}
        assert f"scratch {name}: removed" in pg("shadow", "clean").succeeded().out
        after = {*sql("SELECT datname FROM pg_database")}
        assert (name,) not in after
        assert before <= after
