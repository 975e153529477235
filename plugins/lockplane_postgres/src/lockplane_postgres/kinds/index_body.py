"""What an index is, without its name."""

from __future__ import annotations

from lockplane_core.model.node import Body
from lockplane_core.model.text import SqlText


class IndexBody(Body, frozen=True, kw_only=True):
    """`columns` are the leading ones up to the first expression.

    `definition` is all that follows USING, and empty for a plain btree on `columns`. An
    `invalid` index is what a CREATE INDEX CONCURRENTLY that failed leaves behind, or one of a
    partitioned table that not all partitions have. That of a partition is `part_of` the index or
    key of that name of its parent.
    """

    columns: tuple[str, ...] = ()
    unique: bool = False
    definition: SqlText = ""
    invalid: bool = False
    part_of: str = ""
