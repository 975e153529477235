"""Locks on relations, and what each keeps other sessions from (manual, 13.3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.step import Blocks, Lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref

ACCESS_SHARE = "ACCESS SHARE"
ROW_SHARE = "ROW SHARE"
SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
SHARE = "SHARE"
SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"

_BLOCKS: Mapping[str, tuple[Blocks, ...]] = {
    ACCESS_SHARE: (),
    ROW_SHARE: ("ddl",),
    SHARE_UPDATE_EXCLUSIVE: ("ddl",),
    SHARE: ("writes", "ddl"),
    SHARE_ROW_EXCLUSIVE: ("writes", "ddl"),
    ACCESS_EXCLUSIVE: ("reads", "writes", "ddl"),
}


def lock(ref: Ref, mode: str) -> Lock:
    """The lock of that mode on a relation that exists before the plan."""
    return Lock(ref, mode, _BLOCKS[mode])


def existing(before: Catalog, mode: str, *refs: Ref) -> tuple[Lock, ...]:
    """The locks of that mode on those of the relations that exist before the plan."""
    return tuple(lock(ref, mode) for ref in dict.fromkeys(refs) if ref in before)
