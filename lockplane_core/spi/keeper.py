"""Keeper: what a dialect keeps on a machine besides databases: servers, programs, leftovers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.spi.shadow import ScratchRequest

State = Literal["running", "stopped", "usable", "unusable", "in use", "leftover", "removed"]


class Holding(msgspec.Struct, frozen=True):
    """One thing that is kept: a name to call it by, its state, and more of it for people."""

    name: str
    state: State
    detail: str = ""


class Keeper(ABC):
    """Behind `lockplane shadow`. A `request` names the shadow server of the project, if any."""

    @abstractmethod
    def status(self, request: ScratchRequest) -> Iterable[Holding]:
        """Everything that is kept. Changes nothing; raises `LockplaneError`."""

    @abstractmethod
    def clean(self, request: ScratchRequest) -> Iterable[Holding]:
        """Remove what runs that died have left behind, and return it.

        Only what bears our marker is looked at, and nothing that a run may still work with.
        """

    def install(self, version: str) -> Holding | None:
        """Fetch the programs of a version for scratches; None where a product needs none.

        All of it is there afterwards, or nothing. Raises `LockplaneError`.
        """
        return None

    def stop(self, name: str) -> Holding | None:
        """Stop a server that is kept; None if there is none of that name.

        Raises `LockplaneError` where it does not end.
        """
        return None
