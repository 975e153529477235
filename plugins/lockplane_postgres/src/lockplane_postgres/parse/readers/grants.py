"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES: a part of the schema where a project manages them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.kinds.default_privilege import SORT_OF
from lockplane_postgres.kinds.granted import EVERYBODY
from lockplane_postgres.kinds.refs import privilege_ref
from lockplane_postgres.parse.names import TYPE, TYPE_NAME, TYPES, is_system
from lockplane_postgres.parse.readers.owners import RELATIONS, ROUTINES
from lockplane_postgres.parse.readers.roles import RoleSpec, WrappedRole, require_role
from lockplane_postgres.parse.readers.targets import tag_of, target
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import RangeVar, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_postgres.parse.draft import Draft

PRIVILEGES = "privileges"
"""The word of the setting `manage`."""
_ALL_IN_SCHEMA = "ACL_TARGET_ALL_IN_SCHEMA"
_SERVERS_OWN = frozenset(
    {Ref(tags.LANGUAGE, (name,)) for name in ("c", "internal", "plpgsql", "sql")}
)


class Grant(Tree, frozen=True):
    """GRANT and REVOKE; `objects` are named as the grammar names those of their type."""

    is_grant: bool = False
    target: str = field(name="targtype", default="")
    type: str = field(name="objtype", default="")
    objects: list[dict[str, Any]] = field(default_factory=list)
    privileges: list[dict[str, Any]] = field(default_factory=list)
    grantees: list[WrappedRole] = field(default_factory=list)
    grantor: RoleSpec | None = None


class Defaults(Tree, frozen=True):
    """ALTER DEFAULT PRIVILEGES: options, and what is done about new objects."""

    action: Grant
    options: list[dict[str, Any]] = field(default_factory=list)


def grant(tree: Grant, draft: Draft) -> None:
    """GRANT or REVOKE on objects."""
    draft.say("rights")
    draft.manages(PRIVILEGES, "who may use what (GRANT, REVOKE)")
    grantees = list(_grantees(tree, draft))
    if tree.target == _ALL_IN_SCHEMA:
        draft.lacks("ON ALL … IN SCHEMA (name each: what there is depends on the moment)")
        return
    columns = [name for item in tree.privileges for name in _columns(item)]
    is_whole = not columns or any(not list(_columns(item)) for item in tree.privileges)
    for node in tree.objects:
        for about in _objects(tree.type, node, draft):
            parts = [Ref(tags.COLUMN, (*about.path, name)) for name in columns]
            for ref in (*([about] if is_whole or about.kind == tags.VIEW else []), *parts):
                for grantee in grantees:
                    draft.declare(privilege_ref(ref, grantee))


def defaults(tree: Defaults, draft: Draft) -> None:
    """ALTER DEFAULT PRIVILEGES, which says nothing of what is made by the same files."""
    draft.say("rights")
    draft.say("last")
    draft.manages(PRIVILEGES, "what others may do with objects that are made later")
    found = {item["DefElem"]["defname"]: item["DefElem"]["arg"]["List"] for item in tree.options}
    makers = [
        msgspec.convert(item["RoleSpec"], RoleSpec)
        for item in found.get("roles", {}).get("items", ())
    ]
    if not makers:
        draft.lacks("ALTER DEFAULT PRIVILEGES of whoever runs it (say FOR ROLE)")
    for maker in makers:
        require_role(maker, draft)
    schemas = _names(found["schemas"]["items"]) if "schemas" in found else [""]
    for schema in filter(None, schemas):
        draft.require(Ref(tags.SCHEMA, (schema,)))
    sort = SORT_OF.get(tag_of(tree.action.type), tag_of(tree.action.type))
    sort = _SORTS.get(tree.action.type, sort)
    for grantee in _grantees(tree.action, draft):
        for maker in makers:
            for schema in schemas:
                who = "" if grantee == maker.name else grantee
                draft.declare(Ref(tags.DEFAULT_PRIVILEGE, (maker.name, schema, sort, who)))


_SORTS = {"OBJECT_TYPE": "types", "OBJECT_LARGEOBJECT": "large objects"}


def _grantees(tree: Grant, draft: Draft) -> Iterator[str]:
    """Their names, as refs have them."""
    if tree.grantor is not None:
        draft.lacks("GRANTED BY")
        require_role(tree.grantor, draft)
    for wrapped in tree.grantees:
        require_role(wrapped.role, draft)
        yield wrapped.role.name or EVERYBODY


def _columns(item: dict[str, Any]) -> Iterable[str]:
    return _names(item["AccessPriv"].get("cols", ()))


def _names(words: Iterable[dict[str, Any]]) -> list[str]:
    return [word["String"].get("sval", "") for word in words]


def _objects(type_: str, node: dict[str, Any], draft: Draft) -> Iterator[Ref]:
    """The refs that an object may have: GRANT does not always tell a table from a view."""
    if "RangeVar" in node:
        name = msgspec.convert(node["RangeVar"], RangeVar)
        if is_system(name.schema, name.name):
            draft.lacks(f"privileges on {name.name}, which is the server's own")
        draft.require_relation(name)
        for kind in RELATIONS:
            yield Ref(kind, draft.path(name))
        return
    found, _, lacks = target(type_, node, draft)
    if lacks or found in _SERVERS_OWN:
        draft.lacks(f"privileges on {lacks or found}")
        return
    if found.kind == TYPE:
        draft.require(Ref(TYPE_NAME, found.path))
        kinds: tuple[str, ...] = TYPES
    else:
        draft.require(found)
        kinds = ROUTINES if found.kind in ROUTINES else (found.kind,)
    for kind in kinds:
        yield Ref(kind, found.path)


READINGS = {
    "GrantStmt": Reading(verb="grant", tree=Grant, read=grant),
    "AlterDefaultPrivilegesStmt": Reading(verb="grant", tree=Defaults, read=defaults),
}
