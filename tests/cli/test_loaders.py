from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.builtin.loaders.exec import ExecLoader
from lockplane_core.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.spi.loader import Loaded


def load(program: str, folder: Path, *words: str) -> Loaded:
    """What `exec:` makes of a Python program."""
    dialect: Any = None  # `exec:` has no use for it
    command = shlex.join([sys.executable, "-c", program, *words])
    return ExecLoader().load(command, dialect, folder)


def test_what_a_program_prints_is_a_script(tmp_path: Path) -> None:
    loaded = load("import sys; print(sys.argv[1])", tmp_path, "CREATE TABLE é (a; b)")
    (document,) = loaded.documents
    assert document.text == "CREATE TABLE é (a; b)\n"
    assert document.name.startswith("exec:")
    assert not loaded.declarative


def test_it_runs_in_the_folder_without_a_shell_or_input(tmp_path: Path) -> None:
    program = "import os, sys; print(os.getcwd(), sys.argv[1], sys.stdin.read())"
    (document,) = load(program, tmp_path, "$HOME;ls").documents
    assert document.text == f"{tmp_path} $HOME;ls \n"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; sys.exit('no models')", "ended with 1\n  no models"),
        ("pass", "printed nothing"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "no UTF-8"),
    ],
)
def test_a_program_that_fails_is_refused_with_its_words(
    tmp_path: Path, program: str, words: str
) -> None:
    with pytest.raises(SourceError) as caught:
        load(program, tmp_path)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("command", "words"),
    [("", "names no command"), ("'open", "No closing quotation"), ("/no/such", "No such file")],
)
def test_what_is_no_command_is_refused(tmp_path: Path, command: str, words: str) -> None:
    dialect: Any = None
    with pytest.raises(SourceError, match=words):
        ExecLoader().load(command, dialect, tmp_path)
