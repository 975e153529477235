"""Reading: how the statements of one class of PostgreSQL's grammar are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from lockplane_core.model.node import Role
from lockplane_core.model.statement import Verb
from lockplane_postgres.parse.draft import Draft


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a class of statements is, and the reader that finds out what one of them says.

    `lacks` names the whole statement in words where no kind models it. `tree` is the struct
    that the reader is handed (`object`: dicts and lists, as the grammar's JSON has them).
    """

    verb: Verb
    role: Role = "other"
    lacks: str = ""
    tree: type[Any] = object
    read: Callable[[Any, Draft], None] | None = None
