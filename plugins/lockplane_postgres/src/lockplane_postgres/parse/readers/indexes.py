"""Indexes: CREATE INDEX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.figure import index_columns
from lockplane_postgres.parse.names import PARTITIONS, RELATION_NAME
from lockplane_postgres.parse.readers.constraints import OnTable
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, RangeVar, Tree, WrappedElement

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class CreateIndex(Tree, frozen=True):
    relation: RangeVar
    name: str = field(name="idxname", default="")
    elements: tuple[WrappedElement, ...] = field(name="indexParams", default=())
    including: tuple[WrappedElement, ...] = field(name="indexIncludingParams", default=())
    where: Raw = field(name="whereClause", default=NOTHING)
    tablespace: str = field(name="tableSpace", default="")
    concurrent: bool = False
    if_not_exists: bool = False


def create_index(tree: CreateIndex, draft: Draft) -> None:
    """CREATE INDEX; what it is on stands first in what it requires."""
    table = OnTable(*draft.path(tree.relation))
    keys = [wrapped.element for wrapped in tree.elements]
    included = [wrapped.element for wrapped in tree.including]
    name = tree.name or draft.taken.choose_relation(
        *table, index_columns([*keys, *included]), "idx"
    )
    columns = [element.name for element in keys if element.name]
    ref = table.below(tags.INDEX, name)
    said = draft.offset_of(tree.name) if tree.name else tree.relation.location
    draft.declare(ref, said, of=columns)
    draft.declare(Ref(RELATION_NAME, (table.schema, name)))
    draft.taken.index(ref)
    place = tree.relation.location
    draft.require(draft.table(tree.relation), place)
    draft.require(Ref(RELATION_NAME, (*table,)), place)  # or a materialized view of that name
    if not tree.relation.with_heirs:
        draft.require(Ref(PARTITIONS, (*table,)), place)
    for column in (*columns, *(element.name for element in included)):
        draft.require(table.column(column), place)
    for element in keys:
        table.read(element.expression, draft)
    table.read(tree.where, draft)
    draft.say("if_not_exists", when=tree.if_not_exists)
    draft.say("concurrently", when=tree.concurrent)
    draft.place(ref.path, tree.tablespace, said)


READINGS = {
    "IndexStmt": Reading(verb="create", role="index", tree=CreateIndex, read=create_index),
}
