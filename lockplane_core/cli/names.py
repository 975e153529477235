"""Names that plugins bring: remembered, so that help and completion need not load plugins.

The memory is one file in the user's cache folder. It is valid while no folder on the path of
modules changed, which is what installing and uninstalling does.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lockplane_core.builtin.commands import TABLE
from lockplane_core.builtin.formats import NAMES
from lockplane_core.errors import LockplaneError

if TYPE_CHECKING:
    from lockplane_core.cli.program import Program

_FILE = "names.json"
_OFF = "LOCKPLANE_NO_PLUGINS"

Commands = dict[str, tuple[str, str]]
"""Where a command lives, and its line of help, by name."""


class Names(NamedTuple):
    """What plugins bring: commands, formats by what they write, and dialects."""

    commands: Commands
    formats: dict[str, list[str]]
    dialects: list[str]


_NONE = Names({}, {}, [])


def known(program: Program) -> Names:
    """What plugins bring, remembered or asked for now; nothing if asking fails."""
    if os.environ.get(_OFF):
        return _NONE
    remembered = _recall()
    if remembered is not None:
        return remembered
    try:
        found = Names(_commands(program), _formats(program), list(program.registry.dialects))
    except LockplaneError:
        return _NONE
    if not program.registry.broken:
        _remember(found)
    return found


def formats(program: Program | None, writes: str) -> list[str]:
    """The formats of the core and of plugins that write plans, or findings."""
    others = known(program).formats.get(writes, []) if program else []
    return sorted({*NAMES[writes], *others})


def find_command(program: Program, name: str) -> str | None:
    """Where the command `name` of a plugin lives. Plugins are loaded, for it may be new."""
    found = _commands(program).get(name)
    return found[0] if found else None


def _commands(program: Program) -> Commands:
    ours = dict(TABLE)
    commands = program.registry.commands
    return {n: (spec.module, spec.help) for n, spec in commands.items() if n not in ours}


def _formats(program: Program) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for writes, name in sorted(program.registry.formats):
        if name not in NAMES.get(writes, ()):
            found.setdefault(writes, []).append(name)
    return found


# -- the memory ----------------------------------------------------------------------------


def _recall() -> Names | None:
    try:
        stored = json.loads(_place().read_bytes())
        if stored["path"] != _path():
            return None
        commands = {name: (module, text) for name, (module, text) in stored["commands"].items()}
        formats = {writes: list(names) for writes, names in stored["formats"].items()}
        return Names(commands, formats, list(stored["dialects"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _remember(found: Names) -> None:
    place = _place()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"path": _path(), **found._asdict()}), encoding="utf-8")
        draft.replace(place)
    except OSError:
        return  # a read-only home only costs time


def _path() -> list[list[object]]:
    """The folders that modules come from, with the time of their last change.

    The folder of the program itself is left out: it depends on how lockplane is started.
    """
    start = ("", str(Path(sys.argv[0]).parent), str(Path.cwd()))
    return [[entry, _changed(entry)] for entry in sys.path if entry not in start]


def _changed(entry: str) -> int:
    try:
        return Path(entry).stat().st_mtime_ns
    except OSError:
        return 0


def _place() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lockplane" / _FILE
