"""Checks of the structure of schema files, one module each."""

from __future__ import annotations

from lockplane_checks.schema.duplicate_column import DuplicateColumn
from lockplane_checks.schema.duplicate_index import DuplicateIndex
from lockplane_checks.schema.empty_table import EmptyTable
from lockplane_checks.schema.invalid_fk_column import InvalidForeignKeyColumn
from lockplane_checks.schema.invalid_fk_table import InvalidForeignKeyTable
from lockplane_checks.schema.invalid_index_column import InvalidIndexColumn
from lockplane_checks.schema.missing_type import MissingType
from lockplane_checks.schema.no_primary_key import NoPrimaryKey

CHECKS = (
    DuplicateColumn,
    MissingType,
    InvalidForeignKeyTable,
    InvalidForeignKeyColumn,
    NoPrimaryKey,
    DuplicateIndex,
    InvalidIndexColumn,
    EmptyTable,
)
