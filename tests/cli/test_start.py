from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from lockplane_core import __version__
from lockplane_core.builtin.commands import TABLE, module_of
from lockplane_core.cli.assemble import load

if TYPE_CHECKING:
    from lockplane_core.testing.shell import Shell

HEAVY = {"psycopg", "pglast", "sqlglot", "structlog", "rich", "dotenv", "sqlite3", "asyncio"}

_LOADED = """
import sys
before = {*sys.modules}  # coverage, where it measures, loads sqlite3
from lockplane_core.cli.main import run
run(sys.argv[1:])
sys.stderr.write(" ".join({*sys.modules} - before))
"""


def loaded(*words: str) -> set[str]:
    """The modules that a call of the program imports."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *words], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [["--help"], ["--version"], [], ["plan", "--help"], ["version"]])
def test_help_and_version_load_no_driver_parser_or_log(words: list[str]) -> None:
    assert not loaded(*words) & HEAVY


def test_the_version_is_answered_before_click_is_imported() -> None:
    assert not loaded("--version") & {"click", "msgspec", "importlib.metadata"}


def test_the_help_is_answered_without_the_engine() -> None:
    loaded("--help")  # remembers which commands plugins bring
    assert not {name for name in loaded("--help") if name.startswith("lockplane_core.engine")}


@pytest.mark.parametrize("words", [["--version"], ["-v"], ["-V"], ["--debug", "--version"]])
def test_the_version_flag_prints_the_version(lockplane: Shell, words: list[str]) -> None:
    done = lockplane(*words)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"lockplane {__version__}\n")


def test_version_prints_three_lines(lockplane: Shell) -> None:
    done = lockplane("version")
    first, commit, python = done.out.splitlines()
    assert first == f"lockplane {__version__}"
    assert commit.startswith("commit: ")
    assert python.startswith("python: 3.")
    assert (done.code, done.err) == (0, "")


def test_no_words_print_the_help(lockplane: Shell) -> None:
    done = lockplane()
    assert (done.code, done.err) == (0, "")
    assert done.out == lockplane("--help").out == lockplane("help").out


def test_the_help_names_every_command_and_variable(lockplane: Shell) -> None:
    text = lockplane("--help").out
    for name, line in TABLE:
        assert f"  {name} " in text
        assert line in text
    assert "DATABASE_URL" in text
    assert "SHADOW_DATABASE_URL" in text


@pytest.mark.parametrize("name", [name for name, _ in TABLE])
def test_every_command_has_help(lockplane: Shell, name: str) -> None:
    done = lockplane(name, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: lockplane {name}")
    assert done.out == lockplane("help", name).out


@pytest.mark.parametrize("name", [name for name, _ in TABLE])
def test_every_option_has_help(name: str) -> None:
    command = load(module_of(name))
    commands = command.commands.values() if isinstance(command, click.Group) else [command]
    options = [p for c in commands for p in c.params if isinstance(p, click.Option)]
    assert all(option.help for option in options if not option.hidden and option.name != "help")


def test_help_of_a_subcommand(lockplane: Shell) -> None:
    assert "IF NOT EXISTS" in lockplane("help", "validate", "sql").out


def test_an_unknown_command_is_answered_with_the_nearest(lockplane: Shell) -> None:
    lockplane("aply").refused("No such command 'aply'", "Did you mean 'apply'?", "Usage:")
    lockplane("help", "aply").refused("Did you mean 'apply'?")
    lockplane("nosuch").refused("No such command 'nosuch'", "--help")


def test_an_unknown_option_is_wrong_usage_and_answered_with_the_nearest(lockplane: Shell) -> None:
    lockplane("plan", "--form", "x").refused("No such option", "--from", code=2)


@pytest.mark.parametrize(
    "words",
    [
        ["--nosuch"],
        ["diff", "a"],
        ["rollback"],
        ["convert"],
        ["schema", "nosuch"],
        ["apply", "plan.json", "--plan", "plan.json"],
        ["apply", "plan.json", "--to", "schema"],
        ["apply", "plan.json", "--wait", "-1"],
        ["rollback", "--plan", "p.json", "--execute", "--out", "x"],
        ["validate", "plan"],
        ["plan", "--format", "nosuch"],
        ["introspect", "--output-dir", "x", "--format", "json"],
    ],
)
def test_wrong_usage_exits_with_2_and_an_empty_stdout(lockplane: Shell, words: list[str]) -> None:
    assert lockplane(*words).refused(code=2).out == ""


def test_without_a_plugin_a_dialect_is_missing_and_says_what_to_install(lockplane: Shell) -> None:
    lockplane("introspect", "postgres://h/d").refused("pip install lockplane-postgres")
    lockplane("introspect", "sqlite://a.db").refused("pip install lockplane-sqlite")


def test_without_any_dialect_a_database_has_to_be_named(lockplane: Shell) -> None:
    lockplane("introspect").refused("no database is named", "--db", code=2)


def test_a_password_in_an_address_is_not_repeated(lockplane: Shell) -> None:
    done = lockplane("introspect", "postgre://me:s3cret@h/d")
    assert "s3cret" not in done.refused().err
    done = lockplane("apply", "--plan", "x.json", "--db", "postgres://me:s3cr@t/x@h/d")
    assert "s3cr" not in done.err + done.out
