"""Range types: CREATE TYPE … AS RANGE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.kinds.implicit import multirange_name
from lockplane_postgres.parse.names import TYPE_NAME
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Collate, Options, Tree, TypeName, Words, options, texts
from lockplane_postgres.parse.type_names import bare

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.tree import Option


class Range(Tree, frozen=True):
    name: Words = field(name="typeName")
    params: Options = ()


class _Named(Tree, frozen=True):
    """The grammar takes any name for that of a type."""

    type: TypeName = field(name="TypeName")


def create_range(tree: Range, draft: Draft) -> None:
    """CREATE TYPE … AS RANGE, and the multirange type that comes with it."""
    schema, name = draft.qualified(texts(tree.name))
    draft.declare_type(Ref(tags.RANGE, (schema, name)))
    found = options(tree.params)
    many = _name(found.get("multirange_type_name"))
    path = draft.qualified(texts(many.names)) if many else (schema, multirange_name(name))
    draft.declare(Ref(TYPE_NAME, path))
    _require(found, draft)


def _require(found: dict[str, Option], draft: Draft) -> None:
    subtype, collation = _name(found.get("subtype")), _name(found.get("collation"))
    if subtype is not None:
        own = bare(subtype, draft.schema).ref
        if own is not None:
            draft.require(own, subtype.location)
    if collation is not None:
        draft.require_collation(Collate(name=collation.names, location=collation.location))
    for option in ("canonical", "subtype_diff"):
        routine = _name(found.get(option))
        if routine is not None:
            draft.require_routine(texts(routine.names), routine.location)


def _name(option: Option | None) -> TypeName | None:
    """The name that an option gives."""
    value: Any = option.value if option else None
    return msgspec.convert(value, _Named).type if isinstance(value, dict) else None


READINGS = {
    "CreateRangeStmt": Reading(verb="create", role="type", tree=Range, read=create_range),
}
