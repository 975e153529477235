"""What a person sees on a terminal while something takes long."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from lockplane_core.cli import line as line_module
from lockplane_core.cli.line import Line
from lockplane_core.cli.progress import Progress
from lockplane_core.log import Log
from lockplane_core.model.step import Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from lockplane_core.testing.shell import Shell

SHOWN = 0.05
SHOWN_AGAIN = "\x1b[?25h\r\x1b[1A\x1b[2K"
"""The cursor, and an empty line."""


class Terminal:
    """Both ends of a terminal, and what was written to it so far."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.chunks: list[bytes] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        try:
            while chunk := os.read(self.master, 65536):
                self.chunks.append(chunk)
        except OSError:  # Linux says so when the last writer has gone
            return

    @property
    def text(self) -> str:
        """All of it."""
        return b"".join(self.chunks).decode()

    def waited(self, words: str) -> str:
        """All of it, once these words are there; a test that waits for ever has failed."""
        end = time.monotonic() + 20
        while words not in self.text and time.monotonic() < end:
            time.sleep(SHOWN / 10)
        return self.text


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second."""
    monkeypatch.setattr(line_module, "PATIENCE", SHOWN)


@contextmanager
def looking(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """Standard error is a terminal inside; pytest sets it anew between fixture and test."""
    found = Terminal()
    with closing(os.fdopen(found.slave, "w")) as stream, monkeypatch.context() as patch:
        patch.setenv("TERM", "xterm")
        patch.setattr(sys, "stderr", stream)
        yield found


def test_what_is_quick_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_module, "PATIENCE", 60)
    with looking(monkeypatch) as terminal, Line()("Reading a.db"):
        pass
    assert terminal.text == ""


def test_what_takes_long_is_shown_on_one_line_and_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = Line()
    with looking(monkeypatch) as terminal:
        with line("Reading postgres://me:s3cret@h/d"):
            assert "Reading postgres://me:***@h/d" in terminal.waited("***")
            with line("Loading the schema: 50 of 100 statements"):
                assert "50 of 100 statements" in terminal.waited("50 of 100")
        assert terminal.waited(SHOWN_AGAIN).endswith("\x1b[2K")  # the line is gone
        with line("Reading b.db"):
            assert "b.db" in terminal.waited("b.db")
        assert "s3cret" not in terminal.text


def test_without_a_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with Line()("Reading a.db"):
        time.sleep(SHOWN)
    assert capsys.readouterr() == ("", "")


def test_a_log_says_it_instead_and_when_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    heard = Log()
    heard.listen(stream)
    monkeypatch.setattr(line_module, "log", heard)
    with looking(monkeypatch) as terminal, Line()("Reading postgres://me:s3cret@h/d"):
        time.sleep(2 * SHOWN)
    began, ended = stream.getvalue().splitlines()
    assert 'event=began what="Reading postgres://me:***@h/d"' in began
    assert "event=ended" in ended
    assert terminal.text == ""


def test_the_progress_of_a_run_replaces_what_is_said() -> None:
    said: list[str] = []

    class Told:
        def __init__(self, what: str) -> None:
            self.what = what

        def __enter__(self) -> None:
            said.append(f"+ {self.what}")

        def __exit__(self, *_: object) -> None:
            said.append(f"- {self.what}")

    def busy(what: str) -> AbstractContextManager[object]:
        return Told(what)

    with Progress(busy, 2) as progress:
        progress.proving("Toy 1")
        progress.started(2, Step(description="Drop it", sql=("drop",)))
    assert said == [
        "+ Looking at the database",
        "+ Proving the plan on Toy 1",
        "- Proving the plan on Toy 1",
        "+ Step 2 of 2: Drop it",
        "- Step 2 of 2: Drop it",
        "- Looking at the database",
    ]


def test_the_answer_is_the_same_with_a_terminal(lockplane: Shell) -> None:
    """A program on stdout reads what it would read without somebody at the terminal."""
    lockplane.write("p.json", '{"steps": []}')
    words = ("validate", "plan", "p.json", "--format", "json")
    found = Terminal()
    done = subprocess.run(
        lockplane.command(*words),
        cwd=lockplane.folder,
        env=lockplane.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=found.slave,
        encoding="utf-8",
        check=True,
    )
    os.close(found.slave)
    found.reader.join()
    assert done.stdout == lockplane(*words).out
