"""Event triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.names import routine_ref
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Tree, Words, texts

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class EventTrigger(Tree, frozen=True):
    """CREATE and ALTER EVENT TRIGGER."""

    name: str = field(name="trigname")
    function: Words = field(name="funcname", default=())


def create_event_trigger(tree: EventTrigger, draft: Draft) -> None:
    """CREATE EVENT TRIGGER: it is called for whatever comes behind it."""
    draft.declare(Ref(tags.EVENT_TRIGGER, (tree.name,)))
    schema, name = draft.qualified(texts(tree.function))
    draft.require(routine_ref(schema, name, ()))
    draft.say("last")


def alter_event_trigger(tree: EventTrigger, draft: Draft) -> None:
    """ALTER EVENT TRIGGER: whether it is called."""
    draft.require(Ref(tags.EVENT_TRIGGER, (tree.name,)))
    draft.say("last")


READINGS = {
    "CreateEventTrigStmt": Reading(verb="create", tree=EventTrigger, read=create_event_trigger),
    "AlterEventTrigStmt": Reading(verb="alter", tree=EventTrigger, read=alter_event_trigger),
}
