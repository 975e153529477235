"""ALTER TABLE: what its parts add to a table, change in it, take away, or leave unmodelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import base
from lockplane_postgres.parse.names import RELATION_NAME
from lockplane_postgres.parse.readers.columns import read_column, read_default, require_type
from lockplane_postgres.parse.readers.constraints import OnTable, Placed, of_table, read_constraints
from lockplane_postgres.parse.readers.roles import RoleSpec, require_role
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import (
    NOTHING,
    ColumnDef,
    Constraint,
    RangeVar,
    Tree,
    decoder,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.node import Role
    from lockplane_postgres.parse.draft import Draft


class Command(Tree, frozen=True):
    """One part of an ALTER TABLE."""

    type: str = field(name="subtype")
    name: str = ""
    what: Raw = field(name="def", default=NOTHING)
    behavior: str = ""
    missing_ok: bool = False
    owner: RoleSpec | None = field(name="newowner", default=None)


class WrappedCommand(Tree, frozen=True):
    command: Command = field(name="AlterTableCmd")


class AlterTable(Tree, frozen=True):
    relation: RangeVar
    commands: tuple[WrappedCommand, ...] = field(name="cmds", default=())
    object_type: str = field(name="objtype", default="OBJECT_TABLE")
    missing_ok: bool = False


_SUBJECTS: dict[str, tuple[str, Role, str]] = {
    "OBJECT_TABLE": (base.TABLE, "table", ""),
    "OBJECT_VIEW": (base.VIEW, "view", ""),
    "OBJECT_SEQUENCE": (base.SEQUENCE, "sequence", ""),
    "OBJECT_INDEX": (RELATION_NAME, "index", ""),
    "OBJECT_MATVIEW": (base.MATERIALIZED_VIEW, "view", ""),
    "OBJECT_FOREIGN_TABLE": ("postgres.foreign_table", "table", "a foreign table"),
    "OBJECT_TYPE": (base.COMPOSITE, "type", ""),
}
"""By what ALTER calls its subject: kind tag, role, and the words where nobody models it."""


def alter_table(tree: AlterTable, draft: Draft) -> None:
    """ALTER TABLE and its like; the subject stands first in what it requires."""
    tag, draft.role, lacking = _SUBJECTS.get(tree.object_type, ("", "other", "this ALTER"))
    subject = Ref(tag or RELATION_NAME, draft.path(tree.relation))
    draft.require(subject, tree.relation.location)
    draft.say("if_exists", when=tree.missing_ok)
    if lacking:
        draft.lacks(lacking)
        return
    if subject.kind == base.COMPOSITE:
        for wrapped in tree.commands:
            _attribute(wrapped.command, subject, draft)
        return
    table = OnTable(*subject.path)
    found: list[Placed] = []
    for wrapped in tree.commands:
        found += _command(wrapped.command, table, draft)
    read_constraints(found, table, draft)


def _command(command: Command, table: OnTable, draft: Draft) -> list[Placed]:
    draft.say("cascade", when=command.behavior == "DROP_CASCADE")
    if command.owner is not None:
        require_role(command.owner, draft)
        draft.say("rights")
    if command.type in _UNMODELLED:
        draft.lacks(_UNMODELLED[command.type])
    elif command.type == "AT_AddColumn":
        return _add_column(command, table, draft)
    elif command.type == "AT_AddConstraint":
        return _add_constraint(command, table, draft)
    elif command.type in _COMMANDS:
        _COMMANDS[command.type](command, table, draft)
    elif command.type not in _WITHOUT_NAMES:
        words = command.type.removeprefix("AT_")
        draft.lacks(f"ALTER TABLE {words}")
    return []


def _attribute(command: Command, composite: Ref, draft: Draft) -> None:
    """A part of ALTER TYPE: attributes are no nodes, but one that goes takes values along."""
    draft.say("cascade", when=command.behavior == "DROP_CASCADE")
    draft.say("if_exists", when=command.missing_ok)
    if command.type == "AT_DropColumn":
        draft.drop(Ref(base.COLUMN, (*composite.path, command.name)))
    elif command.what is not NOTHING:
        require_type(decoder(_Added).decode(command.what).column, draft)


def _add_column(command: Command, table: OnTable, draft: Draft) -> list[Placed]:
    column: ColumnDef = decoder(_Added).decode(command.what).column
    found = read_column(column, table, draft)
    # A query over the table waits for all of its columns, whatever file they are in.
    draft.declare(Ref(RELATION_NAME, (*table,)), column.location)
    draft.say("if_not_exists", when=command.missing_ok)
    return found


def _add_constraint(command: Command, table: OnTable, draft: Draft) -> list[Placed]:
    constraint: Constraint = decoder(_AddedConstraint).decode(command.what).constraint
    return of_table(constraint, table, draft)


class _Added(Tree, frozen=True):
    column: ColumnDef = field(name="ColumnDef")


class _AddedConstraint(Tree, frozen=True):
    constraint: Constraint = field(name="Constraint")


# -- parts that change or take away ------------------------------------------------------------


def _default(command: Command, table: OnTable, draft: Draft) -> None:
    draft.require(table.column(command.name))
    if command.what is NOTHING:
        draft.drop(table.below(base.DEFAULT, command.name))
        return
    read_default(command.name, table, draft, 0)
    table.read(command.what, draft)


def _column(command: Command, table: OnTable, draft: Draft) -> None:
    """A part that changes something about a column."""
    draft.require(table.column(command.name))
    draft.say("not_null", when=command.type == "AT_SetNotNull")
    table.read(command.what, draft)


def _statistics(command: Command, table: OnTable, draft: Draft) -> None:
    """SET STATISTICS; of an index it names a column by number."""
    if command.name:
        _column(command, table, draft)
    else:
        draft.lacks("a statistics target of an index (SET STATISTICS)")


def _type(command: Command, table: OnTable, draft: Draft) -> None:
    draft.require(table.column(command.name))
    column: ColumnDef = decoder(_Added).decode(command.what).column
    require_type(column, draft)
    table.read(column.using, draft)


def _drop_column(command: Command, table: OnTable, draft: Draft) -> None:
    draft.drop(table.column(command.name))
    draft.say("if_exists", when=command.missing_ok)


def _drop_constraint(command: Command, table: OnTable, draft: Draft) -> None:
    draft.drop(draft.taken.constraint_named(*table, command.name))
    draft.say("if_exists", when=command.missing_ok)


def _constraint(command: Command, table: OnTable, draft: Draft) -> None:
    name = command.name or _altered(command.what)
    draft.require(draft.taken.constraint_named(*table, name))


def _altered(what: Raw) -> str:
    """The name in ALTER CONSTRAINT, which the grammar keeps in a node of its own."""
    tree: dict[str, dict[str, Any]] = decoder(object).decode(what)
    return next((str(node.get("conname", "")) for node in tree.values()), "")


def _trigger(command: Command, table: OnTable, draft: Draft) -> None:
    draft.require(table.below(base.TRIGGER, command.name))


_COMMANDS: dict[str, Callable[[Command, OnTable, Draft], None]] = {
    "AT_ColumnDefault": _default,
    "AT_DropNotNull": _column,
    "AT_SetNotNull": _column,
    "AT_SetExpression": _column,
    "AT_DropExpression": _column,
    "AT_AddIdentity": _column,
    "AT_SetIdentity": _column,
    "AT_DropIdentity": _column,
    "AT_SetCompression": _column,
    "AT_SetOptions": _column,
    "AT_ResetOptions": _column,
    "AT_SetStatistics": _statistics,
    "AT_SetStorage": _column,
    "AT_AlterColumnType": _type,
    "AT_DropColumn": _drop_column,
    "AT_DropConstraint": _drop_constraint,
    "AT_AlterConstraint": _constraint,
    "AT_ValidateConstraint": _constraint,
    "AT_EnableTrig": _trigger,
    "AT_EnableAlwaysTrig": _trigger,
    "AT_EnableReplicaTrig": _trigger,
    "AT_DisableTrig": _trigger,
}

_WITHOUT_NAMES = frozenset({
    "AT_SetLogged", "AT_SetUnLogged", "AT_SetRelOptions", "AT_ResetRelOptions",
    "AT_ReplaceRelOptions", "AT_SetAccessMethod", "AT_EnableTrigAll", "AT_EnableTrigUser",
    "AT_DisableTrigAll", "AT_DisableTrigUser", "AT_DropCluster", "AT_NoForceRowSecurity",
    "AT_DisableRowSecurity", "AT_EnableRowSecurity", "AT_ForceRowSecurity", "AT_DropOids",
})  # fmt: skip
"""Parts about the table itself, of which its kind models the outcome."""

_UNMODELLED = {
    "AT_ChangeOwner": "an owner (OWNER TO)",
    "AT_AttachPartition": "a partition (ATTACH PARTITION)",
    "AT_DetachPartition": "a partition (DETACH PARTITION)",
    "AT_DetachPartitionFinalize": "a partition (DETACH PARTITION)",
    "AT_AddInherit": "an inheriting table (INHERIT)",
    "AT_DropInherit": "an inheriting table (NO INHERIT)",
    "AT_AddOf": "a typed table (OF)",
    "AT_DropOf": "a typed table (NOT OF)",
    "AT_ReplicaIdentity": "a replica identity",
    "AT_SetTableSpace": "a tablespace",
    "AT_ClusterOn": "a clustered index (CLUSTER ON)",
    "AT_EnableRule": "a rule",
    "AT_EnableAlwaysRule": "a rule",
    "AT_EnableReplicaRule": "a rule",
    "AT_DisableRule": "a rule",
    "AT_AlterColumnGenericOptions": "column OPTIONS",
    "AT_GenericOptions": "table OPTIONS",
}
"""Parts that no kind models, in words."""

READINGS = {
    "AlterTableStmt": Reading(verb="alter", role="table", tree=AlterTable, read=alter_table),
}
