"""Checks of plans, one module each."""

from __future__ import annotations

from lockplane_checks.plan.add_required_column import AddRequiredColumn
from lockplane_checks.plan.change_type import ChangeType
from lockplane_checks.plan.constraint_on_existing_data import ConstraintOnExistingData
from lockplane_checks.plan.create_table import CreateTable
from lockplane_checks.plan.drop_constraint import DropConstraint
from lockplane_checks.plan.invalid_fk_target import InvalidForeignKeyTarget
from lockplane_checks.plan.looks_like_rename import LooksLikeRename
from lockplane_checks.plan.set_not_null import SetNotNull
from lockplane_checks.plan.unique_on_existing_data import UniqueOnExistingData

CHECKS = (
    CreateTable,
    AddRequiredColumn,
    InvalidForeignKeyTarget,
    ChangeType,
    SetNotNull,
    UniqueOnExistingData,
    ConstraintOnExistingData,
    DropConstraint,
    LooksLikeRename,
)
