"""Composite types: CREATE TYPE … AS (…); ALTER TYPE is read like ALTER TABLE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.readers.columns import require_type
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import ColumnDef, RangeVar, Tree

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class Attribute(Tree, frozen=True):
    column: ColumnDef = field(name="ColumnDef")


class CompositeType(Tree, frozen=True):
    relation: RangeVar = field(name="typevar")
    attributes: tuple[Attribute, ...] = field(name="coldeflist", default=())


def create_composite(tree: CompositeType, draft: Draft) -> None:
    """CREATE TYPE … AS (…)."""
    path = draft.path(tree.relation)
    draft.declare_type(Ref(tags.COMPOSITE, path), tree.relation.location)
    for attribute in tree.attributes:
        column = attribute.column
        draft.declare(Ref(tags.ATTRIBUTE, (*path, column.name)), column.location)
        require_type(attribute.column, draft)


READINGS = {
    "CompositeTypeStmt": Reading(
        verb="create", role="type", tree=CompositeType, read=create_composite
    ),
}
