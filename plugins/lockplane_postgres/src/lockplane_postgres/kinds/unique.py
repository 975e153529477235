"""Unique constraints; a unique index without a constraint is an index."""

from __future__ import annotations

from lockplane_postgres.kinds.key import KeyKind
from lockplane_postgres.kinds.tags import UNIQUE


class UniqueKind(KeyKind):
    """Ref: (schema, table, name)."""

    tag = UNIQUE
    plural = "unique_constraints"
    weight = 110
    noun = "unique constraint"
    contype = "u"
    words = "UNIQUE"
