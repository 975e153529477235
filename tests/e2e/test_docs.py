"""Every command line in README and docs runs, in the order of the page, in an empty folder.

A block ```sql file=NAME is written to that file; a block ```sh is run line by line and must
succeed, or exit with N in ```sh exits=N. Installation commands are left to the wheel tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


class Block(msgspec.Struct):
    """A fenced block: its language, the words after it, its text, and its first line."""

    language: str
    words: dict[str, str]
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    fence: list[str] | None = None
    lines: list[str] = []
    start = 0
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if fence is None and line.startswith("```") and len(line) > len("```"):
            fence, lines, start = line[3:].split(), [], number
        elif fence is not None and line == "```":
            words = dict(word.partition("=")[::2] for word in fence[1:])
            yield Block(fence[0], words, "\n".join(lines) + "\n", start)
            fence = None
        elif fence is not None:
            lines.append(line)


def runnable(page: Path) -> list[Block]:
    """The blocks that write a file or run a command."""
    return [b for b in blocks(page) if b.language == "sh" or "file" in b.words]


@pytest.mark.parametrize("page", [p for p in PAGES if runnable(p)], ids=lambda page: page.name)
def test_every_command_of_the_page_runs(page: Path, tmp_path: Path) -> None:
    """What a reader would type does what the page says."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    environment = _environment()
    for block in runnable(page):
        if "file" in block.words:
            target = tmp_path / block.words["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
            continue
        for line in _commands(block.text):
            _run(line, block, page, tmp_path, environment)


def _environment() -> dict[str, str]:
    plain = {k: v for k, v in os.environ.items() if not k.endswith("DATABASE_URL")}
    scripts = str(Path(sys.executable).parent)
    return {**plain, "PATH": os.pathsep.join([scripts, plain.get("PATH", "")])}


def _commands(text: str) -> list[str]:
    """Lines, joined where they end in a backslash, without what installs."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line.rpartition("&& ")[2] for line in lines if line and not line.startswith("#")]


def _run(line: str, block: Block, page: Path, folder: Path, environment: dict[str, str]) -> None:
    if line.startswith("export "):
        name, _, value = line.removeprefix("export ").partition("=")
        environment[name] = value
        return
    if "pip install" in line:
        return
    done = subprocess.run(  # noqa: S602 - the documentation's own lines
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    wanted = int(block.words.get("exits", 0))
    said = f"{page.name}:{block.line}: {line}\n{done.stdout}\n{done.stderr}"
    assert done.returncode == wanted, said
