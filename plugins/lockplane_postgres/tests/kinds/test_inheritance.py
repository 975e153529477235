"""Heirs of tables that are not managed, as they are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    ("others", "exclude", "also"),
    [
        (["ALTER EXTENSION plpgsql ADD TABLE above"], (), ()),  # as the queues of PgQ are
        ([], ("public.above",), ("note SET NOT NULL",)),  # what it is given is not known
    ],
)
def test_an_heir_of_what_is_not_managed_is_written_down(
    url: str, session: PgSession, others: list[str], exclude: tuple[str, ...], also: tuple[str, ...]
) -> None:
    session.script([*MADE, *others])
    settings = Settings(dialect="postgres", schemas=("*",), exclude=exclude)

    with Lockplane(load_registry(), settings) as lockplane:
        found = "".join(sql for _, sql in lockplane.sql(lockplane.read(url)))

    assert found.startswith("CREATE TABLE own () INHERITS (above);")
    assert "CREATE TABLE above" not in found
    for words in ("id SET DEFAULT 8", "n SET NOT NULL", *also):
        assert words in found
