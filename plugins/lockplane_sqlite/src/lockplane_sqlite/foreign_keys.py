"""Foreign keys: switched off while a segment runs, and looked at before it commits."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from lockplane_core.errors import Refused, StatementFailed
from lockplane_sqlite import refs
from lockplane_sqlite.quote import fold, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.plan import Segment
    from lockplane_core.spi.session import Session

_SHOWN = 5
_Reference = tuple[str, str, str]
"""Table, its columns, and the table that they reference."""
_Violations = dict[_Reference, list[int | None]]
"""The rows that reference nothing, by rowid; None in a table that has none."""
_NO_ROWS = frozenset({refs.INDEX, refs.TRIGGER, refs.VIEW})
"""Kinds whose refs begin with a name of their own, and whose steps change no row."""
_COLUMNS = """SELECT group_concat("from", ', ') FROM pragma_foreign_key_list({}) WHERE id = {}"""
_CHILDREN = """
SELECT m.name, f."table" FROM sqlite_schema AS m JOIN pragma_foreign_key_list(m.name) AS f
WHERE m.type = 'table' AND m.rootpage > 0"""


@contextmanager
def switched_off(session: Session) -> Iterator[None]:
    """No foreign key acts inside: DROP TABLE of a rebuild would delete the rows of children.

    The pragma must come before BEGIN: inside a transaction SQLite ignores it without a word.
    Raises `Refused` if foreign keys stay on.
    """
    was_on = _is_on(session)
    if was_on:
        session.execute("PRAGMA foreign_keys = OFF")
        if _is_on(session):
            raise Refused(
                "foreign keys can not be switched off inside an open transaction",
                hint="Hand over a connection with no transaction open.",
            )
    try:
        yield
    finally:
        if was_on:
            session.execute("PRAGMA foreign_keys = ON")


def _is_on(session: Session) -> bool:
    return bool(session.query("PRAGMA foreign_keys")[0][0])


@contextmanager
def checked(session: Session, segment: Segment) -> Iterator[None]:
    """Raise `StatementFailed` if rows reference nothing after the segment that did before it."""
    touched = _touched(segment)
    before = _violations(session, touched)
    yield
    new = sorted(_more(before, _violations(session, touched)))
    if new:
        more = f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else ""
        raise StatementFailed(
            f"rows would reference nothing: {'; '.join(new[:_SHOWN])}{more}",
            state="SQLITE_CONSTRAINT_FOREIGNKEY",
            hint="Nothing was changed. Mend these rows first, or keep what they reference.",
        )


def _touched(segment: Segment) -> frozenset[str] | None:
    """The folded names of the tables that a segment is about; None if a step does not say."""
    found: set[str] = set()
    for step in segment.steps:
        about = (*step.produces, *step.destroys, *step.settles)
        if not about:
            return None
        found.update(fold(ref.path[0]) for ref in about if ref.kind not in _NO_ROWS)
    return frozenset(found)


def _more(before: _Violations, after: _Violations) -> Iterator[str]:
    """What was not there before, in words; rows that have no number are only counted."""
    for reference, rows in after.items():
        known = before.get(reference, [])
        if None in rows or None in known:
            new: list[int | None] = [None] * (len(rows) - len(known))
        else:
            new = [row for row in rows if row not in known]
        table, columns, parent = reference
        for row in new:
            yield f"{table} {'a row' if row is None else f'row {row}'} ({columns} to {parent})"


def _violations(session: Session, touched: frozenset[str] | None) -> _Violations:
    """By words, since numbers of foreign keys change when a table is made again."""
    children: dict[str, bool] = {}
    for child, parent in session.query(_CHILDREN):
        concerned = touched is None or bool({fold(child), fold(parent)} & touched)
        children[child] = children.get(child, False) or concerned
    found: _Violations = {}
    for child, concerned in children.items():
        for reference, row in _of_table(session, child) if concerned else ():
            found.setdefault(reference, []).append(row)
    return found


def _of_table(session: Session, child: str) -> Iterator[tuple[_Reference, int | None]]:
    try:
        rows = session.query(f"PRAGMA foreign_key_check({literal(child)})")
    except StatementFailed:  # a parent without a unique key: SQLite can check no row of this child
        return
    columns: dict[int, str] = {}
    for table, rowid, parent, number in rows:
        if number not in columns:
            query = _COLUMNS.format(literal(table), number)
            columns[number] = str(session.query(query)[0][0])
        yield (table, columns[number], parent), rowid
