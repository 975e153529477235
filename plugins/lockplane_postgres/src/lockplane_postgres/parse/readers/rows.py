"""Rows: queries, and statements that change what tables hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_postgres.parse.mentions import Mentions, Scope
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, RangeVar, Tree, WrappedRelation

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class Changed(Tree, frozen=True):
    """INSERT, UPDATE, DELETE, MERGE and COPY, as far as their subject goes."""

    relation: RangeVar | None = None
    where: Raw = field(name="whereClause", default=NOTHING)
    is_from: bool = False


class Truncate(Tree, frozen=True):
    relations: tuple[WrappedRelation, ...] = ()
    behavior: str = ""


def change(tree: Changed, draft: Draft) -> None:
    """A statement about the rows of one relation, which stands first in what it requires."""
    if tree.relation is not None:
        draft.require(draft.table(tree.relation), tree.relation.location)
    draft.say("where", when=tree.where is not NOTHING)


def copy(tree: Changed, draft: Draft) -> None:
    """COPY into a table changes it; the other way it declares nothing."""
    change(tree, draft)
    if tree.is_from:
        draft.verb = "insert"


def truncate(tree: Truncate, draft: Draft) -> None:
    """TRUNCATE."""
    for wrapped in tree.relations:
        draft.require(draft.table(wrapped.relation), wrapped.relation.location)
    draft.say("cascade", when=tree.behavior == "DROP_CASCADE")


def query(tree: Raw, draft: Draft) -> None:
    """SELECT."""
    Mentions(draft).read(tree, Scope(), tag="SelectStmt")


READINGS = {
    "InsertStmt": Reading(verb="insert", role="table", tree=Changed, read=change),
    "UpdateStmt": Reading(verb="update", role="table", tree=Changed, read=change),
    "MergeStmt": Reading(verb="update", role="table", tree=Changed, read=change),
    "DeleteStmt": Reading(verb="delete", role="table", tree=Changed, read=change),
    "CopyStmt": Reading(verb="other", role="table", tree=Changed, read=copy),
    "TruncateStmt": Reading(verb="truncate", role="table", tree=Truncate, read=truncate),
    "SelectStmt": Reading(verb="other", tree=Raw, read=query),
}
