"""A Docker Compose file: found, and added to line by line."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from lockplane_core.errors import Refused, SourceError
from lockplane_postgres.compose import nodes, service

if TYPE_CHECKING:
    from pathlib import Path

CANDIDATES = ("docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")
SHADOW = "shadow"
_STEPS = range(2, 9)
_COMMENT = "# Throw-away databases of Lockplane (lockplane init docker-compose)."


def find(folder: Path, named: str = "") -> Path:
    """The file that was named, else the first of the usual names. Raises `SourceError`."""
    for name in (named,) if named else CANDIDATES:
        if (folder / name).is_file():
            return folder / name
    looked = named or ", ".join(CANDIDATES)
    raise SourceError(
        f"there is no Docker Compose file here: looked for {looked}",
        hint="Name it with --file. Without Docker: `lockplane init embedded` makes a server.",
    )


class ComposeText:
    """The text of a file, and what it says. Raises `SourceError` for what is no Compose file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"{path.name}: {error}") from error
        self.root = nodes.read(self.text, path.name)
        node = nodes.entries(self.root).get("services")
        if not isinstance(node, nodes.MappingNode) or not node.value:
            raise SourceError(f"{path.name} is no Docker Compose file: it has no services")
        self.node = node
        self.services = nodes.entries(node)

    @property
    def has_shadow(self) -> bool:
        return SHADOW in self.services

    def primary(self) -> str:
        """The name of the PostgreSQL service. Raises `Refused` if there is none."""
        found = service.primary(self.services)
        if found:
            return found
        raise Refused(
            f"{self.path.name} has no PostgreSQL service: there are {', '.join(self.services)}",
            hint="Its image has postgres in its name, or it has POSTGRES_DB in its environment. "
            "The file was not changed.",
            code="no_postgres",
        )

    def port(self) -> int:
        """The port for the shadow."""
        return service.free_port(self.services.values())

    def with_shadow(self) -> str:
        """The text with the service added; everything else keeps its bytes.

        Raises `Refused`, with the lines to add by hand, where the file is not laid out in lines.
        """
        added = service.shadow(self.services[self.primary()], self.port())
        column = 2 if self.node.flow_style else self.node.value[0][0].start_mark.column
        lines = self._lines(added, column)
        text = self._inserted(lines, column)
        if self.node.flow_style or not self._is_added(text, added):
            raise Refused(
                f"{self.path.name} is laid out so that nothing can be added to it line by line",
                hint="\n".join(["Add this below `services:` yourself:", *lines]),
                code="not_added",
            )
        return text

    def _lines(self, added: nodes.MappingNode, column: int) -> list[str]:
        step = self._step(column)
        lines = [_COMMENT, *nodes.written(nodes.mapping([(SHADOW, added)]), step)]
        return [f"{' ' * column}{line}" if line else "" for line in lines]

    def _step(self, column: int) -> int:
        """How far this file indents what is in a service."""
        inner = (
            value.value[0][0].start_mark.column - column
            for _, value in self.node.value
            if isinstance(value, nodes.MappingNode) and value.value and not value.flow_style
        )
        step = 2 if self.node.flow_style else next(inner, 2)
        return step if step in _STEPS else 2

    def _inserted(self, added: list[str], column: int) -> str:
        ending = "\r\n" if "\r\n" in self.text else "\n"
        lines = self.text.splitlines(keepends=True)
        last = self._last_line(lines, column)
        if not lines[last].endswith(("\n", "\r")):
            lines[last] += ending
        gap = [ending] if self._has_gap(lines) else []
        lines[last + 1 : last + 1] = [*gap, *(line + ending for line in added)]
        return "".join(lines)

    def _last_line(self, lines: list[str], column: int) -> int:
        """The last line of the last service, with the comments that are indented like a part."""
        ends = (leaf.end_mark.index for leaf in nodes.leaves(self.node))
        last = len(self.text[: max(ends)].rstrip().splitlines()) - 1
        for number in range(last + 1, len(lines)):
            line = lines[number].strip()
            if line and not line.startswith("#"):
                break
            if line and len(lines[number]) - len(lines[number].lstrip()) > column:
                last = number
        return last

    def _has_gap(self, lines: list[str]) -> bool:
        """Whether this file leaves a line before its last service, above the comments on it."""
        above = self.node.value[-1][0].start_mark.line - 1
        while lines[above].strip().startswith("#"):
            above -= 1
        return len(self.node.value) == 1 or not lines[above].strip()

    def _is_added(self, text: str, added: nodes.MappingNode) -> bool:
        """Whether the text says what it said, and the service besides."""
        with suppress(SourceError):
            root = nodes.meaning(nodes.read(text, self.path.name))
            before = nodes.meaning(self.root)
            if isinstance(root, dict) and isinstance(before, dict):
                wanted = {**before["services"], SHADOW: nodes.meaning(added)}
                return root == {**before, "services": wanted}
        return False


def replace(path: Path, text: str) -> None:
    """Put the text in place of the file's, in one go and with its permissions."""
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        draft.write_bytes(text.encode())
        shutil.copymode(target, draft)
        draft.replace(target)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise SourceError(f"{path.name}: {error.strerror or error}") from error
