"""Shadow: a server on which scratches are made, and what one is wanted for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractContextManager

    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.session import Session


class ScratchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a scratch is wanted for.

    `shadow_url` names the server on which to make it (empty: the dialect finds one by
    itself), `target_url` the database that it stands in for (empty: none), `extensions` what
    the schema needs to be installable there, `settings` the project's own for this dialect.
    """

    shadow_url: str = ""
    target_url: str = ""
    version: str = ""
    extensions: tuple[str, ...] = ()
    settings: Mapping[str, object] = msgspec.field(default_factory=dict)


class Shadow(ABC):
    """A server on which scratches are made.

    `judge` names product and version for people (`PostgreSQL 18.6, embedded`); `foreign` is
    true where a user named the server, so that statements which reach beyond one database
    must not run there; `beside_target` where it is the very server that the target is on.
    `apart` says, where it is of another version than the database, what follows from that and
    what helps; errors of its scratches quote it, and it is one of the `notices`.
    """

    judge: str
    version: str
    foreign: bool = False
    beside_target: bool = False
    apart: str = ""
    notices: tuple[str, ...] = ()

    @abstractmethod
    def scratch(self) -> AbstractContextManager[Session]:
        """A session on an empty database made for this one use, and dropped at the end.

        Raises `ScratchError`.
        """

    def provide(self, refs: Collection[Ref]) -> None:  # noqa: B027 - most servers have no such
        """Have on the server what is needed by these refs and belongs to no database (roles).

        It is called right before statements that name them run on a scratch; other refs are
        none of its business. Raises `ScratchError` that names what is missing where the server
        is not ours to add to.
        """

    def close(self) -> None:  # noqa: B027 - a shadow that started nothing has nothing to stop
        """Stop what was started; drop only what this run made. Never raises."""
