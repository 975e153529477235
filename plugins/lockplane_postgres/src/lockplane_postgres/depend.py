"""Who needs whom: one query over `pg_depend`, translated by the address book.

What a kind noted has a ref. What hangs on such an object from the inside (a view's rule, a
row or array type, the index of a constraint) counts as that object; what an extension owns
counts as the extension.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lockplane_core.model.catalog import Catalog
from lockplane_core.model.node import Node, Unmodelled
from lockplane_postgres.beyond import within_reach
from lockplane_postgres.reader import FIRST_USER_OID
from lockplane_postgres.unmodelled import Stray, aspects, strays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from lockplane_core.model.ref import Ref
    from lockplane_postgres.reader import Address, PgReader
    from lockplane_postgres.rights import Rights

# Most of what there is says nothing new, and stays on the server: that a default belongs to its
# column, NOT NULL (a constraint since 18) to its own, and to a foreign key its four triggers.
_DEPENDS = f"""
SELECT d.deptype::text, d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid
FROM pg_depend d
LEFT JOIN pg_attrdef o ON d.classid = 'pg_attrdef'::regclass AND d.deptype = 'a'
  AND o.oid = d.objid AND o.adrelid = d.refobjid AND o.adnum = d.refobjsubid
LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass
  AND k.oid = d.objid AND k.contype = 'n'
WHERE o.oid IS NULL AND k.oid IS NULL
  AND d.objid >= {FIRST_USER_OID} AND d.deptype IN ('a', 'e', 'i', 'n')
  AND NOT (d.deptype = 'i' AND d.classid = 'pg_trigger'::regclass)
"""

_INSIDE, _OWNED = "i", "e"
_NOTHING: frozenset[Ref] = frozenset()


def finished(reader: PgReader, nodes: Iterable[Node]) -> Catalog:
    """The catalog: nodes with their needs, and all that no kind models."""
    return _Finishing(reader, list(nodes)).run()


class _Counted(dict["Address", "Ref | None"]):
    """The ref that an address counts as, looked up once: a table is named by all that it has."""

    def __init__(self, look_up: Callable[[Address], Ref | None]) -> None:
        super().__init__()
        self._look_up = look_up

    def __missing__(self, address: Address) -> Ref | None:
        found = self[address] = self._look_up(address)
        return found


class _Finishing:
    """Translates addresses to refs; a stray object has a ref as well until the end."""

    def __init__(self, reader: PgReader, nodes: list[Node]) -> None:
        self.reader = reader
        self.nodes = {node.ref: node for node in nodes}
        self.refs = dict(reader.refs)
        self.inside: dict[Address, Address] = {}
        self.owners: dict[Address, Address] = {}
        self.needs: defaultdict[Ref, set[Ref]] = defaultdict(set)

    def run(self) -> Catalog:
        edges = self._read()
        found = strays(self.reader, self._is_part)
        self.refs |= {stray.address: stray.ref for stray in found}
        self._resolve(edges)
        external, kept = self._external(), self.reader.kept
        known = self.nodes.keys() | {stray.ref for stray in found}
        nodes = [self._finished(node, known, external, kept) for node in self.nodes.values()]
        unmodelled = [
            *(self._unmodelled(stray, known) for stray in found),
            *aspects(self.reader, lambda ref: ref not in external),
        ]
        catalog = Catalog(
            self.reader.session.dialect,
            nodes,
            unmodelled=(item for item in unmodelled if item.label not in self.reader.claimed),
            version=self.reader.session.version,
        )
        return within_reach(catalog, {stray.ref for stray in found})

    def _finished(
        self,
        node: Node,
        known: AbstractSet[Ref],
        external: AbstractSet[Ref],
        kept: Mapping[Ref, Rights],
    ) -> Node:
        """The node with what it needs (a kind may know of more than pg_depend does) and has.

        Needs that are neither nodes nor strays stand for nothing and are dropped.
        """
        needs = self.needs.get(node.ref, _NOTHING).union(node.needs)
        is_external, own = node.ref in external, kept.get(node.ref)
        if not needs and not is_external and own is None:
            return node
        return Node(
            ref=node.ref,
            body=node.body,
            parent=node.parent,
            needs=tuple(sorted(needs & known)),
            ordinal=node.ordinal,
            external=is_external,
            kept=None if is_external else own,
        )

    def _read(self) -> list[tuple[Address, Address]]:
        """Who needs whom; what is inside of something, and what an extension owns, is noted."""
        edges = []
        for row in self.reader.rows(_DEPENDS):
            how, one, other = row[0], row[1:4], row[4:]
            if how == _OWNED:
                self.owners[one] = other
                continue
            edges.append((one, other))
            if how == _INSIDE:
                # The rows come in no order, and few things are inside of more than one other.
                self.inside[one] = min(other, self.inside.get(one, other))
        return edges

    def _resolve(self, edges: Iterable[tuple[Address, Address]]) -> None:
        counted = _Counted(self._counts_as)  # no attribute: a cycle would keep it all in memory
        if not self.owners:  # then what was noted counts as itself
            counted.update(self.refs)
        for one, other in edges:
            needy, needed = counted[one], counted[other]
            if needy is None or needed is None or needy == needed:
                continue
            if not (self._is_below(needy, needed) or self._is_below(needed, needy)):
                self.needs[needy].add(needed)

    def _counts_as(self, address: Address | None) -> Ref | None:
        """Its own ref, that of what it is inside of, or its owner's."""
        seen: set[Address] = set()
        while address is not None and address not in seen:
            seen.add(address)
            if owner := self._owner(address):
                return owner
            for place in (address, _whole(address)):
                if place in self.refs:
                    return self.refs[place]
            address = self.inside.get(address) or self.inside.get(_whole(address))
        return None

    def _owner(self, address: Address) -> Ref | None:
        """The extension that owns an object."""
        owner = self.owners.get(_whole(address)) if self.owners else None
        return self.refs.get(owner) if owner else None

    def _is_below(self, ref: Ref, above: Ref) -> bool:
        """Whether a node is a part of another one, or of a part of it."""
        node = self.nodes.get(ref)
        while node is not None and node.parent is not None:
            if node.parent == above:
                return True
            node = self.nodes.get(node.parent)
        return False

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
        owned: set[Ref] = set()
        if not self.owners:
            return owned
        for address, ref in self.refs.items():
            if (owner := self._owner(address)) and ref in self.nodes:
                self.needs[ref].add(owner)
                owned.add(ref)
        below = {ref for ref in self.nodes if not owned.isdisjoint(self._above(ref))}
        return owned | below

    def _unmodelled(self, stray: Stray, known: AbstractSet[Ref]) -> Unmodelled:
        needs = tuple(sorted(self.needs.get(stray.ref, _NOTHING) & known))
        return Unmodelled(label=stray.label, name=stray.name, needs=needs)


def _whole(address: Address) -> Address:
    """The address of what a column belongs to."""
    return (address[0], address[1], 0)
