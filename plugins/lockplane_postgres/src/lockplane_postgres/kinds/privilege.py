"""Privileges: what one role may do with one object, where a project manages that.

The node is a child of the object, whose kind also writes GRANT and REVOKE (`granting`). There is
none where a role has what it has by itself: the owner everything, nobody else anything, but for
what PostgreSQL gives to PUBLIC.
"""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.spi.kind import Kind
from lockplane_core.spi.support import YES, Support
from lockplane_postgres.kinds.granted import EVERYBODY, ITSELF, Granted, collapsed, usual
from lockplane_postgres.kinds.refs import privilege_ref
from lockplane_postgres.kinds.sequence import SequenceKind
from lockplane_postgres.kinds.tags import (
    COLUMN,
    GRANTABLE,
    PRIVILEGE,
    SEQUENCE,
)
from lockplane_postgres.kinds.tree import text
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.reader import Reader
    from lockplane_postgres.rights import Grant, Rights

_MAINTAIN = "MAINTAIN"


class PrivilegeBody(Body, frozen=True, kw_only=True):
    """All that the role may do, in order; nothing takes what it would have by itself."""

    grants: tuple[Granted, ...] = ()


class PrivilegeKind(Kind):
    """Ref: (noun of the object, *its path, role). Introspected last, by the addresses of all."""

    tag = PRIVILEGE
    plural = "privileges"
    role = "other"
    body = PrivilegeBody
    also_below = GRANTABLE
    always_root = True
    managed = "privileges"
    weight = 910
    since = MappingProxyType({_MAINTAIN: "17"})
    tree_fields = (("name",), ("on", str), ("of", tuple[str, ...]), ("role", str))

    def support(self) -> Support:
        """GRANT and REVOKE make, change and end it; the kind of the object writes those."""
        return msgspec.structs.replace(super().support(), create=YES, alter=YES, drop=YES)

    def uses(self, node: Node) -> frozenset[str]:
        """What of `since` is granted by name; ALL is what the server has."""
        return frozenset({_MAINTAIN} & {grant.privilege for grant in node.body.grants})

    def moved(self, ref: Ref, old: Ref, new: Ref) -> Ref:
        """Its path is that of the object, between the noun and the role."""
        noun, *path, grantee = ref.path
        about = Ref(f"postgres.{noun}", tuple(path))
        if about.kind == SEQUENCE:
            return privilege_ref(SequenceKind().moved(about, old, new), grantee)
        return privilege_ref(super().moved(about, old, new), grantee)

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """What every role may do with everything that some kind noted."""
        pg = as_pg(reader)
        pg.manages_privileges = True
        for about, rights in pg.rights.items():
            if about.kind in GRANTABLE:
                yield from _nodes(about, rights, pg.major)

    def says_nothing(self, node: Node, live: Catalog) -> bool:
        """Whether it grants something to the role that owns the object there."""
        about = live.get(node.parent)
        return about is not None and about.kept is not None and about.kept.owner == node.ref.name

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """`on` (the noun) and `of` (the path) of the object, the role, and what it may do."""
        noun, *path, grantee = node.ref.path
        fields: dict[str, Any] = msgspec.to_builtins(node.body)
        return {"on": noun, "of": path, "role": grantee, **fields}

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The reverse of `to_tree`."""
        fields = dict(item)
        noun, grantee = text(fields.pop("on")), text(fields.pop("role"))
        path = msgspec.convert(fields.pop("of"), tuple[str, ...])
        about = Ref(f"postgres.{noun}", path)
        body = msgspec.convert(fields, PrivilegeBody)
        yield Node(ref=privilege_ref(about, grantee), parent=about, body=body)


def _nodes(about: Ref, rights: Rights, major: int) -> Iterator[Node]:
    """What the roles may do with one object, where that is not what they may by themselves."""
    found: defaultdict[str, set[Granted]] = defaultdict(set)
    for grant in rights.grants:
        found[_grantee(grant, rights)].add(_granted(about, grant))
    by_others = _grantors(rights)
    everything = frozenset(g.privilege for g in rights.sort.usual if g.grantee == "\0")
    for grantee in sorted({*found, ITSELF, EVERYBODY}):
        grants = collapsed(found[grantee], everything)
        if grants != usual(about, grantee, major):
            ref, body = privilege_ref(about, grantee), PrivilegeBody(grants=grants)
            yield Node(ref=ref, parent=about, body=body, kept=by_others.get(grantee))


def _grantee(grant: Grant, rights: Rights) -> str:
    if grant.grantee == rights.owner:
        return ITSELF
    return grant.grantee or EVERYBODY


def _granted(about: Ref, grant: Grant) -> Granted:
    column = "" if about.kind == COLUMN else grant.column
    return Granted(privilege=grant.privilege, column=column, grantable=grant.grantable)


def _grantors(rights: Rights) -> dict[str, tuple[str, ...]]:
    """The roles beside the owner that have granted something, by whom they granted it to.

    It is kept beside the node: who granted is no schema, and only that role can take it back.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for grant in rights.grants:
        if grant.grantor != rights.owner:
            found[_grantee(grant, rights)].add(grant.grantor)
    return {grantee: tuple(sorted(grantors)) for grantee, grantors in found.items()}
