"""Rights: who owns an object, and who may do what with it, as the server tells.

A schema says nothing of them. They are read so that an object which is made again gets them
back: `regaining` writes the statements, whatever default privileges give in the meantime.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.session import Row
    from lockplane_postgres.reader import Address, PgReader

PUBLIC_ROLE = ""
"""The grantee that stands for everybody."""

# What a new object has by itself; of the sorts that pg_default_acl knows, and of languages (l),
# foreign data wrappers (F) and their servers (V), of which it knows nothing.
_USUAL = """
SELECT s.sort, e.grantee = 0, e.privilege_type
FROM (VALUES ('r', 'r'::"char"), ('S', 's'), ('f', 'f'), ('T', 'T'), ('n', 'n'),
             ('l', 'l'), ('F', 'F'), ('V', 'S')) s(sort, code),
     LATERAL aclexplode(acldefault(s.code, 10)) e
ORDER BY 1, 2, 3
"""
# What ALTER DEFAULT PRIVILEGES gives instead (in no schema), or on top.
OFFERED = """
SELECT d.defaclobjtype::text, d.defaclnamespace, pg_get_userbyid(d.defaclrole), d.oid,
       CASE e.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(e.grantee) END,
       e.privilege_type, e.is_grantable, n.nspname
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
LEFT JOIN LATERAL aclexplode(d.defaclacl) e ON true
ORDER BY 1, 2, 3, 4, 5, 6, 7
"""
_RARE = (
    "pg_operator", "pg_opfamily", "pg_opclass", "pg_conversion", "pg_ts_config", "pg_ts_dict",
    "pg_statistic_ext", "pg_event_trigger", "pg_publication", "pg_language",
    "pg_foreign_data_wrapper", "pg_foreign_server", "pg_subscription",
)  # fmt: skip
_PLACE = "  -- rights_rare.sql\n"
_OWNER = "\0"
"""Stands for whoever owns the object, in what is the same for all owners."""


class Grant(msgspec.Struct, frozen=True, order=True, array_like=True):
    """One privilege of one role (empty: of everybody); on one column, if it is named."""

    grantor: str
    grantee: str
    privilege: str
    grantable: bool = False
    column: str = ""


class Sort(msgspec.Struct, frozen=True):
    """What new objects of one sort have in one schema, before anybody grants anything.

    `usual` holds by itself; `is_reduced` where default privileges of some role take from that,
    and `offered` is what those of any role add.
    """

    usual: tuple[Grant, ...] = ()
    offered: tuple[Grant, ...] = ()
    is_reduced: bool = False


class Rights(msgspec.Struct, frozen=True):
    """Owner and privileges of an object, and which role it was that read them."""

    owner: str
    grants: tuple[Grant, ...]
    sort: Sort
    reader: str
    has_owner_node: bool = False

    def without_privileges(self) -> Rights:
        """The owner alone: privileges are nodes of their own."""
        return msgspec.structs.replace(self, grants=(), sort=Sort())

    @property
    def mark(self) -> str:
        """A short text that changes with owner and privileges, but for what has a node."""
        owner = _OWNER if self.has_owner_node else self.owner
        grants = (_by_owner(grant, self.owner, owner) for grant in self.grants)
        said = msgspec.json.encode((owner, sorted(grants)))
        return hashlib.sha256(said).hexdigest()[:16]


def _by_owner(grant: Grant, owner: str, called: str) -> Grant:
    """The grant with the owner of the object as `called`."""
    grantor, grantee = (
        called if role == owner else role for role in (grant.grantor, grant.grantee)
    )
    return msgspec.structs.replace(grant, grantor=grantor, grantee=grantee)


def rights(reader: PgReader) -> dict[Ref, Rights]:
    """The rights on all noted objects."""
    return _Reading(reader).run()


class _Reading:
    """One reading of owners and privileges; equal ones are one value, as there are many."""

    def __init__(self, reader: PgReader) -> None:
        self.reader = reader
        ((self.role,),) = reader.rows("SELECT current_user")
        self.usual = _usual(reader.rows(_USUAL))
        self.defaults = reader.default_privileges
        self.sorts: dict[tuple[str, int], Sort] = {}
        self.known: dict[Rights, Rights] = {}

    def run(self) -> dict[Ref, Rights]:
        heads: dict[Ref, Row] = {}
        grants: defaultdict[Ref, list[Grant]] = defaultdict(list)
        rows = self.reader.rows(_query(rare=any(map(self.reader.holds, _RARE))))
        about = self._about(rows)
        for row in rows:
            *_, grantor, grantee, privilege, grantable, column = row
            ref = about.get(row[:3])
            if ref is None or (column and not privilege):
                continue
            heads.setdefault(ref, row)
            if privilege:
                grants[ref].append(Grant(grantor, grantee, privilege, grantable, column))
        return {ref: self._rights(row, grants[ref]) for ref, row in heads.items()}

    def _about(self, rows: Iterable[Row]) -> dict[Row, Ref]:
        """What rows are about, by their first three values.

        Of several addresses of an object the one that was noted first stands for the whole, and
        a column that has no node counts as part of its view.
        """
        noted = self.reader.refs
        places = {row[:3]: self.reader.address(*row[:3]) for row in rows}
        wholes = {place: (*address[:2], 0) for place, address in places.items()}
        asked = {noted[a] for a in {*places.values(), *wholes.values()} if a in noted}
        first: dict[Ref, Address] = {}
        for address, ref in noted.items():
            if ref in asked:
                first.setdefault(ref, address)
        main = {address: ref for ref, address in first.items()}
        found = {
            place: main.get(address) or main.get(wholes[place]) for place, address in places.items()
        }
        return {place: ref for place, ref in found.items() if ref is not None}

    def _rights(self, row: Row, grants: list[Grant]) -> Rights:
        _, _, _, sort, owner, schema, is_usual, *_ = row
        found = self._sort(sort, schema)
        if is_usual:
            grants = [*grants, *_owned(found.usual, owner)]
        value = Rights(owner, tuple(sorted(grants)), found, self.role)
        return self.known.setdefault(value, value)

    def _sort(self, sort: str, schema: int) -> Sort:
        if (sort, schema) not in self.sorts:
            rows = [row for row in self.defaults if row[0] == sort and row[1] in (0, schema)]
            self.sorts[sort, schema] = _sort(self.usual.get(sort, ()), rows)
        return self.sorts[sort, schema]


def _usual(rows: Iterable[Row]) -> dict[str, tuple[Grant, ...]]:
    found: defaultdict[str, list[Grant]] = defaultdict(list)
    for sort, is_public, privilege in rows:
        found[sort].append(Grant(_OWNER, PUBLIC_ROLE if is_public else _OWNER, privilege))
    return {sort: tuple(sorted(grants)) for sort, grants in found.items()}


def _owned(grants: Iterable[Grant], owner: str) -> list[Grant]:
    """What is the same for all owners, as it is for one of them."""
    return [
        Grant(owner, owner if g.grantee == _OWNER else g.grantee, g.privilege, g.grantable)
        for g in grants
    ]


def _sort(usual: tuple[Grant, ...], rows: Sequence[Row]) -> Sort:
    """By the rows of pg_default_acl that may count, of whatever role: any may make the object."""
    wholes: defaultdict[int, set[Grant]] = defaultdict(set)
    offered: set[Grant] = set()
    for _, schema, role, oid, grantee, privilege, grantable, _ in rows:
        given = wholes[oid] if schema == 0 else set[Grant]()
        if privilege:
            grant = Grant(_OWNER, _OWNER if grantee == role else grantee, privilege, grantable)
            given.add(grant)
            offered.add(grant)
    return Sort(
        usual=usual,
        offered=tuple(sorted(offered.difference(usual))),
        is_reduced=any(not given.issuperset(usual) for given in wholes.values()),
    )


@cache
def _query(*, rare: bool) -> str:
    """Of everything, or of all but what few databases have."""
    return _text("rights").replace(_PLACE, _text("rights_rare") if rare else "")


def _text(name: str) -> str:
    return (
        files("lockplane_postgres").joinpath("catalog", f"{name}.sql").read_text(encoding="utf-8")
    )


def held(rights: Rights, columns: Iterable[str]) -> dict[str, list[Grant]]:
    """The privileges on the object and on those of its columns that are named, by grantee."""
    there = {"", *columns}
    found: defaultdict[str, list[Grant]] = defaultdict(list)
    for grant in rights.grants:
        if grant.column in there:
            found[grant.grantee].append(grant)
    return found


def to_take(rights: Rights) -> Iterator[str]:
    """The roles whom a new object may give more than they had, or other than they had."""
    usual = _by_grantee(rights, rights.sort.usual)
    offered = _by_grantee(rights, rights.sort.offered)
    had = _by_grantee(rights, (g for g in rights.grants if not g.column))
    for role in sorted({*usual, *offered}):
        if not (usual.get(role, set()) | offered.get(role, set())) <= had.get(role, set()):
            yield role


def to_give(rights: Rights, columns: Iterable[str]) -> list[Grant]:
    """What a new object may lack of what it had."""
    taken = set(to_take(rights))
    usual = () if rights.sort.is_reduced else _owned(rights.sort.usual, rights.owner)
    by_itself = {grant for grant in usual if grant.grantee not in taken}
    return [
        grant for found in held(rights, columns).values() for grant in found
        if grant not in by_itself
    ]  # fmt: skip


def is_everything(rights: Rights, privileges: Iterable[str]) -> bool:
    """Whether these are all privileges that there are on an object of its sort."""
    everything = {g.privilege for g in rights.sort.usual if g.grantee == _OWNER}
    return bool(everything) and everything == set(privileges)


def _by_grantee(rights: Rights, grants: Iterable[Grant]) -> dict[str, set[tuple[str, bool]]]:
    found: defaultdict[str, set[Any]] = defaultdict(set)
    for grant in grants:
        role = rights.owner if grant.grantee == _OWNER else grant.grantee
        found[role].add((grant.privilege, grant.grantable))
    return found
