"""Locks: SQLite has one writer for each database file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.step import Lock

if TYPE_CHECKING:
    from lockplane_core.model.ref import Ref


def writing(ref: Ref) -> tuple[Lock, ...]:
    """What a step that writes holds until COMMIT, reported at the object that it is about."""
    return (Lock(ref, "RESERVED", ("writes", "ddl")),)
