"""Partitions that are attached and detached while others work.

ATTACH reads no row of a table with a valid check that says what the bound says, nor of a default
partition with one that says the contrary. DETACH … CONCURRENTLY keeps nobody from the parent; it
is not for a table with a default partition, and adds a check of a name of its own, unless there is
one already (manual, sql-altertable).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import descent, fitting_rows
from lockplane_postgres.kinds.implicit import free_name
from lockplane_postgres.kinds.tags import CHECK, TABLE
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.step import Guard, Lock, Step


def attached(
    step: Step, link: Node, defaults: Sequence[Ref], before: Catalog, after: Catalog
) -> Iterable[Step]:
    """ATTACH that reads no rows, after checks that were validated; else as it is."""
    leaf = Ref(TABLE, link.ref.path)
    own, bound = _all_bounds(link, after), fitting_rows.provable(link, after)
    wanted = {leaf: own} if leaf in before and leaf in after else {}
    wanted |= dict.fromkeys(defaults, f"NOT ({bound})" if bound else "")
    if not wanted or not all(wanted.values()):
        return (step,)
    return _checked(step, wanted, step, before, after)


def detached(step: Step, link: Node, before: Catalog, after: Catalog) -> Iterable[Step]:
    """DETACH … CONCURRENTLY, if there is no default partition; else as it is."""
    leaf, parent = Ref(TABLE, link.ref.path), Ref(TABLE, link.body.parent)
    bound = _all_bounds(link, before)
    is_open = descent.default_partitions(parent, before)
    if is_open or not bound or leaf not in after or parent not in after:
        return (step,)
    freed = msgspec.structs.replace(
        step,
        sql=(f"{step.sql[0]} CONCURRENTLY", *step.sql[1:]),
        locks=(
            *(lock for lock in step.locks if lock.ref != parent),
            *existing(before, SHARE_UPDATE_EXCLUSIVE, parent),
        ),
        transaction="outside",
    )
    return _checked(step, {leaf: bound}, freed, before, after)


def _all_bounds(link: Node, side: Catalog) -> str:
    """What the rows of a partition fit, with the bounds of those that it is in; or nothing."""
    found = [fitting_rows.provable(one, side) for one in fitting_rows.links(link, side)]
    return " AND ".join(f"({one})" for one in found) if all(found) else ""


def _checked(
    step: Step, wanted: dict[Ref, str], done: Step, before: Catalog, after: Catalog
) -> Iterator[Step]:
    """`done` between checks that tables have for the time being, and the end of those.

    The guards of the step are asked with the first of its parts.
    """
    names: dict[Ref, str] = {}
    for table in wanted:
        names[table] = free_name(
            table.path[0], table.name, "bound", before, after, but=names.values()
        )
    guards = step.guards
    for table, condition in wanted.items():
        yield from _check(step, table.child(CHECK, names[table]), condition, before, guards=guards)
        guards = ()
    ended = tuple(
        f"ALTER TABLE {qualified(*table.path)} DROP CONSTRAINT {quote(name)}"
        for table, name in names.items()
    )
    plain = msgspec.structs.replace(
        done, guards=(), effects=tuple(effect for effect in done.effects if effect != "scan")
    )
    if plain.transaction != "outside":
        yield msgspec.structs.replace(plain, sql=(*plain.sql, *ended))
        return
    yield plain
    (table,) = wanted
    yield msgspec.structs.replace(
        step,
        description=f"Drop check constraint {names[table]} from table {spoken(table.path)}",
        sql=ended,
        effects=(),
        guards=(),
        locks=_with_parts(ACCESS_EXCLUSIVE, table, before),
    )


def _check(
    step: Step, name: Ref, condition: str, before: Catalog, *, guards: tuple[Guard, ...]
) -> Iterator[Step]:
    """A check that is validated at once, in transactions of their own."""
    table = Ref(TABLE, name.path[:2])
    own, said = qualified(*table.path), f"check constraint {name.name}"
    added = f"ALTER TABLE {own} ADD CONSTRAINT {quote(name.name)} CHECK ({condition}) NOT VALID"
    yield msgspec.structs.replace(
        step,
        description=f"Add {said} to table {spoken(table.path)}, for new rows",
        sql=(added,),
        effects=(),
        guards=guards,
        locks=_with_parts(ACCESS_EXCLUSIVE, table, before),
        consumes=tuple(sorted({*step.consumes, table})),
        transaction="last",
    )
    yield msgspec.structs.replace(
        step,
        description=f"Validate {said} of table {spoken(table.path)}",
        sql=(f"ALTER TABLE {own} VALIDATE CONSTRAINT {quote(name.name)}",),
        effects=("scan",),
        guards=(),
        locks=_with_parts(SHARE_UPDATE_EXCLUSIVE, table, before),
        transaction="last",
    )


def _with_parts(mode: str, table: Ref, before: Catalog) -> tuple[Lock, ...]:
    """On a table and its partitions, which get and lose the check with it."""
    return existing(before, mode, table, *descent.heirs(table, before, before))
