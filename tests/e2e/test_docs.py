"""Every command line in README and docs runs, in the order of the page, in an empty folder.

How a fenced block is read, by its first word:

* ```sh is run line by line and must succeed, or exit with N in ```sh exits=N. What installs is
  left to the wheel tests. After `<!-- not run: REASON -->` it is only parsed, and counted.
* ```text output is what the block before it printed: its lines, in their order. … stands for
  whatever there is, in a line or instead of lines.
* ```LANGUAGE file=NAME is written to that file; without a name it is there to be read.

A page that names the address of a product's local database gets a real one in its place.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
import pytest

from lockplane_core.app import load_registry
from lockplane_core.cli.assemble import build_cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
TOOLS = Path(__file__).parent / "tools" / "node_modules"
RUN = [
    ROOT / "README.md",
    *sorted(p for p in ROOT.glob("docs/**/*.md") if ROOT / "docs/examples" not in p.parents),
]
PAGES = [
    *RUN,
    ROOT / "CONTRIBUTING.md",
    ROOT / "llms.txt",
    *sorted(ROOT.glob("claude-plugin/**/*.md")),
]
LANGUAGES = {"ini", "json", "prisma", "python", "sh", "sql", "text", "toml", "ts", "yaml"}
LOCAL_DATABASE = "postgresql://postgres:postgres@127.0.0.1:54322/postgres"
NOT_RUN = {
    "CONTRIBUTING.md": 1,
    "README.md": 1,
    "docs/guides/supabase.md": 1,
    "docs/installation.md": 2,
    "docs/performance.md": 1,
    "docs/writing-a-check.md": 2,
    "docs/writing-a-dialect.md": 2,
}
"""How many blocks of a page are not run; each says why, above the block."""


class Block(msgspec.Struct):
    """A fenced block: its language, the words after it, its text, its first line, and its mark."""

    language: str
    words: dict[str, str]
    text: str
    line: int
    not_run: str = ""

    @property
    def is_run(self) -> bool:
        """Whether its lines are commands to run."""
        return self.language == "sh" and not self.not_run


class Reader:
    """The folder of a page, and what its last block printed."""

    def __init__(self, page: Path, folder: Path, replaced: dict[str, str]) -> None:
        self.page, self.folder, self.replaced = page, folder, replaced
        plain = {k: v for k, v in os.environ.items() if not k.endswith("DATABASE_URL")}
        path = os.pathsep.join([str(Path(sys.executable).parent), plain.get("PATH", "")])
        self.environment = {**plain, "PATH": path, **_QUIET}
        self.printed = ""

    def follow(self, block: Block) -> None:
        """Do what the block says."""
        text = block.text
        for address, real in self.replaced.items():
            text = text.replace(address, real)
        if "file" in block.words:
            target = self.folder / block.words["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        elif block.is_run:
            self.printed = "".join(self._run(line, block) for line in _commands(text))
        elif "output" in block.words:
            self._compare(block)

    def _run(self, line: str, block: Block) -> str:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            self.environment[name] = "".join(shlex.split(value))
            return ""
        if "pip install" in line:
            return ""
        done = subprocess.run(  # noqa: S602 - the documentation's own lines
            line,
            shell=True,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        wanted = int(block.words.get("exits", 0))
        said = f"{self.page.name}:{block.line}: {line}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == wanted, said
        return done.stdout + done.stderr

    def _compare(self, block: Block) -> None:
        lines = iter(line.strip() for line in self.printed.splitlines())
        for wanted in filter(None, map(str.strip, block.text.splitlines())):
            said = f"{self.page.name}:{block.line}: {wanted!r} is not in\n{self.printed}"
            pattern = ".*".join(map(re.escape, wanted.split("…")))
            assert wanted == "…" or any(re.fullmatch(pattern, line) for line in lines), said


_QUIET = {
    "CHECKPOINT_DISABLE": "1",
    "DO_NOT_TRACK": "1",
    # With any file here Prisma fetches no engine; `migrate diff` has no use for this one.
    "PRISMA_QUERY_ENGINE_LIBRARY": __file__,
    "PRISMA_HIDE_UPDATE_MESSAGE": "1",
}


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    fence: list[str] | None = None
    lines: list[str] = []
    start, reason = 0, ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if fence is None and line.startswith("<!-- not run: "):
            reason = line.removeprefix("<!-- not run: ").removesuffix(" -->")
        elif fence is None and line.startswith("```"):
            fence, lines, start = line[3:].split(), [], number
        elif fence is not None and line == "```":
            words = dict(word.partition("=")[::2] for word in fence[1:])
            language = fence[0] if fence else ""
            yield Block(language, words, "\n".join(lines) + "\n", start, reason)
            fence, reason = None, ""
        elif fence is not None:
            lines.append(line)
    assert fence is None, f"{page.name}:{start}: this block has no end"


def _commands(text: str) -> list[str]:
    """Lines, joined where they end in a backslash, without what installs."""
    lines = text.replace("\\\n", " ").splitlines()
    found = [line for line in lines if line.strip() and not line.startswith("#")]
    return [line.rpartition("&& ")[2] if "pip install" in line else line for line in found]


def runnable(page: Path) -> list[Block]:
    """The blocks that write a file, run a command, or say what it prints."""
    found = list(blocks(page))
    return found if any(block.is_run for block in found) else []


# -- running -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [p for p in RUN if runnable(p)], ids=lambda page: page.name)
def test_every_command_of_the_page_runs(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What a reader would type does what the page says."""
    text = page.read_text(encoding="utf-8")
    if "npx " in text:
        _bring_tools(tmp_path)
    address = request.getfixturevalue("plain_main") if LOCAL_DATABASE in text else ""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    reader = Reader(page, tmp_path, {LOCAL_DATABASE: address} if address else {})
    for block in runnable(page):
        reader.follow(block)


@pytest.fixture
def plain_main(main: str, sql: Callable[..., object]) -> str:
    """The main database by an address that every client understands, with what Supabase brings."""
    sql("CREATE SCHEMA auth")
    sql("CREATE TABLE auth.users (id uuid PRIMARY KEY, email text)")
    return re.sub(r"(channel_binding|client_encoding|gssencmode)=[^&]*&?", "", main)


def _bring_tools(folder: Path) -> None:
    """Put the programs of npm where npx looks for them first."""
    if not TOOLS.is_dir() and not os.environ.get("LOCKPLANE_REQUIRE_NPM"):
        pytest.skip("the tools of npm are not installed (tox -e guides): commands are only parsed")
    assert TOOLS.is_dir()
    (folder / "node_modules").symlink_to(TOOLS)


# -- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    """A block without a language would be neither run nor checked."""
    unknown = {
        block.line: block.language for block in blocks(page) if block.language not in LANGUAGES
    }
    assert unknown == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_block_that_is_a_file_is_named_to_the_reader(page: Path) -> None:
    """What stands after the language of a block is shown nowhere."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for block in blocks(page):
        if "file" in block.words:
            before = [line for line in lines[: block.line - 1] if line.strip()][-1]
            assert f"`{block.words['file']}`" in before, f"{page.name}:{block.line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_the_page_leads_somewhere(page: Path) -> None:
    """Those between pages of docs/ are looked at by mkdocs too, with their anchors."""
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    here = [target for target in targets if "://" not in target]
    assert [target for target in here if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(
    "name",
    [
        "claude-plugin/README.md",
        "docs/alembic.md",
        "docs/installation.md",
        "docs/prisma.md",
        "docs/sqlalchemy.md",
        "docs/supabase.md",
        "examples/schemas-json",
        "llms.txt",
        "schema-json/plan.json",
        "schema-json/schema.json",
    ],
)
def test_what_the_first_lockplane_links_is_there(name: str) -> None:
    """Bookmarks, and files that people made after its readme, go on working."""
    assert (ROOT / name).exists()


def test_what_is_not_run_is_counted_and_says_why() -> None:
    """A new exception is a decision: it changes the table above."""
    found = {
        page.relative_to(ROOT).as_posix(): [
            block.not_run for block in blocks(page) if block.not_run
        ]
        for page in [*RUN, ROOT / "CONTRIBUTING.md"]
    }
    assert {name: len(reasons) for name, reasons in found.items() if reasons} == NOT_RUN
    assert all(len(reason.split()) > 2 for reasons in found.values() for reason in reasons)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_page_parses(page: Path) -> None:
    """Also those in prose, in output, in workflows, and in pages that nothing runs."""
    wrong = []
    text = page.read_text(encoding="utf-8")
    for line in (line for block in blocks(page) for line in _lockplane_lines(block.text)):
        wrong += [f"{line}: {said}" for said in _faults(line, whole=True)]
    for line in re.findall(r"`(lockplane [^`\n]+)`", text):
        wrong += [f"{line}: {said}" for said in _faults(line, whole=False)]
    assert wrong == []


def _lockplane_lines(text: str) -> Iterator[str]:
    for line in text.replace("\\\n", " ").splitlines():
        command = line.strip().removeprefix("- ").removeprefix("run: ").rpartition("&& ")[2]
        if command.startswith("lockplane ") and "[OPTIONS]" not in command:
            yield command


def _faults(line: str, *, whole: bool) -> Iterator[str]:
    """Why the command line would be refused; a mere mention may leave out what is required."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|>&;()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words = []
    for word in lexer:
        if set(word) <= set("|>&;()"):
            break
        words.append(word)
    cli = build_cli(load_registry)
    context = click.Context(cli, info_name="lockplane", obj=cli.program)
    try:
        _parse(cli, context, words[1:])
    except click.MissingParameter as error:
        if whole:
            yield error.format_message()
    except click.UsageError as error:
        yield error.format_message()
    except click.exceptions.Exit:
        pass


def _parse(group: click.Group, context: click.Context, words: list[str]) -> None:
    """Parse the words of a command as the program does, and run nothing."""
    if not words or words[0].startswith("-"):
        group.make_context("lockplane", list(words) or ["--version"], obj=context.obj)
        return
    name, command, rest = group.resolve_command(context, words)
    assert command is not None
    if isinstance(command, click.Group):
        below = click.Context(command, info_name=name, parent=context, obj=context.obj)
        if rest:
            _parse(command, below, rest)
        return
    command.make_context(name, list(rest), parent=context, obj=context.obj)
