"""Base types and shells: CREATE TYPE with functions, or with nothing; ALTER TYPE … SET."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.names import TYPE_NAME
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Define, Tree, TypeName, Words, options, texts
from lockplane_postgres.parse.type_names import bare

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.tree import Option

_FUNCTIONS = (
    "input", "output", "receive", "send", "typmod_in", "typmod_out", "analyze", "subscript",
)  # fmt: skip


class _Altered(Tree, frozen=True):
    name: Words = field(name="typeName")


def create_type(tree: Define, draft: Draft) -> None:
    """A shell, or the type: what the type's functions need is the shell."""
    draft.role = "type"
    schema, name = draft.qualified(texts(tree.names))
    if not tree.definition:
        draft.declare(Ref(tags.SHELL, (schema, name)))
        draft.declare(Ref(TYPE_NAME, (schema, name)))
        draft.taken.type(Ref(tags.BASE_TYPE, (schema, name)))
        return
    ref = Ref(tags.BASE_TYPE, (schema, name))
    draft.declare(ref)
    draft.taken.type(ref)
    draft.require(Ref(tags.SHELL, (schema, name)))
    found = options(tree.definition)
    for word in _FUNCTIONS:
        routine = _name(found.get(word))
        if routine is not None:
            draft.require_routine(texts(routine.names), routine.location)
    for word in ("element", "like"):
        type_ = _name(found.get(word))
        other = bare(type_, draft.schema).ref if type_ is not None else None
        if type_ is not None and other is not None:
            draft.require(other, type_.location)


def alter_type(tree: _Altered, draft: Draft) -> None:
    """ALTER TYPE … SET, whose outcome the server works out."""
    draft.role = "type"
    draft.require(Ref(tags.BASE_TYPE, draft.qualified(texts(tree.name))))


def _name(option: Option | None) -> TypeName | None:
    """The name that an option gives."""
    value: Any = option.value if option else None
    if not isinstance(value, dict) or "TypeName" not in value:
        return None
    return msgspec.convert(value["TypeName"], TypeName)


READINGS = {
    "AlterTypeStmt": Reading(verb="alter", role="type", tree=_Altered, read=alter_type),
}
