"""The product: its addresses, its schema files, a place to try things out; and the hooks."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from lockplane_core.errors import ConnectionFailed, StatementFailed
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span
from lockplane_core.model.ref import Ref
from lockplane_core.model.statement import Declared, Parsed, Statement
from lockplane_core.spi.dialect import Dialect
from lockplane_core.spi.hookspecs import hookimpl
from lockplane_core.spi.shadow import Shadow
from lockplane_notes.kind import NoteKind
from lockplane_notes.session import NotesSession, read


class NotesDialect(Dialect):
    name, title = "notes", "Notes"

    def claims(self, url):
        return url.startswith("notes:")

    def connect(self, url, purpose):
        folder = Path(url.removeprefix("notes:"))
        if not folder.is_dir():
            raise ConnectionFailed(f"there is no folder {folder}", hint=f"mkdir {folder}")
        return NotesSession(folder)

    def parse(self, document):
        statements, errors = [], []
        for number, line in enumerate(document.text.splitlines(), 1):
            sql, span = line.strip().removesuffix(";"), Span(document.name, number)
            try:
                statements += [self._statement(sql, span)] if sql else []
            except StatementFailed as error:
                errors.append(
                    Finding(id="syntax_error", severity="error", message=error.message, span=span)
                )
        return Parsed(tuple(statements), tuple(errors))

    def _statement(self, sql, span):
        verb, name, _ = read(sql)
        note = (Declared(ref=Ref("notes.note", (name,)), span=span),)
        if verb == "new":
            return Statement(verb="create", sql=sql, span=span, declares=note)
        return Statement(verb="drop", sql=sql, span=span, drops=note)

    def shadow(self, request):
        return NotesShadow()


class NotesShadow(Shadow):
    judge, version = "a temporary folder", "1"

    @contextmanager
    def scratch(self):
        with TemporaryDirectory() as folder:
            yield NotesSession(Path(folder))


@hookimpl
def lockplane_dialects():
    return [NotesDialect()]


@hookimpl
def lockplane_kinds(dialect):
    return [NoteKind()] if dialect == "notes" else []
