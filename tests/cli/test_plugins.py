from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Shell

GREETING = """
from lockplane_core.spi.command import CommandSpec
from lockplane_core.spi.hookspecs import hookimpl

@hookimpl
def lockplane_commands():
    return [CommandSpec("greet", "lockplane_greeter:command", "Say hello")]

def __getattr__(name):
    import click

    @click.command(name)
    def command():
        "Say hello."
        click.echo("hello")

    return command
"""

LOADER = """
from lockplane_core.spi.hookspecs import hookimpl

class Loader:
    prefix = "exec"

@hookimpl
def lockplane_loaders():
    return [Loader()]
"""


def test_a_command_of_a_plugin_is_listed_and_runs(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    install("greeter", GREETING)
    assert lockplane("greet").out == "hello\n"
    for _ in range(2):  # asked for, then remembered
        assert "greet  Say hello" in lockplane("--help").out
    assert "Did you mean 'greet'?" in lockplane("gret").err
    assert "greet" not in lockplane("--help", LOCKPLANE_NO_PLUGINS="1").out


def test_a_new_plugin_is_seen_although_commands_are_remembered(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    lockplane("--help")
    install("greeter", GREETING)
    assert "greet" in lockplane("--help").out


def test_a_plugin_that_raises_on_import_is_named_and_costs_only_itself(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    install("bad", "raise RuntimeError('out of order')")
    install("greeter", GREETING)
    done = lockplane("greet")
    assert (done.code, done.out) == (0, "hello\n")
    assert done.err.count("out of order") == 1
    assert "Warning: the plugin 'bad' can not be used" in done.err
    done = lockplane("plugins")
    assert done.code == 1
    assert "✗ bad (lockplane-bad 1.0)\n    can not be used: RuntimeError: out of order" in done.out
    assert "✓ greeter (lockplane-greeter 1.0)\n    commands: greet" in done.out


def test_a_plugin_that_fails_in_a_hook_is_named_and_costs_only_itself(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    source = GREETING.replace("return [CommandSpec", "1 / 0; return [CommandSpec", 1)
    install("late", source, "lockplane-greeter")
    done = lockplane("greet").refused("No such command 'greet'", "ZeroDivisionError")
    assert "Warning: the plugin 'late' can not be used" in done.err


def test_a_plugin_with_an_unknown_hook_is_broken(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    install("odd", GREETING.replace("def lockplane_commands", "def lockplane_comands"))
    done = lockplane("plugins")
    assert done.code == 1
    assert "lockplane_comands" in done.out


def test_two_plugins_with_one_name_are_both_named(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    install("twin", GREETING, "first-twin")
    install("twin", GREETING, "second-twin")
    lockplane("plugins").refused("two plugins are named 'twin'", "first-twin", "second-twin")


def test_two_owners_of_one_loader_are_both_named(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    install("loader", LOADER)
    words = "'exec' is brought by both core and loader"
    lockplane("plugins").refused(words)
    lockplane("diff", "exec:a", "exec:b").refused(words)


def test_a_command_that_can_not_be_imported_is_an_error_without_traceback(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    install("greeter", GREETING.replace("lockplane_greeter:command", "lockplane_greeter.no:x"))
    lockplane("greet").refused("lockplane_greeter.no:x can not be loaded")


def test_plugins_as_json(lockplane: Shell, install: Callable[..., None]) -> None:
    install("greeter", GREETING)
    done = lockplane("plugins", "--format", "json")
    entries = {entry["name"]: entry for entry in done.json["plugins"]}
    assert entries["greeter"]["brings"] == {"commands": ["greet"]}
    assert "exec:" in entries["core"]["brings"]["loaders"]
