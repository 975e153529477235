"""What no kind models: statements that are named in words, and what they are about.

A kind for one of them is added by a reading of its own (see `statements.readings`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import RangeVar, Tree

if TYPE_CHECKING:
    from lockplane_core.model.statement import Verb
    from lockplane_postgres.parse.draft import Draft


class OnTable(Tree, frozen=True):
    relation: RangeVar


def on_table(tree: OnTable, draft: Draft) -> None:
    """A rule or the like: its table stands first in what it requires."""
    draft.require_relation(tree.relation)


def _verb(tag: str) -> Verb:
    if tag.startswith(("Create", "Import")):
        return "create"
    return "drop" if tag.startswith("Drop") else "alter"


_PLAIN = {
    "AlterCollationStmt": "the version of a collation",
    "AlterDatabaseRefreshCollStmt": "a database",
    "AlterDatabaseSetStmt": "a database",
    "AlterDatabaseStmt": "a database",
    "AlterEventTrigStmt": "an event trigger",
    "AlterExtensionContentsStmt": "the members of an extension",
    "AlterExtensionStmt": "the version of an extension",
    "AlterFdwStmt": "a foreign data wrapper",
    "AlterForeignServerStmt": "a foreign server",
    "AlterObjectDependsStmt": "DEPENDS ON EXTENSION",
    "AlterOpFamilyStmt": "an operator family",
    "AlterOperatorStmt": "an operator",
    "AlterPublicationStmt": "a publication",
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
    "SecLabelStmt": Reading(verb="comment", lacks="a security label"),
    "CreateForeignTableStmt": Reading(verb="create", role="table", lacks="a foreign table"),
    "RefreshMatViewStmt": Reading(verb="other", role="view"),
    "RuleStmt": Reading(verb="create", lacks="a rule", tree=OnTable, read=on_table),
    "TransactionStmt": Reading(verb="transaction"),
    "VariableSetStmt": Reading(verb="set"),
    "ConstraintsSetStmt": Reading(verb="set"),
    "DiscardStmt": Reading(verb="set"),
}
