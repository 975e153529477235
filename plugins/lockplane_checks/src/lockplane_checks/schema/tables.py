"""Tables as the statements of all schema files together declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.statement import Declared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lockplane_core.model.statement import Statement

Path = tuple[str, ...]


class Table(msgspec.Struct, kw_only=True):
    """A declared table: its columns by name (twice declared, twice there), and its key.

    `complete` is false where columns come from elsewhere (LIKE, INHERITS, AS SELECT), so that
    nothing can be said of a column that is not declared.
    """

    declared: Declared
    complete: bool = True
    keyed: bool = False
    columns: dict[str, list[Declared]] = msgspec.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The bare name."""
        return self.declared.ref.name

    def lacks(self, column: str) -> bool:
        """Whether it certainly has no column of that name."""
        return self.complete and column not in self.columns


def tables_of(statements: Sequence[Statement]) -> Mapping[Path, Table]:
    """Every declared table by the path of its ref, with what later ALTERs add to it."""
    found: dict[Path, Table] = {}
    for statement in statements:
        for item in statement.declares:
            if item.role == "table":
                derived = "derived" in statement.modifiers
                found.setdefault(item.ref.path, Table(declared=item, complete=not derived))
    for statement in statements:
        for item in statement.declares:
            owner = found.get(item.ref.path[:-1]) if item.role == "column" else None
            if owner is not None:
                owner.columns.setdefault(item.ref.name, []).append(item)
        table = found.get(subject_path(statement))
        if table is not None and "primary_key" in statement.modifiers:
            table.keyed = True
    return found


def subject_path(statement: Statement) -> Path:
    """The path of the table that a statement makes, changes or is on; () if none."""
    if statement.verb == "create" and statement.role == "table":
        return next((item.ref.path for item in statement.declares if item.role == "table"), ())
    return statement.requires[0].ref.path if statement.requires else ()


def referenced(statement: Statement) -> Iterator[Declared]:
    """The tables that the foreign keys of a statement reference."""
    if "foreign_key" not in statement.modifiers:
        return
    own = 1 if statement.verb == "alter" else 0
    yield from (item for item in statement.requires[own:] if item.role == "table")
