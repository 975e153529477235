"""Sequences, and the columns that own them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Options, RangeVar, Tree, options

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class Sequence(Tree, frozen=True):
    relation: RangeVar = field(name="sequence")
    options: Options = ()
    if_not_exists: bool = False
    missing_ok: bool = False


def create_sequence(tree: Sequence, draft: Draft) -> None:
    """CREATE SEQUENCE."""
    draft.declare_sequence(Ref(tags.SEQUENCE, draft.path(tree.relation)), tree.relation.location)
    draft.say("if_not_exists", when=tree.if_not_exists)
    if tree.relation.persistence == "t":
        draft.lacks("a temporary sequence")
    _owner(tree, draft)


def alter_sequence(tree: Sequence, draft: Draft) -> None:
    """ALTER SEQUENCE."""
    draft.require(Ref(tags.SEQUENCE, draft.path(tree.relation)), tree.relation.location)
    draft.say("if_exists", when=tree.missing_ok)
    _owner(tree, draft)


def _owner(tree: Sequence, draft: Draft) -> None:
    """OWNED BY [schema.]table.column, or NONE."""
    option = options(tree.options).get("owned_by")
    if option is None:
        return
    *table, column = (item["String"].get("sval", "") for item in option.value["List"]["items"])
    if table:
        draft.require(Ref(tags.COLUMN, (*draft.qualified(table), column)), option.location)


READINGS = {
    "CreateSeqStmt": Reading(verb="create", role="sequence", tree=Sequence, read=create_sequence),
    "AlterSeqStmt": Reading(verb="alter", role="sequence", tree=Sequence, read=alter_sequence),
}
