"""Intent: what a schema says of an object beside what it is: the name that it had before."""

from __future__ import annotations

import msgspec

from lockplane_core.model.node import Span
from lockplane_core.model.ref import Ref


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """`new` is what `old` shall be called; `span` is where that is said.

    `old` is a ref of the world as it is when only this is left to be renamed: the path to it is
    that of `new`, unless the annotation names another.
    """

    old: Ref
    new: Ref
    span: Span
