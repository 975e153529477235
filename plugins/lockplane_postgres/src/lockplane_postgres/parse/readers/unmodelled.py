"""What no kind models: statements that are named in words, and what they are about.

A kind for one of them is added by a reading of its own (see `statements.readings`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import base
from lockplane_postgres.parse.mentions import Mentions, Scope
from lockplane_postgres.parse.names import TYPE_NAME
from lockplane_postgres.parse.readers.targets import words_of
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, RangeVar, Tree, TypeName, Words, texts
from lockplane_postgres.parse.type_names import bare

if TYPE_CHECKING:
    from lockplane_core.model.statement import Verb
    from lockplane_postgres.parse.draft import Draft


class OnTable(Tree, frozen=True):
    table: RangeVar | None = None
    relation: RangeVar | None = None


class Domain(Tree, frozen=True):
    name: Words = field(name="domainname")
    base: TypeName = field(name="typeName")


class Range(Tree, frozen=True):
    name: Words = field(name="typeName")


class Composite(Tree, frozen=True):
    relation: RangeVar = field(name="typevar")


class Into(Tree, frozen=True):
    relation: RangeVar = field(name="rel")


class CreateAs(Tree, frozen=True):
    query: Raw = NOTHING
    into: Into | None = None
    type: str = field(name="objtype", default="")
    if_not_exists: bool = False


class Define(Tree, frozen=True):
    kind: str
    if_not_exists: bool = False
    replace: bool = False


def on_table(tree: OnTable, draft: Draft) -> None:
    """A policy, rule or the like: its table stands first in what it requires."""
    relation = tree.table or tree.relation
    if relation is not None:
        draft.require_relation(relation)


def create_domain(tree: Domain, draft: Draft) -> None:
    """A domain, which other statements may be about to use as a type."""
    draft.declare(Ref(TYPE_NAME, draft.qualified(texts(tree.name))))
    based_on = bare(tree.base, draft.schema).ref
    if based_on is not None:
        draft.require(based_on, tree.base.location)


def create_range(tree: Range, draft: Draft) -> None:
    """A range type."""
    draft.declare(Ref(TYPE_NAME, draft.qualified(texts(tree.name))))


def create_composite(tree: Composite, draft: Draft) -> None:
    """A composite type."""
    draft.declare(Ref(TYPE_NAME, draft.path(tree.relation)), tree.relation.location)


def create_as(tree: CreateAs, draft: Draft) -> None:
    """CREATE TABLE AS and CREATE MATERIALIZED VIEW: relations that others may query."""
    is_view = tree.type == "OBJECT_MATVIEW"
    draft.lacks("a materialized view" if is_view else "CREATE TABLE AS")
    if tree.into is not None:
        relation = tree.into.relation
        kind = "postgres.materialized_view" if is_view else base.TABLE
        draft.declare_relation(Ref(kind, draft.path(relation)), relation.location)
    draft.role = "view" if is_view else "table"
    draft.say("derived")
    draft.say("if_not_exists", when=tree.if_not_exists)
    Mentions(draft).read(tree.query, Scope())


def define(tree: Define, draft: Draft) -> None:
    """CREATE AGGREGATE, OPERATOR, TYPE, COLLATION or TEXT SEARCH."""
    draft.lacks("a base type" if tree.kind == "OBJECT_TYPE" else words_of(tree.kind))
    draft.say("if_not_exists", when=tree.if_not_exists)
    draft.say("or_replace", when=tree.replace)


def _verb(tag: str) -> Verb:
    if tag.startswith(("Create", "Import")):
        return "create"
    return "drop" if tag.startswith("Drop") else "alter"


_PLAIN = {
    "AlterCollationStmt": "a collation",
    "AlterDatabaseRefreshCollStmt": "a database",
    "AlterDatabaseSetStmt": "a database",
    "AlterDatabaseStmt": "a database",
    "AlterDomainStmt": "a domain",
    "AlterEventTrigStmt": "an event trigger",
    "AlterExtensionContentsStmt": "the members of an extension",
    "AlterExtensionStmt": "the version of an extension",
    "AlterFdwStmt": "a foreign data wrapper",
    "AlterForeignServerStmt": "a foreign server",
    "AlterObjectDependsStmt": "DEPENDS ON EXTENSION",
    "AlterOpFamilyStmt": "an operator family",
    "AlterOperatorStmt": "an operator",
    "AlterPublicationStmt": "a publication",
    "AlterRoleSetStmt": "a role",
    "AlterRoleStmt": "a role",
    "AlterStatsStmt": "statistics",
    "AlterSubscriptionStmt": "a subscription",
    "AlterSystemStmt": "ALTER SYSTEM",
    "AlterTSConfigurationStmt": "a text search configuration",
    "AlterTSDictionaryStmt": "a text search dictionary",
    "AlterTableMoveAllStmt": "a tablespace",
    "AlterTableSpaceOptionsStmt": "a tablespace",
    "AlterTypeStmt": "a base type",
    "AlterUserMappingStmt": "a user mapping",
    "CreateAmStmt": "an access method",
    "CreateCastStmt": "a cast",
    "CreateConversionStmt": "a conversion",
    "CreateEventTrigStmt": "an event trigger",
    "CreateFdwStmt": "a foreign data wrapper",
    "CreateForeignServerStmt": "a foreign server",
    "CreateOpClassStmt": "an operator class",
    "CreateOpFamilyStmt": "an operator family",
    "CreatePLangStmt": "a language",
    "CreatePublicationStmt": "a publication",
    "CreateRoleStmt": "a role",
    "CreateStatsStmt": "statistics",
    "CreateSubscriptionStmt": "a subscription",
    "CreateTableSpaceStmt": "a tablespace",
    "CreateTransformStmt": "a transform",
    "CreateUserMappingStmt": "a user mapping",
    "CreatedbStmt": "a database",
    "ImportForeignSchemaStmt": "IMPORT FOREIGN SCHEMA",
    "DropOwnedStmt": "",
    "DropRoleStmt": "",
    "DropSubscriptionStmt": "",
    "DropTableSpaceStmt": "",
    "DropUserMappingStmt": "",
    "DropdbStmt": "",
}
"""Statements of which nothing but the words is read; a DROP is refused by its verb."""

READINGS = {
    **{tag: Reading(verb=_verb(tag), lacks=words) for tag, words in _PLAIN.items()},
    "AlterDefaultPrivilegesStmt": Reading(verb="grant", lacks="default privileges"),
    "GrantRoleStmt": Reading(verb="grant", lacks="membership in a role"),
    "GrantStmt": Reading(verb="grant", lacks="privileges (GRANT, REVOKE)"),
    "ReassignOwnedStmt": Reading(verb="alter", lacks="an owner (REASSIGN OWNED)"),
    "SecLabelStmt": Reading(verb="comment", lacks="a security label"),
    "CreateForeignTableStmt": Reading(verb="create", role="table", lacks="a foreign table"),
    "RefreshMatViewStmt": Reading(verb="other", role="view"),
    "CreatePolicyStmt": Reading(
        verb="create", role="policy", lacks="a policy", tree=OnTable, read=on_table
    ),
    "AlterPolicyStmt": Reading(
        verb="alter", role="policy", lacks="a policy", tree=OnTable, read=on_table
    ),
    "RuleStmt": Reading(verb="create", lacks="a rule", tree=OnTable, read=on_table),
    "CreateDomainStmt": Reading(
        verb="create", role="type", lacks="a domain", tree=Domain, read=create_domain
    ),
    "CreateRangeStmt": Reading(
        verb="create", role="type", lacks="a range type", tree=Range, read=create_range
    ),
    "CompositeTypeStmt": Reading(
        verb="create", role="type", lacks="a composite type", tree=Composite, read=create_composite
    ),
    "CreateTableAsStmt": Reading(verb="create", tree=CreateAs, read=create_as),
    "DefineStmt": Reading(verb="create", tree=Define, read=define),
    "TransactionStmt": Reading(verb="transaction"),
    "VariableSetStmt": Reading(verb="set"),
    "ConstraintsSetStmt": Reading(verb="set"),
    "DiscardStmt": Reading(verb="set"),
}
