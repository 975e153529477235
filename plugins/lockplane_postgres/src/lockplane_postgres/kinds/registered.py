"""All kinds of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_postgres.kinds.check import CheckKind
from lockplane_postgres.kinds.collation import CollationKind
from lockplane_postgres.kinds.column import ColumnKind
from lockplane_postgres.kinds.comment import CommentKind
from lockplane_postgres.kinds.composite import CompositeKind
from lockplane_postgres.kinds.default import DefaultKind
from lockplane_postgres.kinds.domain import DomainKind
from lockplane_postgres.kinds.domain_check import DomainCheckKind
from lockplane_postgres.kinds.enum import EnumKind
from lockplane_postgres.kinds.exclusion import ExclusionKind
from lockplane_postgres.kinds.extension import ExtensionKind
from lockplane_postgres.kinds.foreign_key import ForeignKeyKind
from lockplane_postgres.kinds.function import FunctionKind
from lockplane_postgres.kinds.index import IndexKind
from lockplane_postgres.kinds.materialized_view import MaterializedViewKind
from lockplane_postgres.kinds.policy import PolicyKind
from lockplane_postgres.kinds.primary_key import PrimaryKeyKind
from lockplane_postgres.kinds.range import RangeKind
from lockplane_postgres.kinds.schema import SchemaKind
from lockplane_postgres.kinds.sequence import SequenceKind
from lockplane_postgres.kinds.table import TableKind
from lockplane_postgres.kinds.trigger import TriggerKind
from lockplane_postgres.kinds.unique import UniqueKind
from lockplane_postgres.kinds.view import ViewKind

if TYPE_CHECKING:
    from lockplane_core.spi.kind import Kind

KINDS: tuple[type[Kind], ...] = (
    SchemaKind,
    ExtensionKind,
    CollationKind,
    EnumKind,
    DomainKind,
    CompositeKind,
    RangeKind,
    DomainCheckKind,
    FunctionKind,
    SequenceKind,
    TableKind,
    ColumnKind,
    DefaultKind,
    PrimaryKeyKind,
    UniqueKind,
    CheckKind,
    ForeignKeyKind,
    ExclusionKind,
    IndexKind,
    TriggerKind,
    PolicyKind,
    ViewKind,
    MaterializedViewKind,
    CommentKind,
)
