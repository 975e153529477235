"""Foreign data: wrappers, servers, user mappings and foreign tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.readers.columns import require_type
from lockplane_postgres.parse.readers.constraints import OnTable
from lockplane_postgres.parse.readers.roles import RoleSpec, require_role
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import (
    NOTHING,
    Element,
    Options,
    RangeVar,
    Tree,
    Words,
    options,
    texts,
)

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class Wrapper(Tree, frozen=True):
    """CREATE and ALTER FOREIGN DATA WRAPPER."""

    name: str = field(name="fdwname")
    functions: Options = field(name="func_options", default=())


class Server(Tree, frozen=True):
    """CREATE and ALTER SERVER."""

    name: str = field(name="servername")
    wrapper: str = field(name="fdwname", default="")
    if_not_exists: bool = False


class Mapping(Tree, frozen=True):
    """CREATE and ALTER USER MAPPING."""

    role: RoleSpec = field(name="user")
    server: str = field(name="servername", default="")
    if_not_exists: bool = False


class _Base(Tree, frozen=True):
    relation: RangeVar
    elements: tuple[Element, ...] = field(name="tableElts", default=())
    parents: tuple[Any, ...] = field(name="inhRelations", default=())
    bound: Raw = field(name="partbound", default=NOTHING)
    if_not_exists: bool = False


class Table(Tree, frozen=True):
    """CREATE FOREIGN TABLE."""

    base: _Base
    server: str = field(name="servername", default="")


class _Names(Tree, frozen=True):
    items: Words = ()


class _Listed(Tree, frozen=True):
    list: _Names = field(name="List", default=_Names())


def create_wrapper(tree: Wrapper, draft: Draft) -> None:
    """CREATE FOREIGN DATA WRAPPER."""
    draft.declare(Ref(tags.FOREIGN_DATA_WRAPPER, (tree.name,)))
    _functions(tree, draft)


def alter_wrapper(tree: Wrapper, draft: Draft) -> None:
    """ALTER FOREIGN DATA WRAPPER."""
    draft.require(Ref(tags.FOREIGN_DATA_WRAPPER, (tree.name,)))
    _functions(tree, draft)


def _functions(tree: Wrapper, draft: Draft) -> None:
    for option in options(tree.functions).values():
        if option.value is not None:
            names = texts(msgspec.convert(option.value, _Listed).list.items)
            draft.require_routine(names, option.location)


def create_server(tree: Server, draft: Draft) -> None:
    """CREATE SERVER; an extension may bring its wrapper."""
    draft.declare(Ref(tags.FOREIGN_SERVER, (tree.name,)))
    for tag in (tags.FOREIGN_DATA_WRAPPER, tags.EXTENSION):
        draft.require(Ref(tag, (tree.wrapper,)))
    draft.say("if_not_exists", when=tree.if_not_exists)


def alter_server(tree: Server, draft: Draft) -> None:
    """ALTER SERVER."""
    draft.require(Ref(tags.FOREIGN_SERVER, (tree.name,)))


def create_mapping(tree: Mapping, draft: Draft) -> None:
    """CREATE USER MAPPING."""
    draft.declare(_mapping(tree))
    draft.require(Ref(tags.FOREIGN_SERVER, (tree.server,)))
    require_role(tree.role, draft)
    draft.say("if_not_exists", when=tree.if_not_exists)


def alter_mapping(tree: Mapping, draft: Draft) -> None:
    """ALTER USER MAPPING."""
    draft.require(_mapping(tree))


def drop_mapping(tree: Mapping, draft: Draft) -> None:
    """DROP USER MAPPING."""
    draft.drop(_mapping(tree))


def _mapping(tree: Mapping) -> Ref:
    return Ref(tags.USER_MAPPING, (tree.server, tree.role.name or "public"))


def create_table(tree: Table, draft: Draft) -> None:
    """CREATE FOREIGN TABLE, whose columns are no nodes."""
    relation = tree.base.relation
    draft.declare_relation(Ref(tags.FOREIGN_TABLE, draft.path(relation)), relation.location)
    draft.require(Ref(tags.FOREIGN_SERVER, (tree.server,)))
    draft.say("if_not_exists", when=tree.base.if_not_exists)
    if tree.base.bound is not NOTHING:
        draft.lacks("a partition that is a foreign table (PARTITION OF)")
    elif tree.base.parents:
        draft.lacks("an inheriting foreign table (INHERITS)")
    table = OnTable(*draft.path(relation))
    for element in tree.base.elements:
        _element(element, table, draft)


def _element(element: Element, table: OnTable, draft: Draft) -> None:
    if element.like is not None:
        draft.require_relation(element.like.relation)
    found = [element.constraint] if element.constraint is not None else []
    if element.column is not None:
        require_type(element.column, draft)
        found += [wrapped.constraint for wrapped in element.column.constraints]
    for constraint in found:
        table.read(constraint.expression, draft)


READINGS = {
    "AlterFdwStmt": Reading(verb="alter", tree=Wrapper, read=alter_wrapper),
    "AlterForeignServerStmt": Reading(verb="alter", tree=Server, read=alter_server),
    "AlterUserMappingStmt": Reading(verb="alter", tree=Mapping, read=alter_mapping),
    "CreateFdwStmt": Reading(verb="create", tree=Wrapper, read=create_wrapper),
    "CreateForeignServerStmt": Reading(verb="create", tree=Server, read=create_server),
    "CreateForeignTableStmt": Reading(verb="create", role="view", tree=Table, read=create_table),
    "CreateUserMappingStmt": Reading(verb="create", tree=Mapping, read=create_mapping),
    "DropUserMappingStmt": Reading(verb="drop", tree=Mapping, read=drop_mapping),
}
