"""Change: one ref before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from lockplane_core.model.node import Node

if TYPE_CHECKING:
    from lockplane_core.model.ref import Ref

Action = Literal["create", "drop", "alter", "rename", "replace"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one object; `before` or `after` is None where it does not exist.

    A `replace` is dropped and made again: its content changed in a way that has no ALTER, or
    something that it stands on is replaced (then its bodies may be equal).
    """

    action: Action
    before: Node | None = None
    after: Node | None = None

    @property
    def ref(self) -> Ref:
        """The ref after the change; of a drop, the one before."""
        return self.new.ref if self.after is not None else self.old.ref

    @property
    def old(self) -> Node:
        """The node before; only where there is one."""
        assert self.before is not None  # noqa: S101 - narrows the type
        return self.before

    @property
    def new(self) -> Node:
        """The node after; only where there is one."""
        assert self.after is not None  # noqa: S101 - narrows the type
        return self.after

    def reversed(self) -> Change:
        """The change that takes this one back."""
        action: Action = {"create": "drop", "drop": "create"}.get(self.action, self.action)  # type: ignore[assignment]
        return Change(action=action, before=self.after, after=self.before)
