"""Regaining: the statements that give owner and privileges back to what was made again."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from lockplane_core.model.step import Guard, Keeping
from lockplane_postgres import rights as read
from lockplane_postgres.kinds.refs import role_ref
from lockplane_postgres.quote import literal, qualified, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_postgres.kinds.naming import Naming
    from lockplane_postgres.rights import Grant, Rights

# A role that is a member and may neither use nor set the role can not act for it; SET is new in 16.
_ACTS_FOR = (
    "pg_has_role(oid, 'USAGE') AND CASE WHEN current_setting('server_version_num')::int >= 160000 "
    "THEN pg_has_role(oid, 'SET') ELSE true END"
)
_IS_SUPERUSER = "(SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"


def regained(kind: Naming, node: Node) -> Keeping:
    """What an object of a kind gets back."""
    return _Regaining(kind, node).keeping()


class _Regaining:
    """One object, as ALTER, GRANT and people call it."""

    def __init__(self, kind: Naming, node: Node) -> None:
        self.rights: Rights = node.kept
        self.ref = node.ref
        # What is below something else belongs to the owner of that.
        self.named = "" if node.parent else kind.commented(node)
        self.granted = granted(kind, node)
        self.said = f"{node.ref.noun} {kind.spoken(node.ref)}"
        self.columns = tuple(_columns(kind, node))

    def keeping(self) -> Keeping:
        """The whole of it."""
        sql = (*filter(None, [self.handover]), *self._takings(), *self._givings())
        return Keeping(
            mark=self.rights.mark,
            sql=sql,
            handover=self.handover,
            owner=role_ref(self.rights.owner) if self.handover else None,
            consumes=tuple(map(role_ref, self._roles())) if sql else (),
            guards=tuple(self._guards()),
        )

    @property
    def handover(self) -> str:
        """`ALTER … OWNER TO …`, which takes along what default privileges gave.

        Where owners are managed, the node of the owner is made again, too.
        """
        is_own = self.rights.owner == self.rights.reader
        if not self.named or is_own or self.rights.has_owner_node:
            return ""
        return f"ALTER {self.named} OWNER TO {quote(self.rights.owner)}"

    def _roles(self) -> list[str]:
        """The roles that the statements name."""
        given = [role for g in self._given for role in (g.grantor, g.grantee)]
        owner = [self.rights.owner] if self.handover or given else []
        return sorted({*owner, *given, *self._taken} - {read.PUBLIC_ROLE})

    @property
    def _taken(self) -> list[str]:
        return list(read.to_take(self.rights)) if self.rights.sort.usual else []

    @property
    def _given(self) -> list[Grant]:
        return read.to_give(self.rights, self.columns)

    def _takings(self) -> Iterator[str]:
        for role in self._taken:
            yield f"REVOKE ALL ON {self.granted} FROM {_role(role)}"

    def _givings(self) -> Iterator[str]:
        """By the owner first; then, in their names, by those who were given the right to."""
        for grantor, grants in _by_grantor(self._given, self.rights.owner):
            statements = list(self._grants(grants))
            if grantor == self.rights.owner:
                yield from statements
            else:
                yield from (f"SET ROLE {quote(grantor)}", *statements, "RESET ROLE")

    def _grants(self, grants: Iterable[Grant]) -> Iterator[str]:
        def alike(grant: Grant) -> tuple[str, str, bool]:
            return (grant.grantee, grant.column, grant.grantable)

        for (grantee, column, grantable), group in groupby(sorted(grants, key=alike), key=alike):
            privileges = [grant.privilege for grant in group]
            words = ", ".join(
                f"{privilege} ({quote(column)})" if column else privilege
                for privilege in privileges
            )
            if not column and read.is_everything(self.rights, privileges):
                words = "ALL"
            option = " WITH GRANT OPTION" if grantable else ""
            yield f"GRANT {words} ON {self.granted} TO {_role(grantee)}{option}"

    # -- what the role that applies must be able to do -------------------------------------

    def _guards(self) -> Iterator[Guard]:
        owner = self.rights.owner
        if self.handover:
            yield unable(owner, f"{self.said} belongs to {owner}, and is made again", self.ref)
            yield from self._no_place(owner)
        for grantor in sorted({grant.grantor for grant in self._given} - {owner}):
            said = f"{grantor} has granted privileges on {self.said}, and is made again"
            yield unable(grantor, said, self.ref)

    def _no_place(self, owner: str) -> Iterator[Guard]:
        """A new owner must be one who could have made it there (a superuser skips that)."""
        schema = self.ref.path[0]
        if len(self.ref.path) == 1:
            may = f"has_database_privilege({literal(owner)}, current_database(), 'CREATE')"
        else:
            # The schema itself may be made by the same plan: then there is none, and NULL.
            found = f"to_regnamespace({literal(quote(schema))})"
            may = f"has_schema_privilege({literal(owner)}, {found}, 'CREATE')"
        place = f"in schema {schema}" if len(self.ref.path) > 1 else "in this database"
        yield Guard(
            query=f"SELECT 1 WHERE NOT {_IS_SUPERUSER} AND NOT {may}",
            message=f"{self.said} belongs to {owner}, and is made again: {owner} may not create "
            f"anything {place} any more, so it can not be given back",
            about=self.ref,
        )


def unable(role: str, why: str, about: Ref) -> Guard:
    """The guard against whoever applies and can not act for a role (that there is)."""
    return Guard(
        query=f"SELECT 1 FROM pg_roles WHERE rolname = {literal(role)} AND NOT ({_ACTS_FOR})",
        message=f"{why}: the role that applies this can not act for "
        f"{role} (GRANT {quote(role)} TO it, or apply as {role} or as a superuser)",
        about=about,
    )


def granted(kind: Naming, node: Node) -> str:
    """What GRANT calls an object: a view is a TABLE there."""
    if kind.role == "column":
        return f"TABLE {qualified(*node.ref.path[:2])}"
    return f"TABLE {kind.sql(node.ref)}" if kind.role == "view" else kind.granted(node)


def _columns(kind: Naming, node: Node) -> Iterable[str]:
    """The columns that privileges on this very object may be on: those of a view have no node."""
    if kind.role == "view":
        return [column.name for column in node.body.columns]
    return (node.ref.name,) if kind.role == "column" else ()


def _by_grantor(grants: Sequence[Grant], owner: str) -> Iterator[tuple[str, list[Grant]]]:
    """Each grantor after those from whom it has what it grants."""
    left, able = list(grants), {owner}
    while left:
        ready = [grant for grant in left if grant.grantor in able] or left
        for grantor in sorted({grant.grantor for grant in ready}, key=lambda g: (g != owner, g)):
            yield grantor, [grant for grant in ready if grant.grantor == grantor]
        able |= {grant.grantee for grant in ready if grant.grantable}
        left = [grant for grant in left if grant not in ready]


def _role(name: str) -> str:
    return quote(name) if name else "PUBLIC"
