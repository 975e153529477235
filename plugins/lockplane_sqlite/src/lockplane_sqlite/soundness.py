"""Soundness: what SQLite itself says of each view and trigger, once everything is there.

CREATE VIEW and CREATE TRIGGER look up nothing that they name. ALTER TABLE … DROP COLUMN reads
the whole schema again, and stops at the first object that it can not resolve
(lang_altertable.html, 5).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from lockplane_core.errors import StatementFailed
from lockplane_core.model.ref import Ref
from lockplane_sqlite import refs
from lockplane_sqlite.quote import fold, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.spi.session import Session

_OBJECTS = "SELECT type, name FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY rowid"
_KINDS = {"view": refs.VIEW, "trigger": refs.TRIGGER}
_PROBE = "lockplane_soundness_probe"
_MISSING = "no such table: main."
_OF_THE_APPLICATION = ("no such function", "no such collation sequence", "no such module")
"""What a program brings to its own connections, and nobody sees from outside."""


class _Seen(Exception):
    """Everything was looked at: no error, but what takes the transaction back."""


def unsound(session: Session) -> list[tuple[Ref, StatementFailed]]:
    """The views and triggers that name what is not there, each with SQLite's words.

    What only stands on one of them is left out.
    """
    found: list[tuple[Ref, StatementFailed]] = []
    if session.query(_OBJECTS):
        with suppress(_Seen), session.transaction():
            session.execute(f"CREATE TABLE {_PROBE} (a, b)")
            found += _told(session)
            raise _Seen
    return found


def _told(session: Session) -> Iterator[tuple[Ref, StatementFailed]]:
    """Let SQLite object, take away what it objects to, and let it look again."""
    gone: set[str] = set()
    while (error := _objection(session)) is not None:
        about = _named(session, error)
        if about is None:  # a table or index: CREATE has looked at those itself
            return
        sort, name = about
        said = error.message.partition(f"{name}: ")[2]
        is_echo = fold(said.removeprefix(_MISSING)) in gone
        if not is_echo and not said.startswith(_OF_THE_APPLICATION):
            yield Ref(_KINDS[sort], (name,)), StatementFailed(said)
        gone.add(fold(name))
        session.execute(f"DROP {sort} {quote(name)}")


def _objection(session: Session) -> StatementFailed | None:
    try:
        with session.transaction():
            session.execute(f"ALTER TABLE {_PROBE} DROP COLUMN b")
    except StatementFailed as error:
        return error
    return None


def _named(session: Session, error: StatementFailed) -> tuple[str, str] | None:
    """The view or trigger that the message is about."""
    for sort, name in session.query(_OBJECTS):
        if error.message.startswith(f"error in {sort} {name}: "):
            return sort, name
    return None
