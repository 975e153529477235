"""Who needs whom: one query over `pg_depend`, translated by the address book.

What a kind noted has a ref. What hangs on such an object from the inside (a view's rule, a
row or array type, the index of a constraint) counts as that object; what an extension owns
counts as the extension.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.catalog import Catalog
from lockplane_core.model.node import Unmodelled
from lockplane_postgres.beyond import within_reach
from lockplane_postgres.reader import FIRST_USER_OID, Address
from lockplane_postgres.rights import rights
from lockplane_postgres.unmodelled import Stray, aspects, strays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_postgres.reader import PgReader

_DEPENDS = f"""
SELECT d.deptype::text, c.relname, d.objid, d.objsubid, r.relname, d.refobjid, d.refobjsubid
FROM pg_depend d JOIN pg_class c ON c.oid = d.classid JOIN pg_class r ON r.oid = d.refclassid
WHERE d.objid >= {FIRST_USER_OID} AND d.deptype IN ('a', 'e', 'i', 'n')
ORDER BY 2, 3, 4, 5, 6, 7
"""

_INSIDE, _OWNED = "i", "e"


def finished(reader: PgReader, nodes: Iterable[Node]) -> Catalog:
    """The catalog: nodes with their needs, and all that no kind models."""
    return _Finishing(reader, list(nodes)).run()


class _Finishing:
    """Translates addresses to refs; a stray object has a ref as well until the end."""

    def __init__(self, reader: PgReader, nodes: list[Node]) -> None:
        self.reader = reader
        self.nodes = {node.ref: node for node in nodes}
        self.refs = dict(reader.refs)
        self.inside: dict[Address, Address] = {}
        self.owners: dict[Address, Address] = {}
        self.edges: list[tuple[Address, Address]] = []
        self.counted: dict[Address, Ref | None] = {}
        self.needs: defaultdict[Ref, set[Ref]] = defaultdict(set)

    def run(self) -> Catalog:
        self._read()
        found = strays(self.reader, self._is_part)
        self.refs |= {stray.address: stray.ref for stray in found}
        self._resolve()
        external, owned = self._external(), rights(self.reader)
        nodes = [
            msgspec.structs.replace(
                node,
                needs=tuple(sorted(self.needs[node.ref])),
                external=node.ref in external,
                kept=None if node.ref in external else owned.get(node.ref),
            )
            for node in self.nodes.values()
        ]
        unmodelled = [
            *(self._unmodelled(stray) for stray in found),
            *aspects(self.reader, lambda ref: ref not in external),
        ]
        catalog = Catalog(
            self.reader.session.dialect,
            nodes,
            unmodelled=(item for item in unmodelled if item.label not in self.reader.claimed),
            version=self.reader.session.version,
        )
        return within_reach(catalog, {stray.ref for stray in found})

    def _read(self) -> None:
        for how, catalog, oid, sub, *needed in self.reader.rows(_DEPENDS):
            one, other = Address(catalog, oid, sub), Address(*needed)
            if how == _OWNED:
                self.owners[one] = other
            else:
                self.edges.append((one, other))
            if how == _INSIDE:
                self.inside.setdefault(one, other)

    def _resolve(self) -> None:
        pairs = ((self._ref(one), self._ref(other)) for one, other in self.edges)
        for needy, needed in dict.fromkeys(pairs):
            if needy is None or needed is None or needy == needed:
                continue
            if needed not in self._above(needy) and needy not in self._above(needed):
                self.needs[needy].add(needed)

    def _ref(self, address: Address) -> Ref | None:
        """The ref an address counts as, looked up once: a table is named by all that it has."""
        if address not in self.counted:
            self.counted[address] = self._counts_as(address)
        return self.counted[address]

    def _counts_as(self, address: Address | None) -> Ref | None:
        """Its own ref, that of what it is inside of, or its owner's."""
        seen: set[Address] = set()
        while address is not None and address not in seen:
            seen.add(address)
            if owner := self._owner(address):
                return owner
            for place in (address, address.whole):
                if place in self.refs:
                    return self.refs[place]
            address = self.inside.get(address) or self.inside.get(address.whole)
        return None

    def _owner(self, address: Address) -> Ref | None:
        """The extension that owns an object."""
        owner = self.owners.get(address.whole)
        return self.refs.get(owner) if owner else None

    def _above(self, ref: Ref) -> Iterator[Ref]:
        node = self.nodes.get(ref)
        while node is not None and node.parent is not None:
            yield node.parent
            node = self.nodes.get(node.parent)

    def _is_part(self, address: Address) -> bool:
        """Whether an object is inside of another one, or owned by an extension."""
        return address in self.inside or address in self.owners

    def _external(self) -> set[Ref]:
        """What extensions own, which needs them, and what is below it."""
        owned = set()
        for address, ref in self.reader.refs.items():
            if (owner := self._owner(address)) and ref in self.nodes:
                self.needs[ref].add(owner)
                owned.add(ref)
        below = {ref for ref in self.nodes if not owned.isdisjoint(self._above(ref))}
        return owned | below

    def _unmodelled(self, stray: Stray) -> Unmodelled:
        return Unmodelled(
            label=stray.label, name=stray.name, needs=tuple(sorted(self.needs[stray.ref]))
        )
