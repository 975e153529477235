"""ALTER TABLE: what its parts add to a table, change in it, take away, or leave unmodelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.names import CONSTRAINT, PARTITIONS, RELATION_NAME
from lockplane_postgres.parse.readers.columns import read_column, read_default, require_type
from lockplane_postgres.parse.readers.constraints import OnTable, Placed, of_table, read_constraints
from lockplane_postgres.parse.readers.descending import (
    read_attached,
    read_attached_index,
    read_detached,
    read_disinherit,
    read_inherit,
)
from lockplane_postgres.parse.readers.owners import RELATIONS, give
from lockplane_postgres.parse.readers.roles import RoleSpec  # noqa: TC001 - for msgspec
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
    "OBJECT_TABLE": (tags.TABLE, "table", ""),
    "OBJECT_VIEW": (tags.VIEW, "view", ""),
    "OBJECT_SEQUENCE": (tags.SEQUENCE, "sequence", ""),
    "OBJECT_INDEX": (RELATION_NAME, "index", ""),
    "OBJECT_MATVIEW": (tags.MATERIALIZED_VIEW, "view", ""),
    "OBJECT_FOREIGN_TABLE": (tags.FOREIGN_TABLE, "view", ""),
    "OBJECT_TYPE": (tags.COMPOSITE, "type", ""),
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
    if subject.kind in _WITHOUT_COLUMNS:
        for wrapped in tree.commands:
            _WITHOUT_COLUMNS[subject.kind](wrapped.command, subject, draft)
        return
    table = OnTable(*subject.path)
    if tree.object_type == "OBJECT_INDEX":
        _attached_indexes(tree, draft)
        return
    found: list[Placed] = []
    for wrapped in tree.commands:
        found += _command(wrapped.command, table, draft)
    if found and not tree.relation.with_heirs:
        draft.require(Ref(PARTITIONS, (*table,)), tree.relation.location)
    read_constraints(found, table, draft)


def _command(command: Command, table: OnTable, draft: Draft) -> list[Placed]:
    draft.say("cascade", when=command.behavior == "DROP_CASCADE")
    if command.owner is not None:
        give([Ref(kind, (*table,)) for kind in RELATIONS], command.owner, draft)
    elif command.type in _UNMODELLED:
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


def _attached_indexes(tree: AlterTable, draft: Draft) -> None:
    """The parts of ALTER INDEX; those about one index alone are read as if it were a table."""
    for wrapped in tree.commands:
        if wrapped.command.type == "AT_AttachPartition":
            read_attached_index(wrapped.command.what, draft)
        else:
            _command(wrapped.command, OnTable(*draft.path(tree.relation)), draft)


def _attribute(command: Command, composite: Ref, draft: Draft) -> None:
    """A part of ALTER TYPE: attributes are no nodes, but one that goes takes values along."""
    draft.say("cascade", when=command.behavior == "DROP_CASCADE")
    draft.say("if_exists", when=command.missing_ok)
    if command.type == "AT_DropColumn":
        draft.drop(Ref(tags.COLUMN, (*composite.path, command.name)))
    elif command.what is not NOTHING:
        require_type(decoder(_Added).decode(command.what).column, draft)


def _foreign(command: Command, table: Ref, draft: Draft) -> None:
    """A part of ALTER FOREIGN TABLE, whose columns are no nodes either."""
    if command.owner is not None:
        give([table], command.owner, draft)
    elif command.type in _UNMODELLED and command.type not in _FOREIGN_OPTIONS:
        draft.lacks(_UNMODELLED[command.type])
    elif command.type in ("AT_AddColumn", "AT_DropColumn", "AT_AlterColumnType"):
        _attribute(command, table, draft)


_WITHOUT_COLUMNS = {tags.COMPOSITE: _attribute, tags.FOREIGN_TABLE: _foreign}
_FOREIGN_OPTIONS = frozenset({"AT_AlterColumnGenericOptions", "AT_GenericOptions"})


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
        draft.drop(table.below(tags.DEFAULT, command.name))
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


class _Identity(Tree, frozen=True):
    name: str = ""


class _Identified(Tree, frozen=True):
    identity: _Identity = field(name="ReplicaIdentityStmt")


def _tablespace(command: Command, table: OnTable, draft: Draft) -> None:
    """Of an index only its schema is said."""
    draft.require(Ref(tags.TABLESPACE, (command.name,)))
    if draft.role != "index":
        draft.declare(Ref(tags.PLACEMENT, (*table,)))


def _replica_identity(command: Command, table: OnTable, draft: Draft) -> None:
    draft.declare(Ref(tags.REPLICA_IDENTITY, (*table,)))
    index = decoder(_Identified).decode(command.what).identity.name
    if index:
        key = draft.taken.constraint_named(*table, index)
        is_key = key.kind != CONSTRAINT
        draft.require(key if is_key else draft.taken.index_named(table.schema, index))


def _trigger(command: Command, table: OnTable, draft: Draft) -> None:
    draft.require(table.below(tags.TRIGGER, command.name))


def _rule(command: Command, table: OnTable, draft: Draft) -> None:
    draft.require(table.below(tags.RULE, command.name))


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
    "AT_AttachPartition": lambda command, table, draft: read_attached(command.what, table, draft),
    "AT_DetachPartition": lambda command, _, draft: read_detached(command.what, draft),
    "AT_DetachPartitionFinalize": lambda command, _, draft: read_detached(command.what, draft),
    "AT_AddInherit": lambda command, table, draft: read_inherit(command.what, table, draft),
    "AT_DropInherit": lambda command, table, draft: read_disinherit(command.what, table, draft),
    "AT_ReplicaIdentity": _replica_identity,
    "AT_SetTableSpace": _tablespace,
    "AT_EnableTrig": _trigger,
    "AT_EnableAlwaysTrig": _trigger,
    "AT_EnableReplicaTrig": _trigger,
    "AT_DisableTrig": _trigger,
    "AT_EnableRule": _rule,
    "AT_EnableAlwaysRule": _rule,
    "AT_EnableReplicaRule": _rule,
    "AT_DisableRule": _rule,
}

_WITHOUT_NAMES = frozenset({
    "AT_SetLogged", "AT_SetUnLogged", "AT_SetRelOptions", "AT_ResetRelOptions",
    "AT_ReplaceRelOptions", "AT_SetAccessMethod", "AT_EnableTrigAll", "AT_EnableTrigUser",
    "AT_DisableTrigAll", "AT_DisableTrigUser", "AT_DropCluster", "AT_NoForceRowSecurity",
    "AT_DisableRowSecurity", "AT_EnableRowSecurity", "AT_ForceRowSecurity", "AT_DropOids",
})  # fmt: skip
"""Parts about the table itself, of which its kind models the outcome."""

_UNMODELLED = {
    "AT_AddOf": "a typed table (OF)",
    "AT_DropOf": "a typed table (NOT OF)",
    "AT_ClusterOn": "a clustered index (CLUSTER ON)",
    "AT_AlterColumnGenericOptions": "column OPTIONS",
    "AT_GenericOptions": "table OPTIONS",
}
"""Parts that no kind models, in words."""

READINGS = {
    "AlterTableStmt": Reading(verb="alter", role="table", tree=AlterTable, read=alter_table),
}
