"""Tables: CREATE TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.names import TYPE_NAME
from lockplane_postgres.parse.readers.columns import read_column
from lockplane_postgres.parse.readers.constraints import (
    OnTable,
    Placed,
    of_table,
    read_constraints,
)
from lockplane_postgres.parse.readers.descending import (
    PartitionBy,
    read_bound,
    read_parents,
    read_partition_by,
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
    partition_by: PartitionBy | None = field(name="partspec", default=None)
    partition_of: Raw = field(name="partbound", default=NOTHING)
    of_type: TypeName | None = field(name="ofTypename", default=None)
    tablespace: str = field(name="tablespacename", default="")
    if_not_exists: bool = False


def create_table(tree: CreateTable, draft: Draft) -> None:
    """CREATE TABLE, and all that it declares within."""
    table = OnTable(*draft.path(tree.relation))
    draft.declare_relation(Ref(tags.TABLE, (*table,)), tree.relation.location)
    draft.say("if_not_exists", when=tree.if_not_exists)
    _lacks(tree, draft)
    draft.place((*table,), tree.tablespace, tree.relation.location)
    _derives(tree, table, draft)
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


def _derives(tree: CreateTable, table: OnTable, draft: Draft) -> None:
    """Columns that come from elsewhere, and what rows the table is for."""
    is_partition = tree.partition_of is not NOTHING
    link = tags.PARTITION if is_partition else tags.INHERITANCE
    read_parents([parent.relation for parent in tree.parents], table, draft, link)
    if is_partition:
        read_bound(tree.partition_of, draft)
    if tree.partition_by is not None:
        read_partition_by(tree.partition_by, table, draft)
    if tree.of_type is not None:
        path = draft.qualified(texts(tree.of_type.names))
        draft.require(Ref(TYPE_NAME, path), tree.of_type.location)
    draft.say("derived", when=bool(tree.of_type))


def _lacks(tree: CreateTable, draft: Draft) -> None:
    if tree.relation.persistence == "t":
        draft.lacks("a temporary table")
    if tree.of_type is not None:
        draft.lacks("a typed table (OF)")


READINGS = {
    "CreateStmt": Reading(verb="create", role="table", tree=CreateTable, read=create_table),
}
