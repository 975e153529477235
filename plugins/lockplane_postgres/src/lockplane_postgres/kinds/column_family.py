"""A column and those of the same name in the tables that it is handed down to.

One statement about the parent's column adds, alters and drops them all. What is different in an
heir (a default, NOT NULL, how values are stored) is put right after it, in the same plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.change import Change
from lockplane_postgres.kinds import descent, tuning
from lockplane_postgres.kinds.column_changes import NOT_NULL_STAYS_SINCE, Altering
from lockplane_postgres.kinds.default import default_of, defaults_of, defaults_right
from lockplane_postgres.kinds.implicit import implicit_name
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.majors import oldest
from lockplane_postgres.quote import qualified, quote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_core.spi.kind import Kind
    from lockplane_postgres.kinds.column_body import ColumnBody


def has_head(ref: Ref, catalog: Catalog, other: Catalog) -> bool:
    """Whether a column comes or goes by a statement about the same one of a parent.

    `catalog` is the side on which it is.
    """
    table = table_of(ref)
    if not descent.stays(table, catalog, other):
        return False
    likes = (descent.counterpart(ref, parent) for parent in descent.parents(table, catalog))
    return any(like in catalog and like not in other for like in likes)


def is_led(change: Change, before: Catalog, after: Catalog) -> bool:
    """Whether a column is altered, or made again, along with that of a parent."""
    table = table_of(change.ref)
    if not descent.stays(table, before, after):
        return False
    for parent in descent.parents(table, before):
        like = descent.counterpart(change.ref, parent)
        if like in before and like in after and before[like].body != after[like].body:
            return True
    return False


def members(ref: Ref, before: Catalog, after: Catalog, *sides: Catalog) -> list[Ref]:
    """The columns of that name in all heirs, as far as they are on these sides."""
    found = (descent.counterpart(ref, heir) for heir in descent.heirs(table_of(ref), before, after))
    return [member for member in found if all(member in side for side in sides)]


# -- what an heir has of its own ---------------------------------------------------------------


def put_right(
    kind: Kind, node: Node, given: ColumnBody, default: Node | None, after: Catalog
) -> Iterator[str]:
    """The statements that make of a column what it shall be, and of what it was given as."""
    state = msgspec.structs.replace(given, inherited=node.body.inherited)
    old = msgspec.structs.replace(node, body=state)
    change = Change(action="alter", before=old, after=node)
    for step in Altering(kind, change, after, after).steps():
        yield from step.sql
    yield from defaults_right(node.ref, default, after)


def given(ref: Ref, after: Catalog) -> tuple[ColumnBody, Node | None]:
    """What a new table is given as a column by the tables that it inherits from.

    Of one that is left out of management no more is known than the type.
    """
    above = (descent.counterpart(ref, p) for p in descent.parents(table_of(ref), after))
    likes = [like for like in above if like in after]
    unknown = msgspec.structs.replace(after[ref].body, nullable=True, tuning=None)
    bodies = [after[like].body for like in likes] or [unknown]
    defaults = (default_of(like, after) for like in likes)
    nullable = all(body.nullable for body in bodies)
    plain = {"identity": None, "tuning": _handed_tuning(bodies[0].tuning), "nullable": nullable}
    return msgspec.structs.replace(bodies[0], **plain), next(filter(None, defaults), None)


def not_null_name(ref: Ref, after: Catalog) -> str:
    """What the NOT NULL of a new table's column is called if parents hand it down as well.

    PARTITION OF and INHERITS call it like the topmost one. Under another name PostgreSQL 18 can
    not change the type of the parent's column any more (42710); the servers before it pass over
    the name.
    """
    above = (descent.counterpart(ref, p) for p in descent.ancestors(table_of(ref), after))
    required = [like for like in above if like in after and not after[like].body.nullable]
    return implicit_name(required[-1].path[1], ref.name, "not_null") if required else ""


def _handed_tuning(found: tuning.Tuning | None) -> tuning.Tuning | None:
    """CREATE TABLE … INHERITS hands down how values are stored, and not how they are sampled."""
    kept = msgspec.structs.replace(found or tuning.NONE, statistics=None, options=())
    return None if kept == tuning.NONE else kept


# -- altering ----------------------------------------------------------------------------------


def altered(kind: Kind, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
    """The steps of an altered column and of all that are altered along with it."""
    if is_led(change, before, after):
        return
    led = members(change.ref, before, after, before, after)
    steps = list(Altering(kind, change, before, after, led).steps())
    for member in led:
        old = _led(change, before[member], before, after)
        own = Change(action="alter", before=old, after=after[member])
        steps += Altering(kind, own, before, after).steps()
    moved = [member for member in led if before[member].body != after[member].body]
    yield from _together(steps, [change.ref, *moved]) if moved else steps


def _led(change: Change, heir: Node, before: Catalog, after: Catalog) -> Node:
    """An heir's column as the statements about the parent's leave it."""
    old, new, body = change.old.body, change.new.body, heir.body
    said: dict[str, object] = {}
    if (old.type, old.collation) != (new.type, new.collation):
        said |= {"type": new.type, "collation": new.collation}
        said["tuning"] = tuning.retyped(body.tuning)
    if old.nullable != new.nullable and not _keeps_not_null(change, heir, before, after):
        said["nullable"] = new.nullable
    if old.generated != new.generated:
        said["generated"] = new.generated
    said["inherited"] = after[heir.ref].body.inherited
    return msgspec.structs.replace(heir, body=msgspec.structs.replace(body, **said))


def _keeps_not_null(change: Change, heir: Node, before: Catalog, after: Catalog) -> bool:
    is_plain = not descent.is_partition(table_of(heir.ref), before)
    is_new = oldest(before, after) >= NOT_NULL_STAYS_SINCE
    return bool(change.new.body.nullable and is_plain and is_new)


def _together(steps: Sequence[Step], columns: Sequence[Ref]) -> Iterator[Step]:
    """The steps in their order: each does its part of one change of all these columns."""
    settled = tuple(dict.fromkeys(ref for step in steps for ref in step.settles))
    for step in steps:
        yield msgspec.structs.replace(
            step,
            produces=tuple(dict.fromkeys((*columns, *step.produces))),
            destroys=tuple(dict.fromkeys((*columns, *step.destroys))),
            settles=tuple(dict.fromkeys((*columns, *settled))),
        )


# -- coming and going --------------------------------------------------------------------------


def with_added(  # noqa: PLR0913, PLR0917 - what a column is made with, on both sides
    kind: Kind, change: Change, step: Step, default: Node | None, before: Catalog, after: Catalog
) -> Step:
    """ADD COLUMN for all heirs, each with what it has of its own."""
    node, is_new = change.new, change.action == "create"
    added = members(node.ref, before, after, after)
    added = [ref for ref in added if not is_new or ref not in before]
    step = descent.locking(step, ACCESS_EXCLUSIVE, table_of(node.ref), before, after)
    if not added:
        return step
    given = msgspec.structs.replace(node.body, identity=None, tuning=None)
    own = [sql for ref in added for sql in put_right(kind, after[ref], given, default, after)]
    made = descent.widened(step, [(node.ref, ref) for ref in added])
    defaults = defaults_of(added, after)
    return msgspec.structs.replace(
        made,
        sql=(*made.sql, *own),
        produces=(*made.produces, *defaults),
        settles=(*made.settles, *defaults),
    )


def with_dropped(change: Change, step: Step, before: Catalog, after: Catalog) -> Step:
    """DROP COLUMN for all heirs that lose it; what inherits may keep it, and then has it alone."""
    ref = change.old.ref
    known = members(ref, before, after, before)
    if not known:
        return step
    going = [heir for heir in known if change.action == "replace" or heir not in after]
    are_partitions = all(descent.is_partition(table_of(heir), before) for heir in known)
    if are_partitions:
        sql = step.sql
    else:
        freed = _freed(going, step.destroys, before)
        sql = (*freed, *(_dropped_alone(heir) for heir in (ref, *going)))
    below = [node.ref for heir in going for node in before.subtree(heir)]
    kept = [heir for heir in known if heir in after and heir not in going]
    settled = [heir for heir in (*below, *kept) if heir not in after or heir in kept]
    return msgspec.structs.replace(
        step,
        sql=sql,
        destroys=(*step.destroys, *below),
        settles=(*step.settles, *settled),
        locks=(*step.locks, *existing(before, ACCESS_EXCLUSIVE, *map(table_of, known))),
    )


def _freed(going: Iterable[Ref], lost: Collection[Ref], before: Catalog) -> Iterator[str]:
    """Defaults of heirs that stand on what goes with the parent's column: its own sequence."""
    for heir in going:
        default = default_of(heir, before)
        if default and not set(lost).isdisjoint(default.needs):
            yield f"{_alone(heir)} ALTER COLUMN {quote(heir.name)} DROP DEFAULT"


def _dropped_alone(ref: Ref) -> str:
    return f"{_alone(ref)} DROP COLUMN {quote(ref.name)}"


def _alone(ref: Ref) -> str:
    return f"ALTER TABLE ONLY {qualified(*ref.path[:2])}"
