"""Rows: queries, and statements that change what tables hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_postgres.parse.mentions import Mentions, Scope
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, RangeVar, Tree, WrappedRelation, decoder

if TYPE_CHECKING:
    from lockplane_core.model.statement import Verb
    from lockplane_postgres.parse.draft import Draft


class Changed(Tree, frozen=True):
    """INSERT, UPDATE, DELETE, MERGE and COPY, as far as their subject goes."""

    relation: RangeVar | None = None
    where: Raw = field(name="whereClause", default=NOTHING)
    is_from: bool = False


class _Part(Tree, frozen=True):
    query: dict[str, Raw] = field(name="ctequery", default={})


class _WrappedPart(Tree, frozen=True):
    part: _Part = field(name="CommonTableExpr", default=_Part())


class _With(Tree, frozen=True):
    parts: tuple[_WrappedPart, ...] = field(name="ctes", default=())


class Query(Tree, frozen=True):
    """What stands in front of a SELECT (only there may a part change rows: manual, 7.8.4)."""

    parts: _With = field(name="withClause", default=_With())


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
    """SELECT, which may change rows in a part of its WITH."""
    for wrapped in decoder(Query).decode(tree).parts.parts:
        for tag, part in wrapped.part.query.items():
            if tag in _CHANGES:
                draft.verb, draft.role = _CHANGES[tag], "table"
                change(decoder(Changed).decode(part), draft)
    Mentions(draft).read(tree, Scope(), tag="SelectStmt")


_CHANGES: dict[str, Verb] = {
    "InsertStmt": "insert",
    "UpdateStmt": "update",
    "MergeStmt": "update",
    "DeleteStmt": "delete",
}
READINGS = {
    **{
        tag: Reading(verb=verb, role="table", tree=Changed, read=change)
        for tag, verb in _CHANGES.items()
    },
    "CopyStmt": Reading(verb="other", role="table", tree=Changed, read=copy),
    "TruncateStmt": Reading(verb="truncate", role="table", tree=Truncate, read=truncate),
    "SelectStmt": Reading(verb="other", tree=Raw, read=query),
}
