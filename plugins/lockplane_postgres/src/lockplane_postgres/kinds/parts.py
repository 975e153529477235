"""Indexes and keys of partitioned tables: each partition has its own, attached to the parent's.

They are made one by one, under their own names: first that of the parent, ON ONLY the table, then
those of its partitions, each attached to it. So no name is left to the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import descent, handed
from lockplane_postgres.kinds.index_sql import attaching
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import INDEX
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing, lock
from lockplane_postgres.quote import quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.kind import Kind
    from lockplane_postgres.kinds.base import PgKind


def created(node: Node, step: Step, before: Catalog, after: Catalog) -> Step:
    """The step that makes an index, as part of that of the parent."""
    whole = handed.joined(node, before, after)
    if whole is None:
        return step
    joining = msgspec.structs.replace(
        step,
        sql=(*step.sql, attaching(node.ref, whole.ref)),
        consumes=tuple(sorted({*step.consumes, whole.ref})),
    )
    return _completing(joining, whole, before, after)


def joining(step: Step, node: Node, sql: tuple[str, ...], name: str) -> Step:
    """The step that attaches an index, called `name`, which an earlier one has built.

    Whoever reads the partition looks at all its indexes, so this keeps them for a moment.
    """
    table = table_of(node.ref)
    index = table.child(INDEX, name)
    said = f"Attach {index.noun} {name} of table {spoken(table.path)} to that of its parent"
    return msgspec.structs.replace(
        step,
        description=said,
        sql=sql,
        effects=(),
        guards=(),
        locks=(lock(index, ACCESS_EXCLUSIVE),),
        transaction="inside",
    )


def dropped(node: Node, step: Step, before: Catalog, after: Catalog) -> Step:
    """The step that drops an index, with which its parts go."""
    found = handed.parts_of(node, handed.INDEXED, before)
    gone = [p.ref for p in found if descent.stays(table_of(p.ref), before, after)]
    below = [below.ref for ref in gone for below in before.subtree(ref)]
    return msgspec.structs.replace(
        step,
        sql=_with_keys(node, step.sql, gone),
        destroys=(*step.destroys, *below),
        settles=(*step.settles, *(ref for ref in below if ref not in after)),
        locks=(*step.locks, *existing(before, ACCESS_EXCLUSIVE, *map(table_of, gone))),
    )


def going(kind: PgKind, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
    """What is done about an index that is part of one and is not there afterwards.

    It goes with the parent's. Where that stays, it can only get another name. Raises
    `UnsupportedChange` for anything else.
    """
    node = change.old
    whole = _lasting(change, node, before, after)
    if whole is None:
        return
    new = next((part for part in _parts_in(node, after) if part.ref not in before), None)
    if new is None or new.ref.kind != node.ref.kind or new.body != node.body:
        raise _bound(node, whole)
    yield Step(
        description=f"Rename {node.ref.noun} {node.ref.name} of table "
        f"{spoken(table_of(node.ref).path)} to {new.ref.name}",
        sql=(f"{kind.renaming(node)} TO {quote(new.ref.name)}",),
        produces=(new.ref,),
        destroys=(node.ref,),
        settles=(node.ref, new.ref),
        consumes=(table_of(node.ref),),
        locks=existing(before, ACCESS_EXCLUSIVE, table_of(node.ref)),
    )


def is_renamed(change: Change, before: Catalog, after: Catalog) -> bool:
    """Whether a new index is one that was there under another name (see `going`).

    Raises `UnsupportedChange` for one that was there, and can not become what it shall be.
    """
    node = change.new
    whole = _lasting(change, node, before, after)
    if whole is None:
        return False
    if node.ref in before and before[node.ref].body != node.body:
        raise _bound(node, whole)
    return node.ref not in before


def _lasting(change: Change, node: Node, before: Catalog, after: Catalog) -> Node | None:
    """The index of the parent that this one is part of, if it stays as it is.

    What only gets out of the way of something else does so together with that of the parent.
    """
    is_displaced = change.action == "replace" and change.old.body == change.new.body
    if is_displaced or not handed.is_handed(node, before, after):
        return None
    name = node.body.part_of
    new = descent.of_parent(node, name, handed.INDEXED, after)
    old = before.get(new.ref) if new else None
    return new if old is not None and new is not None and old.body == new.body else None


def _parts_in(node: Node, side: Catalog) -> Iterator[Node]:
    """What in the same table is part of the same index."""
    for kind in handed.INDEXED:
        for part in side.children(table_of(node.ref), kind):
            if part.body.part_of == node.body.part_of:
                yield part


def _bound(node: Node, whole: Node) -> UnsupportedChange:
    return UnsupportedChange(
        f"{node.ref} is part of {whole.ref}, and can not be changed or dropped while that stays",
        hint="Change the index of the parent as well, or detach the partition first.",
    )


def _with_keys(node: Node, sql: tuple[str, ...], parts: Sequence[Ref]) -> tuple[str, ...]:
    """`DROP INDEX`, with the keys of partitions that are part of it.

    PostgreSQL drops neither without CASCADE (18). What else stands on a key is a need of it: it
    is out of the way already, or the plan is refused.
    """
    has_keys = node.ref.kind == INDEX and any(ref.kind != INDEX for ref in parts)
    return tuple(f"{statement} CASCADE" for statement in sql) if has_keys else sql


def altered(kind: Kind, change: Change, before: Catalog, after: Catalog) -> Iterator[Step]:
    """`ALTER INDEX … ATTACH PARTITION`, of an index that was there before that of the parent."""
    node = change.new
    if node.body.part_of == change.old.body.part_of:
        return
    whole = handed.joined(node, before, after)
    if whole is not None:
        step = Step(
            description=f"Attach {node.ref.noun} {node.ref.name} to that of table "
            f"{spoken(whole.ref.path[:2])}",
            sql=(attaching(node.ref, whole.ref),),
            locks=existing(before, ACCESS_EXCLUSIVE, node.ref),  # and none on the table
            consumes=(whole.ref,),
        )
        yield _completing(kind.made(change, step), whole, before, after)


def is_completed(change: Change, after: Catalog) -> bool:
    """Whether an index of a partitioned table only becomes valid: its parts see to that."""
    return is_completing(change.old, change.new, after)


def is_completing(before: Node, now: Node, after: Catalog) -> bool:
    """The same, of what it was and what it shall be."""
    old, new = before.body, now.body
    is_partitioned = bool(descent.children(table_of(now.ref), after))
    becomes_valid = getattr(old, "invalid", False) and not getattr(new, "invalid", False)
    if not (is_partitioned and becomes_valid):
        return False
    return bool(msgspec.structs.replace(old, invalid=False) == new)


def _completing(step: Step, whole: Node, before: Catalog, after: Catalog) -> Step:
    """`step`, which may leave indexes of partitioned tables with nothing that they lack."""
    old = before.get(whole.ref)
    if old is None or old.body == whole.body or not is_completing(old, whole, after):
        return step
    done = msgspec.structs.replace(step, settles=(*step.settles, whole.ref))
    above = descent.of_parent(whole, whole.body.part_of, handed.INDEXED, after)
    return done if above is None else _completing(done, above, before, after)
