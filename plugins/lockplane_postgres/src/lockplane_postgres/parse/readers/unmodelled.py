"""What no kind models: statements that are named in words, and what they are about.

A kind for one of them is added by a reading of its own (see `statements.readings`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_postgres.parse.reading import Reading

if TYPE_CHECKING:
    from lockplane_core.model.statement import Verb


def _verb(tag: str) -> Verb:
    if tag.startswith(("Create", "Import")):
        return "create"
    return "drop" if tag.startswith("Drop") else "alter"


_PLAIN = {
    "AlterCollationStmt": "the version of a collation",
    "AlterDatabaseRefreshCollStmt": "a database",
    "AlterDatabaseStmt": "a database",
    "AlterExtensionContentsStmt": "the members of an extension",
    "AlterExtensionStmt": "the version of an extension",
    "AlterObjectDependsStmt": "DEPENDS ON EXTENSION",
    "AlterSystemStmt": "ALTER SYSTEM",
    "AlterTableMoveAllStmt": "a tablespace",
    "AlterTableSpaceOptionsStmt": "a tablespace",
    "CreateTableSpaceStmt": "a tablespace",
    "CreatedbStmt": "a database",
    "ImportForeignSchemaStmt": "IMPORT FOREIGN SCHEMA",
    "DropOwnedStmt": "",
    "DropRoleStmt": "",
    "DropTableSpaceStmt": "",
    "DropdbStmt": "",
}
"""Statements of which nothing but the words is read; a DROP is refused by its verb."""

READINGS = {
    **{tag: Reading(verb=_verb(tag), lacks=words) for tag, words in _PLAIN.items()},
    "SecLabelStmt": Reading(
        verb="comment",
        lacks="a security label (its provider is loaded into one server: set it there by hand)",
    ),
    "RefreshMatViewStmt": Reading(verb="other", role="view"),
    "TransactionStmt": Reading(verb="transaction"),
    "ConstraintsSetStmt": Reading(verb="set"),
    "DiscardStmt": Reading(verb="set"),
}
