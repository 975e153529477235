"""Indexes that are built and dropped while others work.

CONCURRENTLY is not for partitioned tables (manual, sql-createindex). There the index is made ON
ONLY the table, which reads nothing; each partition's is built CONCURRENTLY and attached, and with
the last one that of the table is valid. What is dropped goes with all its parts by one statement,
which is short and for which there is no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_postgres.kinds import handed, online, parts
from lockplane_postgres.kinds.constraint import is_as_before
from lockplane_postgres.kinds.implicit import free_name
from lockplane_postgres.kinds.index_sql import (
    attaching,
    creation,
    dropping,
    index_parent,
    renaming,
)
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import INDEX
from lockplane_postgres.locks import SHARE, existing
from lockplane_postgres.quote import spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_postgres.kinds.base import PgKind

_CONCURRENTLY = "CONCURRENTLY"


def done(
    kind: PgKind, step: Step, change: Change, before: Catalog, after: Catalog
) -> Iterable[Step]:
    """What does the same as a step that makes or drops an index."""
    if change.after is None and step.produces:
        return (step,)  # it gets another name
    index = change.new if step.produces else change.old
    relation = index_parent(index)
    if not online.stands(relation, before, after):
        return (step,)
    if change.after is not None:
        whole = _whole(change.new, after, before)
        if _is_made_aside(whole, before, after):
            is_its_own = step.produces and whole.ref == index.ref
            return _aside(kind, step, change, before, after) if is_its_own else ()
    if online.is_partitioned(relation, before):
        return (step,)
    if not step.produces:
        return _dropped(step, change, before)
    return _built(kind, step, change, before, after)


def _dropped(step: Step, change: Change, before: Catalog) -> Iterable[Step]:
    if step.sql != (dropping(change.old.ref),):
        return (step,)
    if change.action == "replace":
        return ()  # `_built` does it, when the new one is there
    sql = dropping(change.old.ref, _CONCURRENTLY)
    return (online.concurrent(step, sql, before, index_parent(change.old)),)


def _built(
    kind: PgKind, step: Step, change: Change, before: Catalog, after: Catalog
) -> Iterator[Step]:
    """The index of a table that holds rows; that of a partition is attached when it is there."""
    node, relation = change.new, index_parent(change.new)
    plain, *joining = step.sql
    if plain != creation(node):
        yield step
        return
    is_there = change.action == "replace" and not handed.is_handed(change.old, before, after)
    drop = next(iter(kind.drop(change, before, after)), None) if is_there else None
    if drop is None:
        sql = creation(node, _CONCURRENTLY)
        yield online.concurrent(step, sql, before, relation)
    else:
        spare = free_name(node.ref.path[0], node.ref.name, "new", before, after)
        build = creation(node, _CONCURRENTLY, name=spare)
        yield from online.beside(
            online.concurrent(step, build, before, relation),
            online.concurrent(drop, dropping(node.ref, _CONCURRENTLY), before, relation),
            msgspec.structs.replace(step, sql=(plain,)),
            renaming(node.ref, spare),
        )
    if joining:
        yield parts.joining(step, node, tuple(joining), node.ref.name)


# -- an index of a partitioned table, with all its parts -----------------------------------------


def _whole(index: Node, after: Catalog, before: Catalog) -> Node:
    """The index of the uppermost table that this one comes to be a part of, or itself."""
    above = handed.joined(index, before, after)
    return index if above is None else _whole(above, after, before)


def _is_made_aside(whole: Node, before: Catalog, after: Catalog) -> bool:
    """Whether an index takes the place of another one when all its parts are there.

    Not if something that the old one stands on changes as well: then it may have to be out of
    the way before the new one can be made.
    """
    old, table = before.get(whole.ref), table_of(whole.ref)
    if old is None or not online.stands(table, before, after):
        return False
    if not online.is_partitioned(table, before) or handed.is_handed(old, before, after):
        return False
    is_same = handed.unmarked(old) == handed.unmarked(whole)
    if is_same or parts.is_completing(old, whole, after) or not _rests(old, before, after):
        return False
    going = {part.ref for part in handed.parts_of(old, handed.INDEXED, before)}
    coming = list(handed.parts_of(whole, handed.INDEXED, after))
    return bool(coming) and all(
        part.ref.kind == INDEX and (part.ref in going or part.ref not in before) for part in coming
    )


def _rests(node: Node, before: Catalog, after: Catalog) -> bool:
    """Whether all that something stands on, at any remove, means what it did."""
    found = dict.fromkeys(node.needs)
    queue = list(found)
    while queue:
        known = before.get(queue.pop())
        more = [need for need in (known.needs if known else ()) if need not in found]
        found |= dict.fromkeys(more)
        queue += more
    return is_as_before((need for need in found if need in before), before, after)


def _aside(
    kind: PgKind, step: Step, change: Change, before: Catalog, after: Catalog
) -> Iterator[Step]:
    """The new one under a spare name, with all its parts; then it takes the place of the old one.

    The names are changed in the transaction that drops the old one.
    """
    nodes = [change.new, *handed.parts_of(change.new, (INDEX,), after)]
    spares = _spares(nodes, before, after)
    for node in nodes:
        yield from _spare(step, node, spares, before, after)
    refs = tuple(node.ref for node in nodes)
    for drop in kind.drop(change, before, after):
        yield msgspec.structs.replace(drop, settles=tuple(dict.fromkeys((*drop.settles, *refs))))
    yield msgspec.structs.replace(
        step,
        description=f"{step.description}: take over the name",
        sql=tuple(renaming(ref, spares[ref]) for ref in refs),
        produces=refs,
        settles=refs,
        effects=(),
        guards=(),
        locks=(),
    )


def _spares(nodes: Iterable[Node], before: Catalog, after: Catalog) -> dict[Ref, str]:
    found: dict[Ref, str] = {}
    for node in nodes:
        schema, name = node.ref.path[0], node.ref.name
        found[node.ref] = free_name(schema, name, "new", before, after, but=found.values())
    return found


def _spare(
    step: Step, node: Node, spares: dict[Ref, str], before: Catalog, after: Catalog
) -> Iterator[Step]:
    """One index of the tree under its spare name, attached to that of its parent."""
    table, name = table_of(node.ref), spares[node.ref]
    above = handed.joined(node, before, after)
    join = (
        (attaching(node.ref, above.ref, name=name, whole_name=spares[above.ref]),) if above else ()
    )
    said = f"Create index {node.ref.name} on table {spoken(table.path)}, beside the old one"
    made = msgspec.structs.replace(
        step,
        description=said,
        produces=(node.ref,),
        settles=(node.ref,),
        guards=() if above else step.guards,
    )
    if getattr(after[table].body, "partition_by", ""):
        sql = (creation(node, name=name, partitioned=True), *join)
        locks = existing(before, SHARE, table)
        yield msgspec.structs.replace(made, sql=sql, effects=(), locks=locks)
        return
    build = creation(node, _CONCURRENTLY, name=name)
    yield msgspec.structs.replace(online.concurrent(made, build, before, table), effects=("scan",))
    if join:
        yield parts.joining(made, node, join, name)
