"""What a column is, without its name: its type, and where its values come from."""

from __future__ import annotations

from lockplane_core.model.node import Body
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.counting import Counting
from lockplane_postgres.kinds.tuning import Tuning


class Identity(Counting, frozen=True, kw_only=True):
    """GENERATED ALWAYS or BY DEFAULT AS IDENTITY, and how it counts."""

    always: bool


class Generated(Body, frozen=True, kw_only=True):
    """GENERATED ALWAYS AS (…), kept in the table or, since 18, worked out by each reader."""

    expression: SqlText
    virtual: bool = False


class ColumnBody(Body, frozen=True, kw_only=True):
    """`type` as format_type() says it; `collation` only where it is not that of the type.

    It is `inherited` if a table that this one inherits from declares it, and this one does not.
    A NOT NULL that nobody has asked the rows about is `unvalidated` under that name (18); those
    of tables that hand down or inherit what they have are not modelled.
    """

    type: str
    nullable: bool = True
    collation: str = ""
    identity: Identity | None = None
    generated: Generated | None = None
    tuning: Tuning | None = None
    inherited: bool = False
    unvalidated: str = ""
