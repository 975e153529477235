"""Heirs of tables that are not managed, as they are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings

if TYPE_CHECKING:
    from lockplane_postgres.session import PgSession

MADE = [
    "CREATE TABLE above (id bigint DEFAULT 7, note text NOT NULL, n integer)",
    "CREATE TABLE own () INHERITS (above)",
    "ALTER TABLE own ALTER id SET DEFAULT 8, ALTER n SET NOT NULL",
]


@pytest.mark.parametrize(
    ("others", "settings", "above"),
    [
        # as the queues of PgQ are
        (["ALTER EXTENSION plpgsql ADD TABLE above"], {}, ""),
        ([], {"exclude": ("public.above",)}, "-- Not managed, and never changed"),
        # what a column is given is not known then
        ([], {"exclude": ("column:public.above.id",)}, "CREATE TABLE above ("),
    ],
)
def test_an_heir_of_what_is_not_managed_is_written_down(
    url: str, session: PgSession, others: list[str], settings: dict[str, Any], above: str
) -> None:
    session.script([*MADE, *others])

    with Lockplane(load_registry(), Settings(dialect="postgres", **settings)) as lockplane:
        found = "".join(sql for _, sql in lockplane.sql(lockplane.read(url)))

    before, _, after = found.partition("CREATE TABLE own () INHERITS (above);")
    assert before.startswith(above)
    assert bool(before) is bool(above)
    assert "id SET DEFAULT 8" in after
    assert "n SET NOT NULL" in after
