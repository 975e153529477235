"""Operators, and the families and classes that they are members of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.names import is_system
from lockplane_postgres.parse.readers.aggregates import WrappedType, require_named_routine
from lockplane_postgres.parse.readers.casts import require_routines, type_text
from lockplane_postgres.parse.readers.targets import operator_target, using
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Option, Tree, TypeName, Words, options, texts

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.tree import Define

_OPERATOR, _FUNCTION = 1, 2
"""OPCLASS_ITEM_… (parsenodes.h)."""


class Item(Tree, frozen=True):
    type: int = field(name="itemtype", default=0)
    name: dict[str, Any] | None = None
    storage: TypeName | None = field(name="storedtype", default=None)
    types: tuple[WrappedType, ...] = field(name="class_args", default=())


class WrappedItem(Tree, frozen=True):
    item: Item = field(name="CreateOpClassItem")


class Family(Tree, frozen=True):
    """CREATE and ALTER OPERATOR FAMILY."""

    names: Words = field(name="opfamilyname", default=())
    method: str = field(name="amname", default="")
    items: tuple[WrappedItem, ...] = ()
    is_drop: bool = field(name="isDrop", default=False)


class Class(Tree, frozen=True):
    names: Words = field(name="opclassname", default=())
    family: Words = field(name="opfamilyname", default=())
    method: str = field(name="amname", default="")
    type: TypeName = field(name="datatype", default=TypeName())
    items: tuple[WrappedItem, ...] = ()


class AlterOperator(Tree, frozen=True):
    operator: dict[str, Any] = field(name="opername")


def create_operator(tree: Define, draft: Draft) -> None:
    """CREATE OPERATOR, of whose options the grammar takes names for types."""
    schema, name = draft.qualified(texts(tree.names))
    found = options(tree.definition)
    sides = [_side(found.get(word), draft) for word in ("leftarg", "rightarg")]
    draft.declare(Ref(tags.OPERATOR, (schema, f"{name}({', '.join(sides)})")))
    for word in ("function", "procedure", "restrict", "join"):
        if word in found:
            require_named_routine(found[word], draft)


def _side(option: Option | None, draft: Draft) -> str:
    if option is None:
        return "NONE"
    return type_text(msgspec.convert(option.value, WrappedType).type, draft)


def alter_operator(tree: AlterOperator, draft: Draft) -> None:
    """ALTER OPERATOR … SET."""
    draft.require(operator_target(tree.operator, draft))


def create_family(tree: Family, draft: Draft) -> None:
    """CREATE OPERATOR FAMILY."""
    draft.declare(_family(tree.names, tree.method, draft))
    draft.require(Ref(tags.ACCESS_METHOD, (tree.method,)))


def alter_family(tree: Family, draft: Draft) -> None:
    """ALTER OPERATOR FAMILY … ADD and DROP."""
    family = _family(tree.names, tree.method, draft)
    draft.require(family)
    if is_system(family.path[0], "") or not tree.names:
        draft.lacks("a member of a family of the server's own")
    if not tree.is_drop:
        _require_items(tree.items, draft)


def create_class(tree: Class, draft: Draft) -> None:
    """CREATE OPERATOR CLASS; without a family it makes one of its own name, if there is none."""
    draft.declare(Ref(tags.OPERATOR_CLASS, using(draft.qualified(texts(tree.names)), tree.method)))
    if tree.family:
        draft.require(_family(tree.family, tree.method, draft))
    else:
        draft.declare(_family(tree.names, tree.method, draft))
    draft.require(Ref(tags.ACCESS_METHOD, (tree.method,)))
    type_text(tree.type, draft)
    _require_items(tree.items, draft)


def _family(names: Words, method: str, draft: Draft) -> Ref:
    return Ref(tags.OPERATOR_FAMILY, using(draft.qualified(texts(names)), method))


def _require_items(items: tuple[WrappedItem, ...], draft: Draft) -> None:
    for wrapped in items:
        item = wrapped.item
        if item.storage is not None:
            type_text(item.storage, draft)
        for type_ in item.types:
            type_text(type_.type, draft)
        if item.name is None:
            continue
        if item.type == _FUNCTION:
            require_routines(draft, item.name)
        elif item.type == _OPERATOR and item.name.get("objargs"):
            draft.require(operator_target(item.name, draft))


READINGS = {
    "AlterOperatorStmt": Reading(verb="alter", tree=AlterOperator, read=alter_operator),
    "AlterOpFamilyStmt": Reading(verb="alter", tree=Family, read=alter_family),
    "CreateOpClassStmt": Reading(verb="create", tree=Class, read=create_class),
    "CreateOpFamilyStmt": Reading(verb="create", tree=Family, read=create_family),
}
