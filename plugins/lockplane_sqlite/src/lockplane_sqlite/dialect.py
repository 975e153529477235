"""Dialect: SQLite, as the standard library's sqlite3 has it."""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lockplane_core.errors import LockplaneError, Refused, StatementFailed
from lockplane_core.spi.dialect import Diagnosis, Dialect
from lockplane_sqlite import address, refs
from lockplane_sqlite.features import MINIMUM
from lockplane_sqlite.quote import fold, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.plan import Plan, Segment
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.statement import Comment, Document, Parsed
    from lockplane_core.spi.dialect import Purpose
    from lockplane_core.spi.keeper import Keeper
    from lockplane_core.spi.reader import Reader
    from lockplane_core.spi.session import Session
    from lockplane_core.spi.shadow import ScratchRequest, Shadow

_NOT_THERE_YET = ("no such table", "no such column", "no such index", "no such view")


class Sqlite(Dialect):
    """SQLite 3.37 and later. Texts are kept verbatim, so every version speaks alike."""

    name = "sqlite"
    title = "SQLite"
    versions = f"SQLite {MINIMUM[0]}.{MINIMUM[1]} and newer, as the sqlite3 of Python brings it."
    capabilities: ClassVar[frozenset[str]] = frozenset({"transactional_ddl", "data"})

    # -- addresses -------------------------------------------------------------------------

    def claims(self, url: str) -> bool:
        """`sqlite:`, `file:`, `:memory:`, and paths that end like an SQLite file."""
        return address.claims(url)

    def exists(self, url: str) -> bool:
        """Whether its file is there; memory always is."""
        path = address.address(url).path
        return path is None or path.exists()

    def moved(self, url: str, way: str) -> str:
        """With its path, if that is a relative one, taken from the other folder."""
        return address.moved(url, way)

    def connect(self, url: str, purpose: Purpose) -> Session:
        """Open the file; `read` never makes one, `apply` does."""
        from lockplane_sqlite.connecting import connect

        return connect(url, purpose)

    # -- schema files ----------------------------------------------------------------------

    def fold(self, name: str) -> str:
        """ASCII letters are one in both cases."""
        return fold(name)

    def parse(self, document: Document) -> Parsed:
        """The statements, and every error that SQLite itself finds in them."""
        from lockplane_sqlite.parse import parse

        return parse(document)

    def script(self, document: Document) -> Parsed:
        """The statements of any script; what only the command line shell reads is left out."""
        from lockplane_sqlite.parse import script

        return script(document)

    def translate(self, document: Document) -> tuple[Document, tuple[str, ...]]:
        """PostgreSQL's words where SQLite has others for the same."""
        from lockplane_sqlite.translate import translate

        return translate(document)

    def token_end(self, text: str, start: int) -> int:
        """By SQLite's tokens."""
        from lockplane_sqlite.tokens import end_of

        return end_of(text, start)

    def comments(self, document: Document) -> Iterable[Comment]:
        """What stands between the tokens."""
        from lockplane_sqlite.comments import comments

        return comments(document)

    def names_in(self, text: str) -> tuple[str, ...]:
        """One name: nothing is in anything else here."""
        from lockplane_sqlite.comments import names_in

        return names_in(text)

    def foreign_risks(self, sql: str) -> tuple[str, ...]:
        """ATTACH, VACUUM INTO and load_extension."""
        from lockplane_sqlite.parse import risks

        return risks(sql)

    def quote(self, name: str) -> str:
        """In double quotes, only where it has to be."""
        return quote(name)

    # -- reading ---------------------------------------------------------------------------

    def reader(self, session: Session) -> Reader:
        """What the kinds share."""
        from lockplane_sqlite.reader import SqliteReader

        return SqliteReader(session)

    def canonical(self, text: str) -> str:
        """White space, comments and the case of words do not count."""
        from lockplane_sqlite.tokens import canonical

        return canonical(text)

    def meaning(self, text: str) -> str:
        """As `canonical`: SQLite keeps text as it was written, so its layout is chance."""
        return self.canonical(text)

    # -- scratches -------------------------------------------------------------------------

    def shadow(self, request: ScratchRequest) -> Shadow:
        """In memory, or in new files beside the one that is named."""
        from lockplane_sqlite.shadow import shadow

        return shadow(request)

    def keeper(self) -> Keeper:
        """What finds files of scratches that runs which died have left."""
        from lockplane_sqlite.keeper import SqliteKeeper

        return SqliteKeeper()

    def same_speech(self, version: str, other: str) -> bool:
        """SQLite keeps the text that it was given, whatever its version."""
        return True

    def retryable(self, error: Exception) -> bool:
        """Whether something that the statement names is not there yet."""
        return isinstance(error, StatementFailed) and any(
            words in error.message for words in _NOT_THERE_YET
        )

    def unsound(self, session: Session) -> Iterable[tuple[Ref, StatementFailed]]:
        """Views and triggers that name what is not there."""
        from lockplane_sqlite.soundness import unsound

        return unsound(session)

    def seed(self, session: Session, catalog: Catalog, table: Ref) -> bool:
        """One row that the constraints let in."""
        from lockplane_sqlite.seeding import seed

        return seed(session, catalog, table)

    def count_rows(self, session: Session, table: Ref) -> int:
        """How many rows the table has."""
        return int(session.query(f"SELECT count(*) FROM {quote(table.name)}")[0][0])

    def identities(self, session: Session) -> Mapping[Ref, str]:
        """The first page of each table: a table that is made again gets another one."""
        query = "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
        return {refs.table(name): str(page) for name, page in session.query(query)}

    # -- executing -------------------------------------------------------------------------

    @contextmanager
    def exclusive(self, session: Session, wait: float) -> Iterator[None]:
        """The lock is the segment's BEGIN IMMEDIATE; here it only learns how long to wait."""
        (before,) = session.query("PRAGMA busy_timeout")[0]
        session.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
        try:
            yield
        finally:
            session.execute(f"PRAGMA busy_timeout = {before}")

    @contextmanager
    def segment(self, session: Session, segment: Segment) -> Iterator[None]:
        """One transaction, with foreign keys off inside and looked at before COMMIT."""
        from lockplane_sqlite import foreign_keys

        inside = segment.transaction == "inside"
        with (
            _legacy_rename_off(session),
            foreign_keys.switched_off(session),
            session.transaction() if inside else nullcontext(),
            foreign_keys.checked(session, segment) if inside else nullcontext(),
        ):
            yield

    def frame(self, segment: Segment) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The same for the shell, where the check before COMMIT only prints what it finds."""
        if segment.transaction == "outside":
            return ("PRAGMA foreign_keys = OFF",), ()
        opening = ("PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE")
        return opening, ("PRAGMA foreign_key_check", "COMMIT")

    def script_opening(self, segments: Sequence[Segment]) -> tuple[str, ...]:
        """The shell would go on after an error, and COMMIT what did not fail."""
        return (".bail on",)

    def diagnose(self, session: Session) -> Iterable[Diagnosis]:
        """Whether the file, and the folder for its journal, can be written."""
        path = _file(session)
        for place in (Path(path), Path(path).parent) if path else ():
            if not os.access(place, os.W_OK):
                advice = f"Give yourself the right to write: chmod u+w {place}"
                yield Diagnosis(f"{place} can not be written", is_fault=True, advice=advice)

    def preflight(self, session: Session, plan: Plan) -> None:
        """Refuse a connection that can only read."""
        if session.query("PRAGMA query_only")[0][0]:
            raise Refused("this connection can only read", hint="Open the database for apply.")


@contextmanager
def _legacy_rename_off(session: Session) -> Iterator[None]:
    """A rebuild that fails halfway leaves its pragma on: no ROLLBACK takes a pragma back."""
    try:
        yield
    finally:
        with suppress(LockplaneError):
            session.execute("PRAGMA legacy_alter_table = OFF")


def _file(session: Session) -> str:
    """The path of the database's file; empty for one in memory."""
    rows = session.query("PRAGMA database_list")
    return next((str(row[2] or "") for row in rows if row[1] == "main"), "")
