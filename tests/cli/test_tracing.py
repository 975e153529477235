"""Which hook calls go to which plugin, and how errors look to whoever hunts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy
import pytest

from lockplane_core.plugins.tracing import trace

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from lockplane_core.testing.shell import Shell

FORMAT = """
from lockplane_core.spi.hookspecs import hookimpl

class Count:
    name, writes = "count", "findings"

    def render(self, findings):
        return f"{len(findings)}\\n"

@hookimpl
def lockplane_formats():
    return [Count()]
"""
mark = pluggy.HookimplMarker("toy")
spec = pluggy.HookspecMarker("toy")


class Specs:
    @spec(firstresult=True)
    def cook(self, meal: str) -> str | None:
        """Cook it."""


class Cook:
    def __init__(self, manager: pluggy.PluginManager) -> None:
        self.manager = manager

    @mark
    def cook(self, meal: str) -> str | None:
        if meal == "menu":
            return f"hot {self.manager.hook.cook(meal='soup')}"
        if meal == "poison":
            raise ValueError(meal)
        return None if meal == "air" else meal


class Waiter:
    @mark(wrapper=True)
    def cook(self) -> Generator[None, str, str]:
        meal = yield
        return f"{meal}, sir"


@pytest.fixture
def manager() -> pluggy.PluginManager:
    """A cook, and a waiter around him."""
    found = pluggy.PluginManager("toy")
    found.add_hookspecs(Specs)
    found.register(Cook(found), "cook")
    found.register(Waiter(), "waiter")
    return found


def test_each_call_is_told_with_plugin_time_and_result(manager: pluggy.PluginManager) -> None:
    lines: list[str] = []
    trace(manager, lines.append)
    assert manager.hook.cook(meal="menu") == "hot soup, sir, sir"
    heads = [line.partition(":")[0] for line in lines]
    assert heads == [
        "      cook -> cook",
        "    cook -> waiter (wrapper)",
        "  cook -> cook",
        "cook -> waiter (wrapper)",
    ]
    assert all(" ms, str of " in line for line in lines)


def test_what_is_not_taken_and_what_breaks_is_told(manager: pluggy.PluginManager) -> None:
    lines: list[str] = []
    trace(manager, lines.append)
    manager.hook.cook(meal="air")
    assert lines[0].endswith(" ms, None")
    with pytest.raises(ValueError, match="poison"):
        manager.hook.cook(meal="poison")
    assert lines[-2].endswith("raised ValueError")


def test_the_variable_asks_for_it(lockplane: Shell, install: Callable[..., None]) -> None:
    install("count", FORMAT)
    lockplane.write("p.json", '{"steps": []}')
    words = ("validate", "plan", "p.json", "--format", "count")
    quiet = lockplane(*words)
    assert quiet.out == "0\n"
    assert "lockplane_formats" not in quiet.err
    told = lockplane(*words, LOCKPLANE_TRACE_PLUGINS="1")
    assert told.out == "0\n"
    assert "lockplane_formats -> count: " in told.err
    assert "ms, list of 1" in told.err


BREAKS = """
from lockplane_core.spi.hookspecs import hookimpl

class Broken:
    name, writes = "broken", "findings"

    def render(self, findings):
        raise KeyError("postgres://me:s3cret@h/d")

@hookimpl
def lockplane_formats():
    return [Broken()]
"""


def test_debug_shows_where_it_happened_and_what_was_done(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    install("broken", BREAKS)
    lockplane.write("p.json", '{"steps": []}')
    words = ("validate", "plan", "p.json", "--format", "broken")
    plain = lockplane(*words)
    assert plain.code == 1
    assert "Traceback" not in plain.err
    assert "--debug" in plain.err
    for debug in (lockplane("--debug", *words), lockplane(*words, "--debug")):
        assert debug.code == 1
        assert "Traceback" in debug.err
        assert "lockplane_broken.py" in debug.err
        assert "s3cret" not in debug.err


def test_debug_shows_where_an_error_of_ours_arose(lockplane: Shell) -> None:
    done = lockplane("--debug", "diff", "a.lp.sql", "b.lp.sql")
    assert done.code == 1
    assert "Traceback" in done.err
    assert "PluginError" in done.err
