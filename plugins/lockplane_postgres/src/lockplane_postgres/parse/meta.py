"""Meta: the commands of psql, and what becomes of each in a script that is read without it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Fate = Literal["silent", "left_out", "refused", "sends", "stops"]


class Command(NamedTuple):
    """A backslash command: its name, its arguments, and what becomes of it.

    A `risky` one reaches beyond the database.
    """

    name: str
    arguments: str
    fate: Fate
    reason: str = ""
    risky: bool = False

    def __str__(self) -> str:
        return f"\\{self.name} ({self.reason})" if self.reason else f"\\{self.name}"


_REACHING = {
    "!": "it runs a program",
    "c": "it goes to another database",
    "connect": "it goes to another database",
    "cd": "it goes to another folder",
    "copy": "it reads or writes files",
    "i": "it runs another file",
    "ir": "it runs another file",
    "include": "it runs another file",
    "include_relative": "it runs another file",
    "gexec": "it runs SQL that a query puts together",
    "lo_export": "it writes files",
    "lo_import": "it reads files",
    "o": "it writes files",
    "out": "it writes files",
    "w": "it writes files",
    "write": "it writes files",
}
_BRANCHING = dict.fromkeys(("if", "elif", "else", "endif"), "what follows depends on psql")
_DISPLAY = frozenset({
    "a", "C", "d", "dn", "dt", "echo", "encoding", "errverbose", "f", "H", "pset", "qecho", "set",
    "t", "T", "timing", "unset", "warn", "x",
})  # fmt: skip
"""What changes psql's own variables, and how it shows things."""
_SILENT = frozenset({"restrict", "unrestrict"})
"""With these pg_dump has kept a script from acting on psql since August 2025."""


def read_command(line: str) -> Command:
    """The command in a line that begins after its backslash."""
    name, _, arguments = line.partition(" ")
    name, arguments = name.rstrip(), arguments.strip()
    if not name[:1].isalpha():  # `\\!ls` needs no space
        name, arguments = name[:1], f"{name[1:]} {arguments}".strip()
    if name in _SILENT:
        return Command(name, arguments, "silent")
    if name in ("q", "quit"):
        return Command(name, arguments, "stops")
    if name in _REACHING:
        return Command(name, arguments, "refused", _REACHING[name], risky=True)
    if name in ("g", "gx", ";"):
        return _sending(name, arguments)
    if name in _DISPLAY:
        return Command(name, arguments, "left_out", "it is about psql alone")
    return Command(name, arguments, "refused", _BRANCHING.get(name, "only psql understands it"))


def _sending(name: str, arguments: str) -> Command:
    if arguments and name != ";":
        return Command(name, arguments, "refused", "it writes files", risky=True)
    return Command(name, arguments, "sends")
