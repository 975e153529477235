"""Default privileges: what ALTER DEFAULT PRIVILEGES gives to objects that a role makes later."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.spi.kind import Kind
from lockplane_core.spi.support import YES, Support
from lockplane_postgres.kinds import grant_sql
from lockplane_postgres.kinds.granted import ALL, EVERYBODY, ITSELF, Granted, collapsed
from lockplane_postgres.kinds.refs import role_ref
from lockplane_postgres.kinds.tags import (
    AGGREGATE,
    BASE_TYPE,
    COMPOSITE,
    DEFAULT_PRIVILEGE,
    DOMAIN,
    ENUM,
    FOREIGN_TABLE,
    FUNCTION,
    MATERIALIZED_VIEW,
    RANGE,
    SCHEMA,
    SEQUENCE,
    TABLE,
    VIEW,
)
from lockplane_postgres.kinds.tree import text
from lockplane_postgres.quote import quote
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

SORTS = {
    "r": "tables",
    "S": "sequences",
    "f": "functions",
    "T": "types",
    "n": "schemas",
    "L": "large objects",
}
"""What default privileges are for, by the letter of pg_default_acl; since 18 large objects."""
SORT_OF = {
    **dict.fromkeys((TABLE, VIEW, MATERIALIZED_VIEW, FOREIGN_TABLE), "tables"),
    SEQUENCE: "sequences",
    **dict.fromkeys((FUNCTION, AGGREGATE), "functions"),
    **dict.fromkeys((ENUM, DOMAIN, COMPOSITE, RANGE, BASE_TYPE), "types"),
    SCHEMA: "schemas",
}
_EVERYTHING = """
SELECT s.sort::text, e.privilege_type
FROM unnest('{r,s,f,T,n,L}'::"char"[]) s(sort), LATERAL aclexplode(acldefault(s.sort, 10)) e
WHERE e.grantee = 10
"""
_OF_EVERYBODY = {"functions": "EXECUTE", "types": "USAGE"}


class DefaultPrivilegeBody(Body, frozen=True, kw_only=True):
    """All that the grantee gets, in order."""

    grants: tuple[Granted, ...] = ()


class DefaultPrivilegeKind(Kind):
    """Ref: (role that makes objects, schema or nothing for any, sort of object, grantee)."""

    tag = DEFAULT_PRIVILEGE
    plural = "default_privileges"
    role = "other"
    body = DefaultPrivilegeBody
    managed = "privileges"
    weight = 920
    tree_fields = (
        ("name",), ("for_role", str), ("schema", str, ""), ("sort", str), ("role", str),
    )  # fmt: skip

    def support(self) -> Support:
        """GRANT and REVOKE make, change and end it."""
        return msgspec.structs.replace(super().support(), create=YES, alter=YES, drop=YES)

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All that are not what PostgreSQL does by itself."""
        pg = as_pg(reader)
        rows = pg.default_privileges
        everything: defaultdict[str, set[str]] = defaultdict(set)
        for sort, privilege in pg.rows(_EVERYTHING) if rows else ():
            everything["S" if sort == "s" else sort].add(privilege)
        found: defaultdict[tuple[str, str, str], defaultdict[str, set[Granted]]]
        found = defaultdict(lambda: defaultdict(set))
        oids: dict[tuple[str, str, str], int] = {}
        for sort, _, role, oid, grantee, privilege, grantable, schema in rows:
            grants = found[role, schema or "", sort]
            oids[role, schema or "", sort] = oid
            if privilege:
                who = ITSELF if grantee == role else grantee or EVERYBODY
                grants[who].add(Granted(privilege=privilege, grantable=grantable))
        for (role, schema, sort), by_grantee in sorted(found.items()):
            for who in sorted({*by_grantee, ITSELF, EVERYBODY}):
                grants_ = collapsed(by_grantee[who], frozenset(everything[sort]))
                if grants_ != _usual(schema, SORTS[sort], who):
                    node = _node(role, schema, SORTS[sort], who, grants_)
                    pg.note(node.ref, "pg_default_acl", oids[role, schema, sort])
                    yield node

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER DEFAULT PRIVILEGES … GRANT`."""
        yield self.made(change, self._step(change))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """GRANT and REVOKE of what differs."""
        yield self.made(change, self._step(change))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """What PostgreSQL does by itself again."""
        yield self.gone(change, before, self._step(change))

    def _step(self, change: Change) -> Step:
        role, schema, sort, grantee = change.ref.path
        by_itself = _usual(schema, sort, grantee)
        old = by_itself if change.before is None else change.old.body.grants
        new = by_itself if change.after is None else change.new.body.grants
        who = grant_sql.called(grantee, quote(role))
        place = f" IN SCHEMA {quote(schema)}" if schema else ""
        begins = f"ALTER DEFAULT PRIVILEGES FOR ROLE {quote(role)}{place}"
        taken, given = list(grant_sql.lost(old, new)), list(grant_sql.lost(new, old))
        where = f" in schema {schema}" if schema else ""
        what = f"new {sort} of role {role}{where}"
        at = f" at {change.new.span}" if change.after is not None and change.new.span else ""
        names = [name for name in dict.fromkeys((role, who.name)) if name]
        guarded = names if change.after is not None else []
        return Step(
            description=grant_sql.told(who, taken, given, what),
            sql=tuple(
                f"{begins} {sql}"
                for sql in grant_sql.statements(old, new, f"ON {sort.upper()}", who.sql)
            ),
            consumes=tuple(map(role_ref, sorted(names))),
            effects=("breaking", "security") if taken else ("security",),
            guards=tuple(
                grant_sql.no_role(name, f"{_why(name, who.name)} {what}{at}", change.ref)
                for name in guarded
            ),
        )

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """`for_role`, `schema` if it is for one, `sort`, the role, and what it gets."""
        role, schema, sort, grantee = node.ref.path
        place = {"schema": schema} if schema else {}
        fields: dict[str, Any] = msgspec.to_builtins(node.body)
        return {"for_role": role, **place, "sort": sort, "role": grantee, **fields}

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The reverse of `to_tree`."""
        fields = dict(item)
        role, sort, grantee = (text(fields.pop(key)) for key in ("for_role", "sort", "role"))
        schema = text(fields.pop("schema", ""))
        body = msgspec.convert(fields, DefaultPrivilegeBody)
        yield _node(role, schema, sort, grantee, body.grants)


def _node(role: str, schema: str, sort: str, grantee: str, grants: tuple[Granted, ...]) -> Node:
    return Node(
        ref=Ref(DEFAULT_PRIVILEGE, (role, schema, sort, grantee)),
        body=DefaultPrivilegeBody(grants=grants),
        needs=(Ref(SCHEMA, (schema,)),) if schema else (),
    )


def _why(name: str, grantee: str) -> str:
    """What a role is named for: it gets something, or makes what others get something on."""
    return "which gets privileges on" if name == grantee else "named as the maker of"


def _usual(schema: str, sort: str, grantee: str) -> tuple[Granted, ...]:
    """What is so without default privileges; those of one schema only add to it."""
    if schema:
        return ()
    if grantee == ITSELF:
        return (Granted(privilege=_OF_EVERYBODY.get(sort, ALL)),)
    found = _OF_EVERYBODY.get(sort) if grantee == EVERYBODY else None
    return (Granted(privilege=found),) if found else ()
