"""Columns, as CREATE TABLE and ADD COLUMN declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.readers.constraints import Placed, read_not_null
from lockplane_postgres.parse.tree import is_null
from lockplane_postgres.parse.type_names import TypeText, describe

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.readers.constraints import OnTable
    from lockplane_postgres.parse.tree import ColumnDef, Constraint


def read_column(column: ColumnDef, table: OnTable, draft: Draft) -> list[Placed]:
    """Declare a column, its type and default; hand its constraints back."""
    ref = table.column(column.name)
    type_ = require_type(column, draft)
    draft.declare(ref, column.location, detail=type_.text)
    if type_.is_serial and column.type is not None:
        _serial(column.name, column.type.location, table, draft)
    _lacks(column, draft)
    return [
        Placed(wrapped.constraint, column.name)
        for wrapped in column.constraints
        if not _is_settled(wrapped.constraint, column.name, table, draft)
    ]


def require_type(column: ColumnDef, draft: Draft) -> TypeText:
    """Require the type of a column or attribute, and its collation; what the type is.

    A column of a partition or of a typed table has none.
    """
    if column.collation is not None:
        draft.require_collation(column.collation)
    if column.type is None:
        return TypeText("")
    type_ = describe(column.type, draft.schema)
    if type_.ref is not None:
        draft.require(type_.ref, column.type.location)
    return type_


def _is_settled(constraint: Constraint, column: str, table: OnTable, draft: Draft) -> bool:
    """Read what the grammar takes for a constraint and is a fact of the column alone."""
    match constraint.type:
        case "CONSTR_DEFAULT":
            if not is_null(constraint.expression):  # the server keeps no DEFAULT NULL
                read_default(column, table, draft, constraint.location)
            table.read(constraint.expression, draft)
        case "CONSTR_GENERATED":
            table.read(constraint.expression, draft)
        case "CONSTR_NOTNULL":
            read_not_null(constraint, draft)
        case _:
            return False
    return True


def read_default(column: str, table: OnTable, draft: Draft, offset: int) -> None:
    """Declare the default of a column."""
    draft.declare(table.below(tags.DEFAULT, column), offset)
    draft.say("default")


def _serial(column: str, place: int, table: OnTable, draft: Draft) -> None:
    """The sequence and the default that a serial type stands for."""
    name = draft.taken.choose_sequence(*table, column)
    draft.declare_sequence(Ref(tags.SEQUENCE, (table.schema, name)), place)
    read_default(column, table, draft, place)
    draft.say("not_null")


def _lacks(column: ColumnDef, draft: Draft) -> None:
    if column.options:
        draft.lacks("column OPTIONS")
