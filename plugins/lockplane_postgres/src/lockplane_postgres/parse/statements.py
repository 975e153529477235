"""Statements: from the syntax tree of a text to what each of its statements says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Raw

from lockplane_postgres.parse.draft import Draft
from lockplane_postgres.parse.readers import (
    alter,
    base_types,
    casts,
    composites,
    databases,
    defined,
    domains,
    enums,
    event_triggers,
    foreign,
    grants,
    indexes,
    operators,
    others,
    policies,
    publications,
    ranges,
    roles,
    routines,
    rows,
    rules,
    schemas,
    searches,
    sequences,
    settings,
    statistics,
    subscriptions,
    tables,
    triggers,
    unmodelled,
    views,
)
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import decoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.statement import Statement
    from lockplane_postgres.parse.errors import Part
    from lockplane_postgres.parse.names import Taken
    from lockplane_postgres.parse.places import Places
    from lockplane_postgres.parse.tree import RawStatement

READINGS: dict[str, Reading] = {
    **alter.READINGS,
    **base_types.READINGS,
    **casts.READINGS,
    **composites.READINGS,
    **databases.READINGS,
    **defined.READINGS,
    **domains.READINGS,
    **enums.READINGS,
    **event_triggers.READINGS,
    **foreign.READINGS,
    **grants.READINGS,
    **indexes.READINGS,
    **operators.READINGS,
    **others.READINGS,
    **policies.READINGS,
    **publications.READINGS,
    **ranges.READINGS,
    **roles.READINGS,
    **routines.READINGS,
    **rows.READINGS,
    **rules.READINGS,
    **schemas.READINGS,
    **searches.READINGS,
    **sequences.READINGS,
    **settings.READINGS,
    **statistics.READINGS,
    **subscriptions.READINGS,
    **tables.READINGS,
    **triggers.READINGS,
    **unmodelled.READINGS,
    **views.READINGS,
}
"""How each class of statements is read. A kind that models more replaces its entry; a class that
is not here (VACUUM, DO, LISTEN …) declares nothing."""

_OTHER = Reading(verb="other")


def read_into(draft: Draft, tag: str, tree: Raw) -> None:
    """Let the reader of a class tell the draft what a statement says."""
    reading = READINGS.get(tag, _OTHER)
    draft.verb, draft.role = reading.verb, reading.role
    if reading.lacks:
        draft.lacks(reading.lacks)
    if reading.read is not None:
        reading.read(_handed(reading, tree), draft)


def _handed(reading: Reading, tree: Raw) -> Any:
    """The tree as the reader wants it."""
    wanted: Any = reading.tree  # mypy takes no class for hashable
    return tree if wanted is Raw else decoder(wanted).decode(tree)


class Reader:
    """Reads the statements of one document, in turn, with the names that they take."""

    def __init__(self, places: Places, taken: Taken) -> None:
        self.places = places
        self.taken = taken
        self.count = 0

    def read(self, found: Iterable[RawStatement], base: int, end: int) -> Iterator[Statement]:
        """The statements of a text that stands in the document from byte `base` to byte `end`."""
        for raw in found:
            start = base + raw.start
            stop = start + raw.length if raw.length else end
            sql = self.places.cut(start, stop).rstrip()
            draft = Draft(self.places, self.taken, sql, start, base)
            read_into(draft, raw.tag, raw.tree)
            yield draft.statement(self.count)
            self.count += 1

    def read_part(self, part: Part) -> Iterator[Statement]:
        """The statements of a part of the document."""
        base, end = self.places.bytes_before(part.start), self.places.bytes_before(part.end)
        if part.statements is None:
            yield self._too_deep(base, end)
        else:
            yield from self.read(part.statements, base, end)

    def _too_deep(self, start: int, end: int) -> Statement:
        """A statement that is valid, with an expression of more levels than can be read."""
        sql = self.places.cut(start, end).rstrip().removesuffix(";")
        draft = Draft(self.places, self.taken, sql, start)
        draft.lacks("an expression of hundreds of levels")
        self.count += 1
        return draft.statement(self.count - 1)
