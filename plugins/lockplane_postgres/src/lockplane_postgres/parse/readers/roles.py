"""Roles, and who owns or may do what: no part of a schema, yet a script names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import field

from lockplane_postgres.kinds import refs
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_postgres.parse.draft import Draft

_NAMED, _PUBLIC = "ROLESPEC_CSTRING", "ROLESPEC_PUBLIC"


class RoleSpec(Tree, frozen=True):
    """A role by its name, or by what it is to the session."""

    type: str = field(name="roletype")
    name: str = field(name="rolename", default="")
    location: int = 0


class WrappedRole(Tree, frozen=True):
    role: RoleSpec = field(name="RoleSpec")


class CreateRole(Tree, frozen=True):
    name: str = field(name="role")


def require_role(role: RoleSpec, draft: Draft) -> None:
    """What a role is called must not depend on who runs the statement."""
    if role.type == _NAMED:
        draft.require(refs.role_ref(role.name), role.location)
    elif role.type != _PUBLIC:
        words = role.type.removeprefix("ROLESPEC_")
        draft.lacks(f"{words} (name the role: on a scratch it is another one)")


def require_roles(roles: Iterable[WrappedRole], draft: Draft) -> None:
    """The roles of a list."""
    for wrapped in roles:
        require_role(wrapped.role, draft)


def create_role(tree: CreateRole, draft: Draft) -> None:
    """CREATE ROLE, which others then need not find on the server."""
    draft.declare(refs.role_ref(tree.name))


def mention_roles(tree: object, draft: Draft) -> None:
    """Whatever names roles: they must be there."""
    for name in _names(tree):
        draft.require(refs.role_ref(name))


def set_rights(tree: object, draft: Draft) -> None:
    """What says who owns an object, or may use it."""
    mention_roles(tree, draft)
    draft.say("rights")


def _names(tree: Any) -> Iterator[str]:
    """The names of all roles in a tree."""
    if isinstance(tree, list):
        for item in tree:
            yield from _names(item)
    elif isinstance(tree, dict):
        if tree.get("roletype") == _NAMED:
            yield tree["rolename"]
        for key, item in tree.items():
            yield from _granted(item) if key == "granted_roles" else _names(item)


def _granted(items: Iterable[Any]) -> Iterator[str]:
    """The roles that GRANT … TO … makes others members of stand where privileges would."""
    for item in items:
        yield item["AccessPriv"]["priv_name"]


READINGS = {
    "CreateRoleStmt": Reading(verb="create", lacks="a role", tree=CreateRole, read=create_role),
    "AlterRoleStmt": Reading(verb="alter", lacks="a role", read=mention_roles),
    "AlterRoleSetStmt": Reading(verb="alter", lacks="a role", read=mention_roles),
    "GrantRoleStmt": Reading(verb="grant", lacks="membership in a role", read=mention_roles),
    "ReassignOwnedStmt": Reading(verb="alter", lacks="an owner (REASSIGN OWNED)", read=set_rights),
}
