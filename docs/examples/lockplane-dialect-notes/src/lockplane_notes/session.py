"""A session on a folder: `new NAME "TEXT"` makes a note, and `drop NAME` takes it away."""

from __future__ import annotations

import json
from contextlib import nullcontext, suppress

from lockplane_core.errors import StatementFailed


def read(statement):
    match statement.split(" ", 2):
        case ["new", name, text] if (found := _text(text)) is not None:
            return "new", name, found
        case ["drop", name]:
            return "drop", name, ""
    raise StatementFailed(f'{statement}: expected new NAME "TEXT" or drop NAME')


def _text(quoted):
    with suppress(ValueError):
        found = json.loads(quoted)
        return found if isinstance(found, str) else None


class NotesSession:
    dialect, version = "notes", "1"
    transaction = snapshot = nullcontext  # a folder has neither

    def __init__(self, folder):
        self.folder = folder

    def query(self, sql, params=()):
        files = sorted(self.folder.glob("*.txt"))
        return [(file.stem, file.read_text(encoding="utf-8")) for file in files]

    def execute(self, sql):
        verb, name, text = read(sql)
        file = self.folder / f"{name}.txt"
        if file.exists() == (verb == "new"):
            there = "already" if verb == "new" else "not"
            raise StatementFailed(f"note {name} is {there} there")
        if verb == "new":
            file.write_text(text, encoding="utf-8")
        else:
            file.unlink()

    def script(self, statements):
        for sql in statements:
            self.execute(sql)

    def close(self):
        pass
