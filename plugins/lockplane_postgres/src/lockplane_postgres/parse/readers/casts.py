"""Casts, conversions, transforms, languages and access methods: what stands on a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.readers.targets import routine_target
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Tree, TypeName, Words, texts
from lockplane_postgres.parse.type_names import bare
from lockplane_postgres.quote import quote

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft

Routine = dict[str, Any]


class CreateCast(Tree, frozen=True):
    source: TypeName = field(name="sourcetype")
    target: TypeName = field(name="targettype")
    function: Routine | None = field(name="func", default=None)


class CreateConversion(Tree, frozen=True):
    names: Words = field(name="conversion_name", default=())
    function: Words = field(name="func_name", default=())


class CreateTransform(Tree, frozen=True):
    type: TypeName = field(name="type_name")
    language: str = field(name="lang")
    from_sql: Routine | None = field(name="fromsql", default=None)
    to_sql: Routine | None = field(name="tosql", default=None)
    replace: bool = False


class CreateLanguage(Tree, frozen=True):
    name: str = field(name="plname")
    handler: Words = field(name="plhandler", default=())
    inline: Words = field(name="plinline", default=())
    validator: Words = field(name="plvalidator", default=())
    replace: bool = False


class CreateAccessMethod(Tree, frozen=True):
    name: str = field(name="amname")
    handler: Words = field(name="handler_name", default=())


def type_text(type_: TypeName, draft: Draft) -> str:
    """The type in words; required if it is the user's own."""
    found = bare(type_, draft.schema)
    if found.ref is not None:
        draft.require(found.ref, type_.location)
    return found.text


def require_routines(draft: Draft, *routines: Routine | None) -> None:
    """Those that are there."""
    for routine in routines:
        if routine is not None:
            draft.require(routine_target(routine, draft))


def create_cast(tree: CreateCast, draft: Draft) -> None:
    """CREATE CAST."""
    name = f"{type_text(tree.source, draft)} AS {type_text(tree.target, draft)}"
    draft.declare(Ref(tags.CAST, (name,)))
    require_routines(draft, tree.function)


def create_conversion(tree: CreateConversion, draft: Draft) -> None:
    """CREATE CONVERSION."""
    draft.declare(Ref(tags.CONVERSION, draft.qualified(texts(tree.names))))
    draft.require_routine(texts(tree.function))


def create_transform(tree: CreateTransform, draft: Draft) -> None:
    """CREATE TRANSFORM."""
    name = f"{type_text(tree.type, draft)} LANGUAGE {quote(tree.language)}"
    draft.declare(Ref(tags.TRANSFORM, (name,)))
    draft.require(Ref(tags.LANGUAGE, (tree.language,)))
    draft.require(Ref(tags.EXTENSION, (tree.language,)))
    require_routines(draft, tree.from_sql, tree.to_sql)
    draft.say("or_replace", when=tree.replace)


def create_language(tree: CreateLanguage, draft: Draft) -> None:
    """CREATE LANGUAGE."""
    draft.declare(Ref(tags.LANGUAGE, (tree.name,)))
    for names in (tree.handler, tree.inline, tree.validator):
        draft.require_routine(texts(names))
    draft.say("or_replace", when=tree.replace)


def create_access_method(tree: CreateAccessMethod, draft: Draft) -> None:
    """CREATE ACCESS METHOD."""
    draft.declare(Ref(tags.ACCESS_METHOD, (tree.name,)))
    draft.require_routine(texts(tree.handler))


READINGS = {
    "CreateAmStmt": Reading(verb="create", tree=CreateAccessMethod, read=create_access_method),
    "CreateCastStmt": Reading(verb="create", tree=CreateCast, read=create_cast),
    "CreateConversionStmt": Reading(verb="create", tree=CreateConversion, read=create_conversion),
    "CreatePLangStmt": Reading(verb="create", tree=CreateLanguage, read=create_language),
    "CreateTransformStmt": Reading(verb="create", tree=CreateTransform, read=create_transform),
}
