"""Parting: databases that have subscriptions can not be dropped before these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockplane_core.spi.session import Session

_SUBSCRIPTIONS = """
SELECT s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid
WHERE d.datname = current_database() ORDER BY 1
"""


def part(session: Session) -> None:
    """Drop the subscriptions of a database that we made, without a word to their publishers."""
    from lockplane_postgres.kinds.subscription import parting

    for (name,) in session.query(_SUBSCRIPTIONS):
        for sql in parting(name):
            session.execute(sql)
