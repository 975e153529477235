"""Commands of plugins: their names are remembered, so that `--help` need not load plugins.

The memory is one file in the user's cache folder. It is valid while no folder on the path of
modules changed, which is what installing and uninstalling does.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lockplane_core.errors import LockplaneError

if TYPE_CHECKING:
    from lockplane_core.cli.program import Program

_FILE = "commands.json"
_OFF = "LOCKPLANE_NO_PLUGINS"

Known = dict[str, tuple[str, str]]
"""Where a command lives, and its line of help, by name."""


def known(program: Program) -> Known:
    """The commands that plugins bring, remembered or asked for now; none if asking fails."""
    if os.environ.get(_OFF):
        return {}
    remembered = _recall()
    if remembered is not None:
        return remembered
    try:
        return _ask(program)
    except LockplaneError:
        return {}


def find(program: Program, name: str) -> str | None:
    """Where the command `name` lives. Plugins are loaded, for it may be new."""
    found = _ask(program).get(name)
    return found[0] if found else None


def _ask(program: Program) -> Known:
    from lockplane_core.builtin.commands import TABLE

    ours = dict(TABLE)
    commands = program.registry.commands
    found = {n: (spec.module, spec.help) for n, spec in commands.items() if n not in ours}
    if not os.environ.get(_OFF) and not program.registry.broken:
        _remember(found)
    return found


def _recall() -> Known | None:
    try:
        stored = json.loads(_place().read_bytes())
        if stored["path"] != _path():
            return None
        return {name: (module, text) for name, (module, text) in stored["commands"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _remember(found: Known) -> None:
    place = _place()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"path": _path(), "commands": found}), encoding="utf-8")
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
