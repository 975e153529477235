"""Enums: CREATE TYPE … AS ENUM and the values that ALTER TYPE adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Tree, Words, texts

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class Enum(Tree, frozen=True):
    name: Words = field(name="typeName")
    values: Words = field(name="vals", default=())
    if_not_exists: bool = field(name="skipIfNewValExists", default=False)


def create_enum(tree: Enum, draft: Draft) -> None:
    """CREATE TYPE … AS ENUM; the grammar gives no places to the values, the tokens do."""
    path = draft.qualified(texts(tree.name))
    draft.declare_type(Ref(tags.ENUM, path))
    for value, offset in zip(texts(tree.values), draft.strings(), strict=False):
        draft.declare(Ref(tags.ENUM_VALUE, (*path, value)), offset)


def alter_enum(tree: Enum, draft: Draft) -> None:
    """ALTER TYPE … ADD VALUE or RENAME VALUE."""
    draft.require(Ref(tags.ENUM, draft.qualified(texts(tree.name))))
    draft.say("if_not_exists", when=tree.if_not_exists)


READINGS = {
    "CreateEnumStmt": Reading(verb="create", role="type", tree=Enum, read=create_enum),
    "AlterEnumStmt": Reading(verb="alter", role="type", tree=Enum, read=alter_enum),
}
