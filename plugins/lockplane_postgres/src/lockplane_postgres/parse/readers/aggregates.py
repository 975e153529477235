"""Aggregates, of which CREATE is one of the forms of DefineStmt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.names import ROUTINE_NAME, signed
from lockplane_postgres.parse.readers.routines import WrappedParameter  # noqa: TC001 - for msgspec
from lockplane_postgres.parse.tree import Option, Tree, TypeName, options, texts
from lockplane_postgres.parse.type_names import bare

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.tree import Define

_FUNCTIONS = (
    "sfunc", "finalfunc", "combinefunc", "serialfunc", "deserialfunc",
    "msfunc", "minvfunc", "mfinalfunc",
)  # fmt: skip
_TYPES = ("stype", "mstype")


class _Parameters(Tree, frozen=True):
    items: tuple[WrappedParameter, ...] = ()


class WrappedType(Tree, frozen=True):
    type: TypeName = msgspec.field(name="TypeName")


def create_aggregate(tree: Define, draft: Draft) -> None:
    """CREATE AGGREGATE: its functions and types, by the names that they go by."""
    schema, name = draft.qualified(texts(tree.names))
    types = [bare(type_, draft.schema) for type_ in _types(tree.arguments)]
    ref = Ref(tags.AGGREGATE, (schema, signed(name, [type_.text for type_ in types])))
    draft.declare(ref)
    draft.declare(Ref(ROUTINE_NAME, (schema, name)))
    for type_ in types:
        if type_.ref is not None:
            draft.require(type_.ref)
    found = options(tree.definition)
    for word in _FUNCTIONS:
        if word in found:
            require_named_routine(found[word], draft)
    for word in _TYPES:
        if word in found:
            require_named_type(found[word], draft)


def _types(arguments: tuple[Any, ...]) -> list[TypeName]:
    """The list of arguments stands before the number of direct ones; empty for `*`."""
    first = arguments[0].get("List", {}) if arguments else {}
    listed: _Parameters = msgspec.convert(first, _Parameters)
    return [wrapped.parameter.type for wrapped in listed.items]


def require_named_routine(option: Option, draft: Draft) -> None:
    """The routine that an option names, which the grammar takes for a type."""
    draft.require_routine(_named(option), option.location)


def require_named_type(option: Option, draft: Draft) -> None:
    """The type that an option names."""
    if isinstance(option.value, dict) and "TypeName" in option.value:
        type_ = bare(msgspec.convert(option.value, WrappedType).type, draft.schema)
        if type_.ref is not None:
            draft.require(type_.ref, option.location)


def _named(option: Option) -> tuple[str, ...]:
    if isinstance(option.value, dict) and "TypeName" in option.value:
        return texts(msgspec.convert(option.value, WrappedType).type.names)
    return ()
