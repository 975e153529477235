"""CommandSpec: a command of the CLI that is imported only when it is called."""

from __future__ import annotations

import msgspec


class CommandSpec(msgspec.Struct, frozen=True):
    """`module` is `package.module:attribute` of a click command, `help` its line in --help."""

    name: str
    module: str
    help: str


class Setting(msgspec.Struct, frozen=True):
    """A key that a plugin reads from lockplane.toml: `[name] key`, with its help."""

    table: str
    key: str
    help: str
