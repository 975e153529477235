"""Functions and procedures, and what their bodies mention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.bodies import Body, read_body
from lockplane_postgres.parse.mentions import Mentions, Scope
from lockplane_postgres.parse.names import ROUTINE_NAME, routine_ref
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, Options, Tree, TypeName, Words, options, texts
from lockplane_postgres.parse.type_names import bare

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft

_BUILT_IN_LANGUAGES = frozenset({"sql", "plpgsql", "c", "internal"})
_NO_INPUT = frozenset({"FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"})


class Parameter(Tree, frozen=True):
    name: str = ""
    type: TypeName = field(name="argType", default=TypeName())
    mode: str = ""
    default: Raw = field(name="defexpr", default=NOTHING)


class WrappedParameter(Tree, frozen=True):
    parameter: Parameter = field(name="FunctionParameter")


class CreateRoutine(Tree, frozen=True):
    name: Words = field(name="funcname")
    parameters: tuple[WrappedParameter, ...] = ()
    returns: TypeName | None = field(name="returnType", default=None)
    options: Options = ()
    body: Raw = field(name="sql_body", default=NOTHING)
    replace: bool = False


class AlterRoutine(Tree, frozen=True):
    routine: dict[str, Any] = field(name="func")


def create_routine(tree: CreateRoutine, draft: Draft) -> None:
    """CREATE FUNCTION or PROCEDURE."""
    schema, name = draft.qualified(texts(tree.name))
    parameters = [wrapped.parameter for wrapped in tree.parameters]
    types = [bare(p.type, draft.schema).text for p in parameters if p.mode not in _NO_INPUT]
    ref = routine_ref(schema, name, types)
    draft.declare(ref)
    draft.declare(Ref(ROUTINE_NAME, (schema, name)))
    draft.taken.routine(ref, name)
    draft.say("or_replace", when=tree.replace)
    scope = Scope(hidden=frozenset(parameter.name for parameter in parameters))
    mentions = Mentions(draft)
    for type_ in (*(parameter.type for parameter in parameters), tree.returns):
        _require_type(type_, draft)
    for parameter in parameters:
        mentions.read(parameter.default, scope)
    mentions.read(tree.body, scope)
    _language(tree, scope, draft)


def _require_type(type_: TypeName | None, draft: Draft) -> None:
    if type_ is not None:
        ref = bare(type_, draft.schema).ref
        if ref is not None:
            draft.require(ref, type_.location)


def _language(tree: CreateRoutine, scope: Scope, draft: Draft) -> None:
    found = options(tree.options)
    language = string_of(found["language"].value) if "language" in found else "sql"
    if language not in _BUILT_IN_LANGUAGES:
        for tag in (tags.EXTENSION, tags.LANGUAGE):  # either may bring it
            draft.require(Ref(tag, (language,)), found["language"].location)
    source = found.get("as")
    if source is not None:
        text = string_of(source.value)
        read_body(Body(language, text, source.location), scope, draft)


def string_of(value: Any) -> str:
    """The string of an option, or the first of its list of strings."""
    items = value.get("List", {}).get("items", ()) if "List" in value else (value,)
    return next((str(item.get("String", {}).get("sval", "")) for item in items), "")


def alter_routine(tree: AlterRoutine, draft: Draft) -> None:
    """ALTER FUNCTION, whose outcome the server works out."""
    from lockplane_postgres.parse.readers.targets import routine_target

    draft.require(routine_target(tree.routine, draft))


READINGS = {
    "CreateFunctionStmt": Reading(
        verb="create", role="routine", tree=CreateRoutine, read=create_routine
    ),
    "AlterFunctionStmt": Reading(
        verb="alter", role="routine", tree=AlterRoutine, read=alter_routine
    ),
}
