"""Steps that let others go on reading and writing a table while they work.

Indexes are built and dropped CONCURRENTLY (manual, sql-createindex), constraints added
NOT VALID and validated later, keys put on an index that is there (sql-altertable).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_postgres.kinds import descent
from lockplane_postgres.kinds.column_sql import unvalidated
from lockplane_postgres.kinds.implicit import free_name, implicit_name
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.locks import (
    SHARE_UPDATE_EXCLUSIVE,
    existing,
    lock,
)
from lockplane_postgres.majors import oldest
from lockplane_postgres.quote import qualified, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Lock, Step

_NOT_NULL_STATES_SINCE = 18
"""NOT NULL became a constraint that can be NOT VALID."""


def stands(relation: Ref, before: Catalog, after: Catalog) -> bool:
    """Whether others may be at work on a relation."""
    return relation in before and relation in after


def is_partitioned(relation: Ref, before: Catalog) -> bool:
    """Whether it holds no rows itself, and takes no statement with CONCURRENTLY."""
    return bool(getattr(before[relation].body, "partition_by", ""))


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
    """A key that takes over an index, which the statement `index` builds beforehand.

    What follows the first statement of the step (that of a partition is attached) stays.
    """
    table = table_of(name)
    built = concurrent(step, index, before, table)
    said = f"Build the index of {name.name} on table {spoken(table.path)}"
    yield msgspec.structs.replace(built, description=said)
    yield msgspec.structs.replace(step, sql=(added, *step.sql[1:]), effects=(), guards=())


def set_not_null(column: Ref) -> str:
    """The statement that keeps a column from holding NULL."""
    table = qualified(*table_of(column).path)
    return f"ALTER TABLE {table} ALTER COLUMN {quote(column.name)} SET NOT NULL"


def not_null(step: Step, column: Ref, before: Catalog, after: Catalog) -> Iterator[Step]:
    """NOT NULL for new rows first, which is validated then; as a constraint of its own since 18."""
    table = table_of(column)
    is_alone = not any(
        descent.link_of(table, side) or descent.children(table, side) for side in (before, after)
    )
    if is_alone and oldest(before, after) >= _NOT_NULL_STATES_SINCE:
        name = _not_null_name(column, before, after)
        action = unvalidated(column.name, name)
        yield from validated_later(
            step,
            f"ALTER TABLE {qualified(*table.path)} {action}",
            "not null constraint",
            table.child(column.kind, name),
            validating(step),
        )
    else:
        yield from _by_check(step, column, before, after)


def _not_null_name(column: Ref, before: Catalog, after: Catalog) -> str:
    """The name that the server would choose, unless another constraint has it."""
    table = table_of(column)
    name = implicit_name(table.name, column.name, "not_null")
    taken = {node.ref.name for side in (before, after) for node in side.children(table)}
    return free_name(table.path[0], name, "new", before, after) if name in taken else name


def _by_check(step: Step, column: Ref, before: Catalog, after: Catalog) -> Iterator[Step]:
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
        validating(step),
    )
    yield msgspec.structs.replace(
        step,
        sql=(set_not_null(column), f"ALTER TABLE {own} DROP CONSTRAINT {quote(name)}"),
        effects=tuple(effect for effect in step.effects if effect != "scan"),
        guards=(),
    )


def validating(step: Step) -> tuple[Lock, ...]:
    """The locks of validating what a step makes in these tables: they keep nobody from anything."""
    return tuple(lock(held.ref, SHARE_UPDATE_EXCLUSIVE) for held in step.locks)


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
