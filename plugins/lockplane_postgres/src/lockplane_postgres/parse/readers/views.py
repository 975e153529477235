"""Views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import base
from lockplane_postgres.parse.mentions import Mentions, Scope
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, RangeVar, Tree

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class CreateView(Tree, frozen=True):
    relation: RangeVar = field(name="view")
    query: Raw = NOTHING
    replace: bool = False


def create_view(tree: CreateView, draft: Draft) -> None:
    """CREATE VIEW."""
    draft.declare_relation(Ref(base.VIEW, draft.path(tree.relation)), tree.relation.location)
    draft.say("or_replace", when=tree.replace)
    if tree.relation.persistence == "t":
        draft.lacks("a temporary view")
    Mentions(draft).read(tree.query, Scope())


READINGS = {"ViewStmt": Reading(verb="create", role="view", tree=CreateView, read=create_view)}
