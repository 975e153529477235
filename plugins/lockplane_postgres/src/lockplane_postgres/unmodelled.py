"""What a database holds and no kind models: named, so that nothing is lost in silence."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Unmodelled
from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.tags import PARTITION
from lockplane_postgres.quote import spoken
from lockplane_postgres.reader import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from lockplane_postgres.reader import PgReader

_IDENTIFY = """
SELECT s.catalog, s.oid, i.type, i.identity
FROM unnest(%s::oid[], %s::oid[]) s(catalog, oid),
     LATERAL pg_identify_object(s.catalog, s.oid, 0) i
WHERE i.identity IS NOT NULL
ORDER BY 1, 2
"""
# NOT NULL became a constraint with a name and a state of its own in 18.
_NOT_NULL = """
UNION ALL
SELECT 'state of not null', 'pg_class', k.conrelid, k.conkey[1]
FROM pg_constraint k JOIN c ON c.oid = k.conrelid
WHERE c.relkind IN ('r', 'p') AND k.contype = 'n' AND (k.connoinherit OR NOT k.convalidated
  AND EXISTS (SELECT FROM pg_inherits h WHERE k.conrelid IN (h.inhrelid, h.inhparent)))
"""


# What DETACH … CONCURRENTLY leaves when it is cut off; the link is there until it is finished.
_PENDING = """
UNION ALL
SELECT 'pending', 'pg_class', h.inhrelid, 0 FROM pg_inherits h WHERE h.inhdetachpending
"""


_LABEL = "security label"


class Stray(msgspec.Struct, frozen=True):
    """An object that no kind noted."""

    label: str
    name: str
    address: Address

    @property
    def ref(self) -> Ref:
        """A ref of no kind: strays need one another too."""
        return Ref("postgres.unmodelled", (self.label, self.name))


def strays(reader: PgReader, is_part: Callable[[Address], bool]) -> list[Stray]:
    """The user's objects that were not noted and are part of nothing else."""
    labels = {
        address: label
        for label, catalog, oid in reader.inventory
        if (address := reader.address(catalog, oid)) not in reader.refs and not is_part(address)
    }
    return [
        Stray(labels[address] or called, name, address)
        for address, called, name in _identified(reader, labels)
    ]


def _identified(
    reader: PgReader, addresses: Collection[Address]
) -> Iterator[tuple[Address, str, str]]:
    """What the server calls each: its type and its name in full."""
    if not addresses:
        return
    catalogs, oids, _ = zip(*addresses, strict=True)
    for catalog, oid, called, name in reader.rows(_IDENTIFY, (list(catalogs), list(oids))):
        yield (catalog, oid, 0), called, name


def aspects(reader: PgReader, is_own: Callable[[Ref], bool]) -> Iterator[Unmodelled]:
    """Facts about noted objects of the user's that no kind models."""
    not_null = reader.since(18, _NOT_NULL, "")
    for label, catalog, oid, sub in reader.rows(_query("aspects") + not_null + _PENDING):
        ref = reader.ref(catalog, oid, sub)
        if catalog == "pg_database":
            yield Unmodelled(label=_LABEL, name=_labelled(label, "the database"))
        elif ref is not None and is_own(ref):
            yield _pending(ref) if label == "pending" else _aspect(label, ref)


def _aspect(label: str, ref: Ref) -> Unmodelled:
    name = spoken(ref.path)
    if label.startswith(_LABEL):
        label, name = _LABEL, _labelled(label, f"{ref.noun} {name}")
    return Unmodelled(label=label, name=name, needs=(ref,), aspect=True)


def _labelled(label: str, name: str) -> str:
    """`of provider p on table t`."""
    return f"{label.removeprefix(_LABEL).strip()} on {name}"


def _pending(table: Ref) -> Unmodelled:
    """It stands in the way of whatever ends the link."""
    label = "unfinished detach (ALTER TABLE … DETACH PARTITION … FINALIZE ends it) of partition"
    return Unmodelled(label=label, name=spoken(table.path), needs=(Ref(PARTITION, table.path),))


@cache
def _query(name: str) -> str:
    return (
        files("lockplane_postgres").joinpath("catalog", f"{name}.sql").read_text(encoding="utf-8")
    )
