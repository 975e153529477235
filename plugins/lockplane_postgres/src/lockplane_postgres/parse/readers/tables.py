"""Tables: CREATE TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import base
from lockplane_postgres.parse.names import TYPE_NAME
from lockplane_postgres.parse.readers.columns import read_column
from lockplane_postgres.parse.readers.constraints import (
    OnTable,
    Placed,
    of_table,
    read_constraints,
)
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import (
    NOTHING,
    Element,
    RangeVar,
    Tree,
    TypeName,
    WrappedRelation,
    texts,
)

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class CreateTable(Tree, frozen=True):
    relation: RangeVar
    elements: tuple[Element, ...] = field(name="tableElts", default=())
    parents: tuple[WrappedRelation, ...] = field(name="inhRelations", default=())
    partition_by: Raw = field(name="partspec", default=NOTHING)
    partition_of: Raw = field(name="partbound", default=NOTHING)
    of_type: TypeName | None = field(name="ofTypename", default=None)
    tablespace: str = field(name="tablespacename", default="")
    if_not_exists: bool = False


def create_table(tree: CreateTable, draft: Draft) -> None:
    """CREATE TABLE, and all that it declares within."""
    table = OnTable(*draft.path(tree.relation))
    draft.declare_relation(Ref(base.TABLE, (*table,)), tree.relation.location)
    draft.say("if_not_exists", when=tree.if_not_exists)
    _lacks(tree, draft)
    _derives(tree, draft)
    found: list[Placed] = []
    for element in tree.elements:
        if element.column is not None:
            found += read_column(element.column, table, draft)
        elif element.constraint is not None:
            found += of_table(element.constraint, table, draft)
        elif element.like is not None:
            draft.require_relation(element.like.relation)
            draft.say("derived")
    read_constraints(found, table, draft)


def _derives(tree: CreateTable, draft: Draft) -> None:
    """Columns that come from elsewhere."""
    for parent in tree.parents:
        draft.require(draft.table(parent.relation), parent.relation.location)
    if tree.of_type is not None:
        path = draft.qualified(texts(tree.of_type.names))
        draft.require(Ref(TYPE_NAME, path), tree.of_type.location)
    draft.say("derived", when=bool(tree.parents or tree.of_type))


def _lacks(tree: CreateTable, draft: Draft) -> None:
    if tree.relation.persistence == "t":
        draft.lacks("a temporary table")
    if tree.partition_by is not NOTHING:
        draft.lacks("a partitioned table (PARTITION BY)")
    if tree.partition_of is not NOTHING:
        draft.lacks("a partition (PARTITION OF)")
    elif tree.parents:
        draft.lacks("an inheriting table (INHERITS)")
    if tree.of_type is not None:
        draft.lacks("a typed table (OF)")
    if tree.tablespace:
        draft.lacks("a tablespace")


READINGS = {
    "CreateStmt": Reading(verb="create", role="table", tree=CreateTable, read=create_table),
}
