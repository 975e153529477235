"""Steps that let others go on reading and writing a table while they work.

Indexes are built and dropped CONCURRENTLY (manual, sql-createindex), constraints added
NOT VALID and validated later, keys put on an index that is there (sql-altertable). A
partitioned table takes none of that, so its steps stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_postgres.kinds.base import table_of
from lockplane_postgres.kinds.implicit import free_name
from lockplane_postgres.locks import (
    ACCESS_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    existing,
)
from lockplane_postgres.quote import qualified, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Lock, Step


def stands(relation: Ref, before: Catalog, after: Catalog) -> bool:
    """Whether others may be at work on a relation, and it takes such steps."""
    if relation not in before or relation not in after:
        return False
    return not getattr(before[relation].body, "partition_by", "")


def concurrent(step: Step, sql: str, before: Catalog, relation: Ref) -> Step:
    """A step that waits for others instead of making them wait."""
    locks = existing(before, SHARE_UPDATE_EXCLUSIVE, relation)
    return msgspec.structs.replace(step, sql=(sql,), locks=locks, transaction="outside")


def validated_later(
    step: Step, added: str, said: str, name: Ref, locks: tuple[Lock, ...]
) -> Iterator[Step]:
    """A constraint that holds for new rows at once, and for the old ones after a scan.

    `added` is the statement with NOT VALID, `said` what people call the constraint, and `locks`
    those of its validation.
    """
    yield msgspec.structs.replace(
        step,
        description=f"{step.description}, for new rows",
        sql=(added,),
        effects=tuple(effect for effect in step.effects if effect != "scan"),
        transaction="last",
    )
    table = table_of(name)
    yield msgspec.structs.replace(
        step,
        description=f"Validate {said} {name.name} of table {spoken(table.path)}",
        sql=(f"ALTER TABLE {qualified(*table.path)} VALIDATE CONSTRAINT {quote(name.name)}",),
        effects=("scan",),
        locks=locks,
        guards=(),
        transaction="last",
    )


def on_index(step: Step, index: str, added: str, before: Catalog, name: Ref) -> Iterator[Step]:
    """A key that takes over an index, which the statement `index` builds beforehand."""
    table = table_of(name)
    built = concurrent(step, index, before, table)
    said = f"Build the index of {name.name} on table {spoken(table.path)}"
    yield msgspec.structs.replace(built, description=said)
    yield msgspec.structs.replace(step, sql=(added,), effects=(), guards=())


def set_not_null(column: Ref) -> str:
    """The statement that keeps a column from holding NULL."""
    table = qualified(*table_of(column).path)
    return f"ALTER TABLE {table} ALTER COLUMN {quote(column.name)} SET NOT NULL"


def not_null(step: Step, column: Ref, before: Catalog, after: Catalog) -> Iterator[Step]:
    """NOT NULL by way of a valid check, on which SET NOT NULL need not read the rows."""
    table = table_of(column)
    own = qualified(*table.path)
    name = free_name(table.path[0], column.name, "not_null", before, after)
    condition = f"CHECK ({quote(column.name)} IS NOT NULL) NOT VALID"
    yield from validated_later(
        step,
        f"ALTER TABLE {own} ADD CONSTRAINT {quote(name)} {condition}",
        "check constraint",
        table.child(column.kind, name),
        existing(before, SHARE_UPDATE_EXCLUSIVE, table),
    )
    yield msgspec.structs.replace(
        step,
        sql=(set_not_null(column), f"ALTER TABLE {own} DROP CONSTRAINT {quote(name)}"),
        effects=tuple(effect for effect in step.effects if effect != "scan"),
        locks=existing(before, ACCESS_EXCLUSIVE, table),
        guards=(),
    )


def beside(build: Step, drop: Step, make: Step, rename: str) -> Iterator[Step]:
    """An index in the place of another, so that there is always one of the two.

    `make` is what would be done otherwise; `build` makes the new index under a spare name,
    `drop` ends the old one, and the statement `rename` gives the new one its own name.
    """
    yield msgspec.structs.replace(build, description=f"{make.description}, beside the old one")
    destroyed = tuple(dict.fromkeys((*make.destroys, *drop.destroys)))
    yield msgspec.structs.replace(drop, destroys=destroyed, settles=make.settles)
    said = f"{make.description}: take over the name"
    yield msgspec.structs.replace(
        make, description=said, sql=(rename,), effects=(), guards=(), locks=()
    )
