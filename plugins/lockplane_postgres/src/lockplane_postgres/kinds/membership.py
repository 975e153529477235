"""Memberships: what one managed role is a member of, and how."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_core.spi.kind import Kind
from lockplane_core.spi.support import YES, Support
from lockplane_postgres.kinds.grant_sql import no_role
from lockplane_postgres.kinds.refs import role_ref
from lockplane_postgres.kinds.role import USERS
from lockplane_postgres.kinds.tags import MEMBERSHIP, ROLE, SERVER
from lockplane_postgres.quote import literal, quote
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

# Several roles may have granted the same membership since 16; the member has what any of them gave.
_MEMBERSHIPS = f"""
WITH {USERS}
SELECT u.rolname, g.rolname, bool_or(a.admin_option), bool_or({{inherits}}), bool_or({{sets}})
FROM pg_auth_members a JOIN users u ON u.oid = a.member JOIN pg_roles g ON g.oid = a.roleid
GROUP BY 1, 2 ORDER BY 1, 2
"""
_OTHERS = """
SELECT 1 FROM pg_auth_members a
WHERE a.roleid = (SELECT oid FROM pg_roles WHERE rolname = {group})
  AND a.member = (SELECT oid FROM pg_roles WHERE rolname = {member})
  AND a.grantor NOT IN (10, (SELECT oid FROM pg_roles WHERE rolname = current_user))
"""
_OPTIONS_SINCE = 16


class MembershipBody(Body, frozen=True, kw_only=True):
    """Whether it may be passed on, and what it is good for: before 16 as its member inherits."""

    admin: bool = False
    inherit: bool = True
    set: bool = True


class MembershipKind(Kind):
    """Ref: (member, role that it is a member of)."""

    tag = MEMBERSHIP
    plural = "memberships"
    role = "other"
    body = MembershipBody
    parent = ROLE
    managed = "roles"
    weight = 4
    since = MappingProxyType({"set": str(_OPTIONS_SINCE)})

    def support(self) -> Support:
        """GRANT and REVOKE make, change and end it."""
        return msgspec.structs.replace(super().support(), create=YES, alter=YES, drop=YES)

    def spoken(self, ref: Ref) -> str:
        """`of role app in readers`."""
        member, group = ref.path
        return f"of role {member} in {group}"

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """Those of the roles that people made."""
        pg = as_pg(reader)
        facts = {
            "inherits": pg.since(_OPTIONS_SINCE, "a.inherit_option", "u.rolinherit"),
            "sets": pg.since(_OPTIONS_SINCE, "a.set_option", "true"),
        }
        for member, group, admin, inherit, sets in pg.rows(_MEMBERSHIPS.format(**facts)):
            body = MembershipBody(admin=admin, inherit=inherit, set=sets)
            parent = Ref(ROLE, (member,))
            yield Node(ref=parent.child(self.tag, group), parent=parent, body=body)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`GRANT role TO member WITH …`."""
        node = change.new
        step = _step(node.ref, "Make role {} a member of {}", _granting(node, after))
        place = f" at {node.span}" if node.span else ""
        why = f"of which {node.ref.path[0]} is to be a member{place}"
        guard = no_role(node.ref.name, why, node.ref)
        yield self.made(change, msgspec.structs.replace(step, guards=(guard,)))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`GRANT … WITH …` once more, for what differs.

        Before 16, whether it inherits follows the member. There it is granted anew, which comes to
        the same on a scratch of a newer version.
        """
        node, old = change.new, change.old.body
        member, group = map(quote, node.ref.path)
        taken = f"REVOKE ADMIN OPTION FOR {group} FROM {member}"
        options = ", ".join(_options(old, node.body))
        sql: tuple[str, ...] = (f"GRANT {group} TO {member} WITH {options}",) if options else ()
        if old.admin > node.body.admin:
            sql = (*sql, taken)
        if not (_knows(before) and _knows(after)):
            sql = (f"REVOKE {group} FROM {member}", _granting(node, after))
        yield self.made(change, _step(node.ref, "Change what role {} may do as {}", *sql))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`REVOKE role FROM member`."""
        ref = change.old.ref
        member, group = map(quote, ref.path)
        step = _step(ref, "Take role {} out of {}", f"REVOKE {group} FROM {member}")
        yield self.gone(change, before, step)


def _step(ref: Ref, description: str, *sql: str) -> Step:
    member, group = ref.path
    others = _OTHERS.format(group=literal(group), member=literal(member))
    guard = Guard(
        query=others,
        message=f"another role has made {member} a member of {group}, and must take it back itself "
        f"(REVOKE {quote(group)} FROM {quote(member)} GRANTED BY …)",
        about=ref,
    )
    is_first = description.startswith("Make")
    return Step(
        description=description.format(member, group),
        sql=sql,
        consumes=(role_ref(group), Ref(SERVER, (member,))),
        effects=("security",) if is_first else ("breaking", "security"),
        guards=() if is_first else (guard,),
    )


def _granting(node: Node, after: Catalog) -> str:
    """Whether it inherits follows the member where it is not said."""
    member, group = node.ref.path
    parent = after.get(Ref(ROLE, (member,)))
    usual = MembershipBody(inherit=parent is None or parent.body.inherit)
    options = ", ".join(_options(usual, node.body))
    return f"GRANT {quote(group)} TO {quote(member)}{f' WITH {options}' if options else ''}"


def _options(old: MembershipBody, new: MembershipBody) -> Iterator[str]:
    """What differs, but for an ADMIN OPTION that is taken away."""
    if new.admin and not old.admin:
        yield "ADMIN OPTION"
    for name in ("inherit", "set"):
        if getattr(old, name) != getattr(new, name):
            yield f"{name.upper()} {str(getattr(new, name)).upper()}"


def _knows(catalog: Catalog) -> bool:
    """Whether it is of a version that has more than one option; what is of none may be of any."""
    major = catalog.version.partition(".")[0]
    return not major or int(major) >= _OPTIONS_SINCE
