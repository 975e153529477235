"""Triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.mentions import Mentions, Scope
from lockplane_postgres.parse.names import RELATION_NAME, routine_ref
from lockplane_postgres.parse.readers.constraints import OnTable
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, RangeVar, Tree, Words, texts

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft

_INSTEAD = 1 << 6
"""TRIGGER_TYPE_INSTEAD (pg_trigger.h): only a view has such triggers."""


class CreateTrigger(Tree, frozen=True):
    name: str = field(name="trigname")
    relation: RangeVar
    function: Words = field(name="funcname")
    timing: int = 0
    columns: Words = ()
    when: Raw = field(name="whenClause", default=NOTHING)
    referenced: RangeVar | None = field(name="constrrel", default=None)
    replace: bool = False


def create_trigger(tree: CreateTrigger, draft: Draft) -> None:
    """CREATE TRIGGER; what it is on stands first in what it requires."""
    table = OnTable(*draft.path(tree.relation))
    place = tree.relation.location
    draft.declare(table.below(tags.TRIGGER, tree.name))
    on_view = tree.timing & _INSTEAD
    draft.require(Ref(RELATION_NAME if on_view else tags.TABLE, (*table,)), place)
    schema, name = draft.qualified(texts(tree.function))
    draft.require(routine_ref(schema, name, ()))
    for column in texts(tree.columns):
        draft.require(table.column(column), place)
    if tree.referenced is not None:
        draft.require(draft.table(tree.referenced), tree.referenced.location)
    rows = dict.fromkeys(("new", "old"), None if on_view else (*table,))
    Mentions(draft).read(tree.when, Scope(rows))
    draft.say("or_replace", when=tree.replace)


READINGS = {
    "CreateTrigStmt": Reading(
        verb="create", role="trigger", tree=CreateTrigger, read=create_trigger
    ),
}
