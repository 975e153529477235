"""Schemas and extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.readers.roles import set_rights
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Options, Tree, options

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class CreateSchema(Tree, frozen=True):
    name: str = field(name="schemaname", default="")
    owner: dict[str, Any] = field(name="authrole", default_factory=dict)
    elements: tuple[dict[str, Raw], ...] = field(name="schemaElts", default=())
    if_not_exists: bool = False


class CreateExtension(Tree, frozen=True):
    name: str = field(name="extname")
    options: Options = ()
    if_not_exists: bool = False


def create_schema(tree: CreateSchema, draft: Draft) -> None:
    """CREATE SCHEMA, with the statements that may stand inside of it."""
    name = tree.name or str(tree.owner.get("rolename", ""))
    draft.declare(Ref(tags.SCHEMA, (name,)))
    draft.say("if_not_exists", when=tree.if_not_exists)
    if tree.owner:
        draft.lacks("an owner (AUTHORIZATION)")
        set_rights(tree.owner, draft)
    draft.schema = name
    for element in tree.elements:
        for tag, raw in element.items():
            _read_inside(tag, raw, draft)


def _read_inside(tag: str, raw: Raw, draft: Draft) -> None:
    from lockplane_postgres.parse.statements import read_into

    verb, role = draft.verb, draft.role
    read_into(draft, tag, raw)
    draft.verb, draft.role = verb, role


def create_extension(tree: CreateExtension, draft: Draft) -> None:
    """CREATE EXTENSION; CASCADE installs what it needs, which is then declared nowhere."""
    draft.declare(Ref(tags.EXTENSION, (tree.name,)))
    draft.say("if_not_exists", when=tree.if_not_exists)
    schema = options(tree.options).get("schema")
    if schema is not None:
        name = msgspec.convert(schema.value, dict[str, dict[str, str]])["String"].get("sval", "")
        draft.require(Ref(tags.SCHEMA, (name,)), schema.location)


READINGS = {
    "CreateSchemaStmt": Reading(
        verb="create", role="schema", tree=CreateSchema, read=create_schema
    ),
    "CreateExtensionStmt": Reading(
        verb="create", role="other", tree=CreateExtension, read=create_extension
    ),
}
