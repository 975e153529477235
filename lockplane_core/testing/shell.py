"""The command line as a user starts it: a folder, an environment, and the program in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

_SETTINGS = ("DATABASE_URL", "SHADOW_DATABASE_URL", "LOCKPLANE_ENV", "NO_COLOR")
_PATIENCE = 240.0
"""Seconds that any command may take on a busy machine; one that takes longer hangs."""


class Done(msgspec.Struct, frozen=True):
    """What a call of the program came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer on stdout."""
        return json.loads(self.out)

    @property
    def descriptions(self) -> list[str]:
        """Of a plan on stdout, what its steps do."""
        return [step["description"] for step in self.json["steps"]]

    @property
    def applied(self) -> int:
        """Of a run that succeeded, how many steps it applied."""
        done = self.succeeded().json
        assert done["success"] is True
        return int(done["steps_applied"])

    def succeeded(self) -> Done:
        """Check that it did."""
        assert self.code == 0, f"exit {self.code}\n{self.err}\n{self.out}"
        return self

    def refused(self, *words: str, code: int = 1) -> Done:
        """Check that it failed with a message for people which holds `words`."""
        assert self.code == code, f"exit {self.code}\n{self.err}\n{self.out}"
        assert "Traceback" not in self.err
        assert "fault of Lockplane" not in self.err, self.err
        for word in words:
            assert word in self.err, self.err
        return self


class Shell:
    """Call it with the words of a command line; settings of the caller's own are not seen."""

    def __init__(self, folder: Path, **env: str) -> None:
        self.folder = folder
        self.env = {key: value for key, value in os.environ.items() if key not in _SETTINGS} | env

    def __call__(self, *words: str | Path, **env: str) -> Done:
        process = self.start(*words, **env)
        try:
            out, err = process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)  # it says on stderr where it stands
            out, err = process.communicate()
        return Done(process.returncode, out, err)

    def start(self, *words: str | Path, **env: str) -> subprocess.Popen[str]:
        """Start the program without waiting for its end."""
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self.env | env | {"PYTHONFAULTHANDLER": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def command(self, *words: str | Path) -> list[str]:
        """The whole command line."""
        return [sys.executable, "-m", "lockplane_core", *map(str, words)]

    def write(self, name: str, text: str | bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def save(self, name: str, *words: str | Path) -> Done:
        """Run a command that must succeed, and keep its answer in a file, as `> name` does."""
        done = self(*words).succeeded()
        self.write(name, done.out)
        return done
