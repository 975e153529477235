"""What a shell is told when somebody presses Tab."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lockplane_core.builtin.commands import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Shell

FORMAT = """
from lockplane_core.spi.hookspecs import hookimpl

class Format:
    def __init__(self, writes):
        self.name, self.writes = "toml", writes

@hookimpl
def lockplane_formats():
    return [Format("plan")]
"""


def completed(lockplane: Shell, line: str) -> list[str]:
    """What the last word of a command line may become; `file` where the shell knows."""
    words = line.split(" ")
    done = lockplane(
        _LOCKPLANE_COMPLETE="bash_complete",
        COMP_WORDS="\n".join(words) if words[-1] else "\n".join(words[:-1]),
        COMP_CWORD=str(len(words) - 1),
    )
    assert (done.code, done.err) == (0, "")
    kinds = (item.partition(",") for item in done.out.splitlines() if item)
    return [value if kind == "plain" else kind for kind, _, value in kinds]


def test_commands_are_completed_without_importing_them(lockplane: Shell) -> None:
    assert completed(lockplane, "lockplane ") == [name for name, _ in TABLE]
    assert completed(lockplane, "lockplane pl") == ["plan", "plugins"]
    assert completed(lockplane, "lockplane validate s") == ["schema", "sql"]


def test_options_and_their_values_are_completed(lockplane: Shell) -> None:
    assert completed(lockplane, "lockplane plan --fo") == ["--format"]
    assert completed(lockplane, "lockplane plan --format ") == ["json", "markdown", "sql", "text"]
    assert completed(lockplane, "lockplane plan --findings s") == ["sarif"]
    assert completed(lockplane, "lockplane validate sql --format g") == ["github"]
    assert completed(lockplane, "lockplane plan --to sch") == ["file"]
    assert completed(lockplane, "lockplane diff a.json ") == ["file"]
    assert completed(lockplane, "lockplane completion z") == ["zsh"]


def test_environments_are_completed_from_the_file_and_beside_it(lockplane: Shell) -> None:
    lockplane.write("lockplane.toml", "[environments.dev]\n[environments.live]\n")
    lockplane.write(".env.staging", "")
    assert completed(lockplane, "lockplane plan --env ") == ["dev", "live", "staging"]
    assert completed(lockplane, "lockplane plan --env l") == ["live"]
    lockplane.write("lockplane.toml", "this is no TOML")
    assert completed(lockplane, "lockplane plan --env ") == []


def test_what_plugins_bring_is_completed_and_remembered(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    install("toml", FORMAT)
    for _ in range(2):
        assert "toml" in completed(lockplane, "lockplane plan --format ")
    assert "toml" not in completed(lockplane, "lockplane validate sql --format ")
    assert "json, markdown, sql, text, toml" in " ".join(lockplane("plan", "--help").out.split())


def test_a_broken_plugin_says_nothing_while_somebody_types(
    lockplane: Shell, install: Callable[..., None]
) -> None:
    install("bad", "raise RuntimeError('out of order')")
    assert completed(lockplane, "lockplane plan --format j") == ["json"]


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_the_script_is_for_its_shell(lockplane: Shell, shell: str) -> None:
    done = lockplane("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert f"_LOCKPLANE_COMPLETE={shell}_complete" in done.out
    program = shutil.which(shell)
    if program:
        subprocess.run([program, "-n"], input=done.out, encoding="utf-8", check=True)
    lockplane("completion", "tcsh").refused("'tcsh'", code=2)


def test_bash_itself_completes(lockplane: Shell) -> None:
    """With the script loaded, as `eval "$(lockplane completion bash)"` does it."""
    script = lockplane.write("completion.bash", lockplane("completion", "bash").out)
    program = f'#!/bin/sh\nexec "{sys.executable}" -m lockplane_core "$@"\n'
    place = lockplane.write("bin/lockplane", program)
    place.chmod(0o755)
    typed = f"""
        source {script}
        COMP_WORDS=(lockplane plan --format m); COMP_CWORD=3
        _lockplane_completion lockplane
        echo "${{COMPREPLY[@]}}"
    """
    path = f"{place.parent}:{lockplane.env['PATH']}"
    done = subprocess.run(
        ["bash", "-c", typed],
        cwd=lockplane.folder,
        env=lockplane.env | {"PATH": path},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.stdout, done.stderr) == ("markdown\n", "")
