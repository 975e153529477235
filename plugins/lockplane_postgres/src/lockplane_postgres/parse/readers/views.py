"""Views, materialized or not, and CREATE TABLE AS, which the grammar takes for one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.mentions import Mentions, Scope
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, RangeVar, Tree

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class CreateView(Tree, frozen=True):
    relation: RangeVar = field(name="view")
    query: Raw = NOTHING
    replace: bool = False


class Into(Tree, frozen=True):
    relation: RangeVar = field(name="rel")
    tablespace: str = field(name="tableSpaceName", default="")


class CreateAs(Tree, frozen=True):
    into: Into
    query: Raw = NOTHING
    type: str = field(name="objtype", default="")
    if_not_exists: bool = False


def create_view(tree: CreateView, draft: Draft) -> None:
    """CREATE VIEW."""
    draft.declare_relation(Ref(tags.VIEW, draft.path(tree.relation)), tree.relation.location)
    draft.say("or_replace", when=tree.replace)
    if tree.relation.persistence == "t":
        draft.lacks("a temporary view")
    Mentions(draft).read(tree.query, Scope())


def create_as(tree: CreateAs, draft: Draft) -> None:
    """CREATE MATERIALIZED VIEW and CREATE TABLE AS."""
    is_view = tree.type == "OBJECT_MATVIEW"
    relation = tree.into.relation
    kind = tags.MATERIALIZED_VIEW if is_view else tags.TABLE
    draft.declare_relation(Ref(kind, draft.path(relation)), relation.location)
    draft.role = "view" if is_view else "table"
    draft.say("derived")
    draft.say("if_not_exists", when=tree.if_not_exists)
    if not is_view:
        draft.lacks("CREATE TABLE AS")
    draft.place(draft.path(relation), tree.into.tablespace, relation.location)
    Mentions(draft).read(tree.query, Scope())


READINGS = {
    "ViewStmt": Reading(verb="create", role="view", tree=CreateView, read=create_view),
    "CreateTableAsStmt": Reading(verb="create", tree=CreateAs, read=create_as),
}
