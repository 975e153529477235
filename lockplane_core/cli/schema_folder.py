"""Writing schema files without ever replacing one that says something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.builtin.formats.plan_words import count
from lockplane_core.cli import output
from lockplane_core.errors import Refused, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write_folder(folder: Path, files: Sequence[tuple[str, str]]) -> None:
    """Write `files` into `folder`. Raises `Refused` before the first if the folder holds others."""
    wanted = dict(files)
    _refuse_others(folder, wanted)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files:
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{error.filename or folder}: {error.strerror or error}") from error
    output.say(f"✓ Wrote {count(len(files), 'file')} to {folder}")


def _refuse_others(folder: Path, wanted: dict[str, str]) -> None:
    if not folder.exists():
        return
    others = [path.name for path in sorted(folder.iterdir()) if _differs(path, wanted)]
    if others:
        raise Refused(
            f"{folder} holds other files, which would be mixed up with these: {', '.join(others)}",
            hint="Name a new or empty folder. Nothing was written.",
        )


def _differs(path: Path, wanted: dict[str, str]) -> bool:
    """Whether a file is another one than we would write; hidden files do not matter."""
    if path.name.startswith("."):
        return False
    if path.name not in wanted or not path.is_file():
        return True
    return path.read_bytes() != wanted[path.name].encode()
