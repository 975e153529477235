"""Roles: what a project may manage of them, and who is named by other statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import refs, tags
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_postgres.parse.draft import Draft

ROLES = "roles"
"""The word of the setting `manage`."""
_NAMED, _PUBLIC = "ROLESPEC_CSTRING", "ROLESPEC_PUBLIC"
_PASSWORD = "PASSWORD (give the role one by hand: \\password in psql keeps it out of every file)"  # noqa: S105 - the word, and no password


class RoleSpec(Tree, frozen=True):
    """A role by its name, or by what it is to the session."""

    type: str = field(name="roletype")
    name: str = field(name="rolename", default="")
    location: int = 0


class WrappedRole(Tree, frozen=True):
    role: RoleSpec = field(name="RoleSpec")


class CreateRole(Tree, frozen=True):
    name: str = field(name="role")
    options: tuple[dict[str, Any], ...] = ()


class AlterRole(Tree, frozen=True):
    role: RoleSpec
    options: tuple[dict[str, Any], ...] = ()
    action: int = 0


class GrantRole(Tree, frozen=True):
    """GRANT and REVOKE of roles, which stand where privileges would."""

    granted: tuple[dict[str, Any], ...] = field(name="granted_roles")
    grantees: tuple[WrappedRole, ...] = field(name="grantee_roles")
    is_grant: bool = False
    grantor: RoleSpec | None = None


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
    manage_roles(draft)
    draft.declare(refs.role_ref(tree.name))
    draft.declare(Ref(tags.ROLE, (tree.name,)))
    for name, roles in _options(tree.options, draft):
        for role in roles:
            require_role(role, draft)
            if name == "addroleto":
                _member(tree.name, role.name, draft)
            else:
                _member(role.name, tree.name, draft)
                require_own(role, draft)


def alter_role(tree: AlterRole, draft: Draft) -> None:
    """ALTER ROLE, and ALTER GROUP, which makes members."""
    manage_roles(draft)
    require_role(tree.role, draft)
    require_own(tree.role, draft)
    for _, roles in _options(tree.options, draft):
        for role in roles:
            _member(role.name, tree.role.name, draft)
            require_own(role, draft)
    if tree.action < 0:
        draft.lacks("DROP USER (leave it out: what no file says of a role is taken from it)")


def grant_role(tree: GrantRole, draft: Draft) -> None:
    """GRANT of roles to others."""
    manage_roles(draft)
    require_roles(tree.grantees, draft)
    if not tree.is_grant:
        draft.lacks("REVOKE of a role (leave it out: what no file says of a role is taken from it)")
    if tree.grantor is not None:
        draft.lacks("GRANTED BY")
        require_role(tree.grantor, draft)
    for item in tree.granted:
        group = item["AccessPriv"]["priv_name"]
        draft.require(refs.role_ref(group))
        for grantee in tree.grantees:
            _member(grantee.role.name, group, draft)
            require_own(grantee.role, draft)


def manage_roles(draft: Draft) -> None:
    draft.manages(ROLES, "which roles there are (CREATE ROLE, ALTER ROLE, GRANT of a role)")


def require_own(role: RoleSpec, draft: Draft) -> None:
    """A role that is changed must be one that the files declare."""
    if role.type == _NAMED:
        draft.require(Ref(tags.ROLE, (role.name,)), role.location)


def _member(member: str, group: str, draft: Draft) -> None:
    draft.declare(Ref(tags.MEMBERSHIP, (member, group)))


def _options(
    options: Iterable[dict[str, Any]], draft: Draft
) -> Iterator[tuple[str, list[RoleSpec]]]:
    """The options that name other roles; a password is no part of a schema."""
    for item in options:
        option = item["DefElem"]
        if option["defname"] == "password":
            draft.lacks(_PASSWORD)
        found = option.get("arg", {}).get("List", {}).get("items", ())
        yield option["defname"], [msgspec.convert(i["RoleSpec"], RoleSpec) for i in found]


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
        for item in tree.values():
            yield from _names(item)


READINGS = {
    "CreateRoleStmt": Reading(verb="create", tree=CreateRole, read=create_role),
    "AlterRoleStmt": Reading(verb="alter", tree=AlterRole, read=alter_role),
    "GrantRoleStmt": Reading(verb="grant", tree=GrantRole, read=grant_role),
    "ReassignOwnedStmt": Reading(verb="alter", lacks="an owner (REASSIGN OWNED)", read=set_rights),
}
