"""What partitions and inheriting tables say: PARTITION BY, PARTITION OF, ATTACH, INHERIT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.mentions import Mentions, Scope, mentions_something
from lockplane_postgres.parse.names import PARTITIONS
from lockplane_postgres.parse.tree import NOTHING, Collate, RangeVar, Tree, Words, decoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.readers.constraints import OnTable


class _Key(Tree, frozen=True):
    name: str = ""
    expression: Raw = field(name="expr", default=NOTHING)
    collation: Words = ()
    location: int = 0


class _WrappedKey(Tree, frozen=True):
    key: _Key = field(name="PartitionElem")


class PartitionBy(Tree, frozen=True):
    """What a table is partitioned by."""

    keys: tuple[_WrappedKey, ...] = field(name="partParams", default=())


class _Attached(Tree, frozen=True):
    table: RangeVar = field(name="name")
    bound: Raw = NOTHING


class _WrappedAttached(Tree, frozen=True):
    attached: _Attached = field(name="PartitionCmd")


class _Parent(Tree, frozen=True):
    table: RangeVar = field(name="RangeVar")


def read_partition_by(spec: PartitionBy, table: OnTable, draft: Draft) -> None:
    """Require what the key of a partitioned table mentions."""
    for wrapped in spec.keys:
        key = wrapped.key
        if key.name:
            draft.require(table.column(key.name), key.location)
        table.read(key.expression, draft)
        if key.collation:
            draft.require_collation(Collate(name=key.collation, location=key.location))


def read_bound(bound: Raw, draft: Draft) -> None:
    """Require what a bound mentions, which are functions: MINVALUE is no column."""
    if mentions_something(bound):
        Mentions(draft).read(bound, Scope({}))


def read_parents(parents: Sequence[RangeVar], table: OnTable, draft: Draft, link: str) -> None:
    """Declare that a table descends from others, all of whose columns it has."""
    for parent in parents:
        draft.require(draft.table(parent), parent.location)
        draft.require(Ref(tags.RELATION_NAME, draft.path(parent)), parent.location)
        if link == tags.PARTITION:
            draft.declare(Ref(PARTITIONS, draft.path(parent)), parent.location)
    if parents:
        draft.declare(Ref(link, (*table,)), parents[0].location)
        draft.say("derived")


def read_attached(what: Raw, parent: OnTable, draft: Draft) -> None:
    """ATTACH PARTITION, after all columns of both tables."""
    found = decoder(_WrappedAttached).decode(what).attached
    draft.require(draft.table(found.table), found.table.location)
    for path in (draft.path(found.table), (*parent,)):
        draft.require(Ref(tags.RELATION_NAME, path), found.table.location)
    draft.declare(Ref(tags.PARTITION, draft.path(found.table)), found.table.location)
    draft.declare(Ref(PARTITIONS, (*parent,)), found.table.location)
    read_bound(found.bound, draft)


def read_detached(what: Raw, draft: Draft) -> None:
    """DETACH PARTITION."""
    found = decoder(_WrappedAttached).decode(what).attached
    draft.drop(Ref(tags.PARTITION, draft.path(found.table)), found.table.location)


def read_attached_index(what: Raw, draft: Draft) -> None:
    """ALTER INDEX … ATTACH PARTITION, which names another index."""
    found = decoder(_WrappedAttached).decode(what).attached
    draft.require(draft.taken.index_named(*draft.path(found.table)), found.table.location)


def read_inherit(what: Raw, table: OnTable, draft: Draft) -> None:
    """INHERIT."""
    found = decoder(_Parent).decode(what).table
    draft.require(draft.table(found), found.location)
    for path in (draft.path(found), (*table,)):
        draft.require(Ref(tags.RELATION_NAME, path), found.location)
    draft.declare(Ref(tags.INHERITANCE, (*table,)), found.location)


def read_disinherit(what: Raw, table: OnTable, draft: Draft) -> None:
    """NO INHERIT."""
    found = decoder(_Parent).decode(what).table
    draft.drop(Ref(tags.INHERITANCE, (*table,)), found.location)
