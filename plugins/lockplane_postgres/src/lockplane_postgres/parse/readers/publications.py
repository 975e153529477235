"""Publications, and the tables that are in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.readers.constraints import OnTable
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, RangeVar, Tree, Words, texts

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class _Table(Tree, frozen=True):
    relation: RangeVar
    where: Raw = field(name="whereClause", default=NOTHING)
    columns: Words = ()


class _Member(Tree, frozen=True):
    type: str = field(name="pubobjtype", default="")
    schema: str = field(name="name", default="")
    table: _Table | None = field(name="pubtable", default=None)
    location: int = 0


class _WrappedMember(Tree, frozen=True):
    member: _Member = field(name="PublicationObjSpec")


class Publication(Tree, frozen=True):
    """CREATE and ALTER PUBLICATION."""

    name: str = field(name="pubname")
    members: tuple[_WrappedMember, ...] = field(name="pubobjects", default=())
    action: str = ""


def create_publication(tree: Publication, draft: Draft) -> None:
    """CREATE PUBLICATION."""
    draft.declare(Ref(tags.PUBLICATION, (tree.name,)))
    _members(tree, draft)


def alter_publication(tree: Publication, draft: Draft) -> None:
    """ALTER PUBLICATION."""
    draft.require(Ref(tags.PUBLICATION, (tree.name,)))
    _members(tree, draft)


def _members(tree: Publication, draft: Draft) -> None:
    for wrapped in tree.members:
        member = wrapped.member
        if member.table is not None:
            _table(tree, member.table, draft)
        elif member.schema:
            draft.require(Ref(tags.SCHEMA, (member.schema,)), member.location)


def _table(tree: Publication, found: _Table, draft: Draft) -> None:
    table, place = OnTable(*draft.path(found.relation)), found.relation.location
    draft.require(draft.table(found.relation), place)
    ref = Ref(tags.PUBLICATION_TABLE, (tree.name, *table))
    if tree.action == "AP_DropObjects":
        draft.drop(ref, place)
        return
    draft.declare(ref, place)
    for name in texts(found.columns):
        draft.require(table.column(name), place)
    table.read(found.where, draft)


READINGS = {
    "CreatePublicationStmt": Reading(verb="create", tree=Publication, read=create_publication),
    "AlterPublicationStmt": Reading(verb="alter", tree=Publication, read=alter_publication),
}
