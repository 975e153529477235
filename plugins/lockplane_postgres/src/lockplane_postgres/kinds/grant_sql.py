"""GRANT and REVOKE as SQL and as people say them, from what was granted to what shall be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockplane_core.model.step import Guard
from lockplane_postgres.kinds.granted import ALL, EVERYBODY, ITSELF, Granted
from lockplane_postgres.kinds.refs import role_ref
from lockplane_postgres.quote import literal, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.ref import Ref


class Grantee(NamedTuple):
    """A role as SQL and as people say it, and the name that it must have on the server."""

    sql: str
    spoken: str
    name: str = ""


def called(grantee: str, owner: str) -> Grantee:
    """A grantee of a ref; the owner as `owner` says it."""
    if grantee == ITSELF:
        return Grantee(owner, "its owner")
    if grantee == EVERYBODY:
        return Grantee("PUBLIC", "PUBLIC")
    return Grantee(quote(grantee), grantee, grantee)


def no_role(name: str, why: str, about: Ref) -> Guard:
    """The guard against a role that the server does not have; `why` says what it is named for."""
    return Guard(
        query=f"SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal(name)})",
        message=f"the server has no role {name}, {why} "
        f"(CREATE ROLE {quote(name)} there, or name another one in the schema)",
        about=about,
        needs=role_ref(name),
    )


def lost(old: Iterable[Granted], new: Sequence[Granted]) -> Iterator[Granted]:
    """What of `old` is not in `new`."""
    for grant in old:
        covers = [
            g for g in new if g.privilege in (grant.privilege, ALL) and g.column == grant.column
        ]
        if not any(g.grantable or not grant.grantable for g in covers):
            yield grant


def told(who: Grantee, taken: Sequence[Granted], given: Sequence[Granted], what: str) -> str:
    """What is done, for people: who loses what, and who gets what."""
    parts = []
    if taken:
        parts.append(f"take {_words(taken)} from {_role(who)}")
    if given:
        parts.append(f"grant {_words(given)} to {_role(who)}")
    said = ", ".join(parts) or f"settle what {_role(who)} may do"
    return f"{said[0].upper()}{said[1:]} on {what}"


def _words(grants: Iterable[Granted]) -> str:
    return ", ".join(
        grant.privilege.replace(ALL, "all privileges" if grant.privilege == ALL else ALL)
        + (f" ({grant.column})" if grant.column else "")
        + (" with grant option" if grant.grantable else "")
        for grant in grants
    )


def _role(who: Grantee) -> str:
    return f"role {who.name}" if who.name else who.spoken


def statements(
    old: Iterable[Granted], new: Sequence[Granted], on: str, grantee: str
) -> Iterator[str]:
    """REVOKE and GRANT, as whoever runs them acts for the owner."""
    old = list(old)
    yield from revokes(old, new, on, grantee)
    yield from _grant_again(old, new, on, grantee)


def revokes(old: Sequence[Granted], new: Sequence[Granted], on: str, grantee: str) -> Iterator[str]:
    """What takes away, if anything does."""
    names = {(g.privilege, g.column) for g in new}
    has_all = any(g.privilege == ALL for g in new)
    for option in (False, True):
        found = []
        for grant in lost(old, new):
            stays = (grant.privilege, grant.column) in names or (has_all and not grant.column)
            if stays == option:
                found.append(grant)
        if found:
            only = "GRANT OPTION FOR " if option else ""
            yield f"REVOKE {only}{_list(found)} {on} FROM {grantee}"


def _grant_again(
    old: Sequence[Granted], new: Sequence[Granted], on: str, grantee: str
) -> Iterator[str]:
    """What is new; after REVOKE ALL everything, and so on the columns of a view."""
    taken = list(lost(old, new))
    names = {grant.privilege for grant in new if not grant.column}
    starts_over = any(g.privilege == ALL and ALL not in names for g in taken)
    of_columns = any(not grant.column for grant in taken)
    for grantable in (False, True):
        found = [
            grant
            for grant in new
            if grant.grantable == grantable
            and (starts_over or (of_columns and grant.column) or [*lost([grant], old)])
        ]
        if found:
            option = " WITH GRANT OPTION" if grantable else ""
            yield f"GRANT {_list(found)} {on} TO {grantee}{option}"


def _list(grants: Iterable[Granted]) -> str:
    return ", ".join(
        f"{grant.privilege} ({quote(grant.column)})" if grant.column else grant.privilege
        for grant in grants
    )
