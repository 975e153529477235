"""All kinds of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_postgres.kinds.access_method import AccessMethodKind
from lockplane_postgres.kinds.aggregate import AggregateKind
from lockplane_postgres.kinds.base_type import BaseTypeKind
from lockplane_postgres.kinds.cast import CastKind
from lockplane_postgres.kinds.check import CheckKind
from lockplane_postgres.kinds.collation import CollationKind
from lockplane_postgres.kinds.column import ColumnKind
from lockplane_postgres.kinds.comment import CommentKind
from lockplane_postgres.kinds.composite import CompositeKind
from lockplane_postgres.kinds.conversion import ConversionKind
from lockplane_postgres.kinds.default import DefaultKind
from lockplane_postgres.kinds.default_privilege import DefaultPrivilegeKind
from lockplane_postgres.kinds.domain import DomainKind
from lockplane_postgres.kinds.domain_check import DomainCheckKind
from lockplane_postgres.kinds.enum import EnumKind
from lockplane_postgres.kinds.event_trigger import EventTriggerKind
from lockplane_postgres.kinds.exclusion import ExclusionKind
from lockplane_postgres.kinds.extension import ExtensionKind
from lockplane_postgres.kinds.foreign_data_wrapper import WrapperKind
from lockplane_postgres.kinds.foreign_key import ForeignKeyKind
from lockplane_postgres.kinds.foreign_server import ServerKind
from lockplane_postgres.kinds.foreign_table import ForeignTableKind
from lockplane_postgres.kinds.function import FunctionKind
from lockplane_postgres.kinds.index import IndexKind
from lockplane_postgres.kinds.inheritance import InheritanceKind
from lockplane_postgres.kinds.inner_name import AttributeKind, EnumValueKind
from lockplane_postgres.kinds.language import LanguageKind
from lockplane_postgres.kinds.materialized_view import MaterializedViewKind
from lockplane_postgres.kinds.membership import MembershipKind
from lockplane_postgres.kinds.operator import OperatorKind
from lockplane_postgres.kinds.operator_class import OperatorClassKind
from lockplane_postgres.kinds.operator_family import OperatorFamilyKind
from lockplane_postgres.kinds.owner import OwnerKind
from lockplane_postgres.kinds.partition import PartitionKind
from lockplane_postgres.kinds.placement import PlacementKind
from lockplane_postgres.kinds.policy import PolicyKind
from lockplane_postgres.kinds.primary_key import PrimaryKeyKind
from lockplane_postgres.kinds.privilege import PrivilegeKind
from lockplane_postgres.kinds.publication import PublicationKind
from lockplane_postgres.kinds.publication_table import PublicationTableKind
from lockplane_postgres.kinds.range import RangeKind
from lockplane_postgres.kinds.replica_identity import ReplicaIdentityKind
from lockplane_postgres.kinds.role import RoleKind
from lockplane_postgres.kinds.role_setting import RoleSettingKind
from lockplane_postgres.kinds.rule import RuleKind
from lockplane_postgres.kinds.schema import SchemaKind
from lockplane_postgres.kinds.sequence import SequenceKind
from lockplane_postgres.kinds.setting import SettingKind
from lockplane_postgres.kinds.statistics import StatisticsKind
from lockplane_postgres.kinds.subscription import SubscriptionKind
from lockplane_postgres.kinds.table import TableKind
from lockplane_postgres.kinds.text_search import (
    SearchDictionaryKind,
    SearchParserKind,
    SearchTemplateKind,
)
from lockplane_postgres.kinds.text_search_configuration import SearchConfigurationKind
from lockplane_postgres.kinds.transform import TransformKind
from lockplane_postgres.kinds.trigger import TriggerKind
from lockplane_postgres.kinds.trigger_state import TriggerStateKind
from lockplane_postgres.kinds.unique import UniqueKind
from lockplane_postgres.kinds.user_mapping import UserMappingKind
from lockplane_postgres.kinds.view import ViewKind

if TYPE_CHECKING:
    from lockplane_core.spi.kind import Kind

KINDS: tuple[type[Kind], ...] = (
    SchemaKind,
    ExtensionKind,
    CollationKind,
    EnumKind,
    EnumValueKind,
    DomainKind,
    CompositeKind,
    AttributeKind,
    RangeKind,
    BaseTypeKind,
    DomainCheckKind,
    FunctionKind,
    AggregateKind,
    SequenceKind,
    TableKind,
    PartitionKind,
    InheritanceKind,
    ColumnKind,
    DefaultKind,
    PrimaryKeyKind,
    UniqueKind,
    CheckKind,
    ForeignKeyKind,
    ExclusionKind,
    IndexKind,
    ReplicaIdentityKind,
    PlacementKind,
    TriggerKind,
    TriggerStateKind,
    PolicyKind,
    ViewKind,
    MaterializedViewKind,
    RuleKind,
    StatisticsKind,
    LanguageKind,
    TransformKind,
    CastKind,
    ConversionKind,
    AccessMethodKind,
    OperatorKind,
    OperatorFamilyKind,
    OperatorClassKind,
    SearchParserKind,
    SearchTemplateKind,
    SearchDictionaryKind,
    SearchConfigurationKind,
    WrapperKind,
    ServerKind,
    UserMappingKind,
    ForeignTableKind,
    PublicationKind,
    PublicationTableKind,
    SubscriptionKind,
    EventTriggerKind,
    CommentKind,
    OwnerKind,
    PrivilegeKind,
    DefaultPrivilegeKind,
    SettingKind,
    RoleKind,
    MembershipKind,
    RoleSettingKind,
)
