"""The loader `exec:`: a program whose standard output is SQL."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING, ClassVar

from lockplane_core.errors import SourceError
from lockplane_core.model.statement import Document
from lockplane_core.spi.loader import Loaded

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.spi.dialect import Dialect


class ExecLoader:
    """`exec:COMMAND` runs COMMAND without a shell, and takes what it prints as a script."""

    prefix: ClassVar[str] = "exec"

    def load(self, value: str, dialect: Dialect, folder: Path) -> Loaded:
        """What the command printed, as one document. Raises `SourceError`."""
        printed = _run(value, folder)
        try:
            text = printed.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise SourceError(f"exec:{value}: printed no UTF-8 (byte {error.start})") from error
        if not text.strip():
            raise SourceError(
                f"exec:{value}: printed nothing",
                hint="The command must write the schema as SQL to its standard output.",
            )
        return Loaded(documents=(Document(f"exec:{value}", text),), declarative=False)


def _run(value: str, folder: Path) -> bytes:
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise SourceError(f"exec:{value}: {error}") from error
    if not words:
        raise SourceError("exec: names no command", hint="exec:./print-schema --sql")
    try:
        done = subprocess.run(
            words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError as error:
        raise SourceError(f"exec:{value}: {words[0]}: {error.strerror or error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise SourceError(f"exec:{value}: ended with {done.returncode}", hint=said)
    return done.stdout
