"""What is handed down, and the order of steps around tables that come under a parent or leave it.

A table is detached before anything else is done to it or to its parent, and attached when both
are what they shall be: nothing is then done to a table by a statement about another one that it
does not belong to. What the parent gets at the end (an index, a foreign key) comes after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import descent
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import (
    CHECK,
    COLUMN,
    DEFAULT,
    EXCLUSION,
    FOREIGN_KEY,
    INDEX,
    PRIMARY_KEY,
    TRIGGER,
    UNIQUE,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.step import Rendered, Step

ARRIVAL = "postgres.arrival"
"""A pseudo-kind: what must be gone from both tables before one is attached to the other."""
DEPARTURE = "postgres.departure"
"""A pseudo-kind: what must not be there yet when one is detached."""
KEYS = (PRIMARY_KEY, UNIQUE, EXCLUSION)
INDEXED = (INDEX, *KEYS)
"""What may be part of an index of the parent."""
_MARKED = (COLUMN, CHECK, FOREIGN_KEY, *INDEXED)
"""What says of itself that a parent has handed it down."""
_PARTS = frozenset({*_MARKED, TRIGGER})
_HANDED = frozenset({*_PARTS, DEFAULT})


def mark_of(node: Node) -> Any:
    """Whether, or as what part of the parent's, something was handed down."""
    body = node.body
    return body.inherited if node.ref.kind in (CHECK, COLUMN) else body.part_of


def is_handed(node: Node, before: Catalog, after: Catalog) -> bool:
    """Whether what is done to the like of it in the parent is done to it."""
    table = table_of(node.ref)
    return bool(mark_of(node)) and descent.stays(table, before, after)


def is_remarked(change: Change) -> bool:
    """Whether nothing differs but that it was handed down."""
    return bool(unmarked(change.old) == unmarked(change.new))


def unmarked(node: Node) -> Any:
    """The body as it would be if nobody had handed it down."""
    if node.ref.kind in (CHECK, COLUMN):
        return msgspec.structs.replace(node.body, inherited=False)
    return msgspec.structs.replace(node.body, part_of="")


def parts_of(node: Node, kinds: Iterable[str], catalog: Catalog) -> Iterator[Node]:
    """What is a part of this in the partitions, by what they say, the nearest first."""
    for child in descent.children(table_of(node.ref), catalog):
        for kind in kinds:
            for part in catalog.children(child, kind):
                if part.body.part_of == node.ref.name:
                    yield part
                    yield from parts_of(part, kinds, catalog)


def is_primary_part(node: Node, side: Catalog) -> bool:
    """Whether a key is, or shall be, a part of the primary key of the parent."""
    name = getattr(node.body, "part_of", "")
    return bool(name and descent.of_parent(node, name, (PRIMARY_KEY,), side))


def joined(node: Node, before: Catalog, after: Catalog) -> Node | None:
    """The index of the parent that a new index has to be attached to.

    It is none where the server does that by itself: when it attaches the table to a parent
    whose index is there.
    """
    name = node.body.part_of
    whole = descent.of_parent(node, name, INDEXED, after) if name else None
    if whole is None or descent.stays(table_of(node.ref), before, after):
        return whole
    return whole if is_late(whole, before) else None


def is_late(node: Node, before: Catalog) -> bool:
    """Whether something that partitions have a part in comes when they are attached."""
    known = before.get(node.ref)
    if known is not None and known.body == node.body:
        return False
    if node.ref.kind in (INDEX, FOREIGN_KEY) or table_of(node.ref) in before:
        return True
    return bool(getattr(node.body, "invalid", False))


# -- the steps of a link -----------------------------------------------------------------------


def attached(step: Step, table: Ref, before: Catalog, after: Catalog) -> Step:
    """The step that puts a table under a parent, after all that has to be there.

    Raises `UnsupportedChange` where the server would choose by itself which key is part of which.
    """
    if table in before:
        _refuse_crossed(table, after)
    remarked = [
        node.ref
        for node in _remarked(table, before, after)
        if mark_of(after[node.ref]) and not _is_joined_later(after[node.ref], before, after)
    ]
    return msgspec.structs.replace(
        step,
        produces=(*step.produces, Ref(ARRIVAL, table.path)),
        settles=(*step.settles, *remarked),
        consumes=tuple(sorted({*step.consumes, *_early(table, before, after)})),
    )


def _refuse_crossed(table: Ref, after: Catalog) -> None:
    for primary in after.children(table, PRIMARY_KEY):
        for unique in after.children(table, UNIQUE):
            if is_primary_part(unique, after) and primary.body.columns == unique.body.columns:
                raise UnsupportedChange(
                    f"{unique.ref} shall be part of the primary key of the parent, though "
                    f"{primary.ref} is about the same columns: the server takes the older one",
                    hint="Drop the unique constraint, which says nothing that the primary key "
                    "does not, or declare it after the primary key.",
                )


def _is_joined_later(node: Node, before: Catalog, after: Catalog) -> bool:
    """Whether it becomes a part of what the parent gets after the table is attached."""
    if node.ref.kind == FOREIGN_KEY:
        whole = descent.of_parent(node, node.body.part_of, (FOREIGN_KEY,), after)
        return whole is not None and is_late(whole, before)
    return node.ref.kind in INDEXED and joined(node, before, after) is not None


def detached(step: Step, table: Ref, before: Catalog, after: Catalog) -> Step:
    """The step that takes a table from under its parent, before anything else is done."""
    remarked = [
        node.ref for node in _remarked(table, before, after) if not mark_of(after[node.ref])
    ]
    changing = _changes([table, *descent.parents(table, before)], before, after)
    return msgspec.structs.replace(
        step,
        destroys=(*step.destroys, Ref(DEPARTURE, table.path)),
        settles=(*step.settles, *remarked),
        consumes=tuple(sorted({*step.consumes, *changing.difference(remarked)})),
    )


def ended(step: Step, table: Ref, before: Catalog, after: Catalog) -> Step:
    """The step that drops a table, before its parents get what it would have to take part in."""
    parents = descent.parents(table, before)
    if not parents:
        return step
    return msgspec.structs.replace(
        step,
        destroys=(*step.destroys, Ref(DEPARTURE, table.path)),
        consumes=tuple(sorted({*step.consumes, *_changes(parents, before, after)})),
    )


def _changes(tables: Iterable[Ref], before: Catalog, after: Catalog) -> set[Ref]:
    """What is there in tables and changes or goes, of tables that stay."""
    return {
        node.ref
        for table in tables
        if table in after
        for node in before.children(table)
        if node.ref.kind in _PARTS and not _is_same(node, after)
    }


def _is_same(node: Node, other: Catalog) -> bool:
    known = other.get(node.ref)
    return known is not None and known.body == node.body


def _remarked(table: Ref, before: Catalog, after: Catalog) -> Iterator[Node]:
    """The parts of a table that were not handed down before and are now, or the reverse."""
    for kind in _MARKED:
        for node in before.children(table, kind):
            new = after.get(node.ref)
            if new and mark_of(node) != mark_of(new) and unmarked(node) == unmarked(new):
                yield node


def _early(table: Ref, before: Catalog, after: Catalog) -> Iterator[Ref]:
    """What changes in a table and its new parents before one is attached to the other."""
    for parent in descent.parents(table, after):
        yield from _changing(parent, (COLUMN, CHECK), before, after)
        for ref in _changing(parent, KEYS, before, after):
            if not is_late(after[ref], before):
                yield ref
    yield from _changing(table, (COLUMN, CHECK), before, after)
    yield from (
        ref
        for ref in _changing(table, (FOREIGN_KEY, *INDEXED), before, after)
        if _is_matched(after[ref], before, after)
    )


def _changing(table: Ref, kinds: Iterable[str], before: Catalog, after: Catalog) -> Iterator[Ref]:
    for kind in kinds:
        for node in after.children(table, kind):
            if not _is_same(node, before):
                yield node.ref


def _is_matched(node: Node, before: Catalog, after: Catalog) -> bool:
    """Whether attaching finds something for what the parent has."""
    if not node.body.part_of:
        return False
    if node.ref.kind in INDEXED:
        return joined(node, before, after) is None
    whole = descent.of_parent(node, node.body.part_of, (FOREIGN_KEY,), after)
    return whole is not None and _is_same(whole, before)


# -- all other steps ---------------------------------------------------------------------------


def ordered(rendered: Rendered, before: Catalog, after: Catalog) -> Rendered:
    """The same, with steps that wait for tables which are detached, or attached, meanwhile."""
    if not any(catalog.of_kind(tag) for catalog in (before, after) for tag in descent.LINKS):
        return rendered
    steps = tuple(_waiting(step, before, after) for step in rendered.steps)
    return msgspec.structs.replace(rendered, steps=steps)


def _waiting(step: Step, before: Catalog, after: Catalog) -> Step:
    parts = [ref for ref in (*step.produces, *step.destroys) if ref.kind in _HANDED]
    made = [ref for ref in step.produces if ref not in step.destroys and ref.kind in _PARTS]
    gone = [ref for ref in step.destroys if ref not in step.produces and ref.kind in _PARTS]
    tables = dict.fromkeys(map(table_of, parts))
    heirs = {heir for table in tables for heir in descent.heirs(table, before, after)}
    needs = {
        *_links(made, before, after),
        *_needs([ref for ref in made if table_of(ref) in heirs], step, after),
        *_needs([ref for ref in gone if table_of(ref) in heirs], step, before),
    }
    departing = _ends(made, descent.departing, before, after)
    arriving = _ends(gone, descent.arriving, before, after)
    return msgspec.structs.replace(
        step,
        produces=_with(step.produces, DEPARTURE, departing),
        destroys=_with(step.destroys, ARRIVAL, arriving),
        consumes=tuple(sorted({*step.consumes, *heirs, *needs})),
    )


def _needs(refs: Iterable[Ref], step: Step, side: Catalog) -> Iterator[Ref]:
    """What the parts of heirs need that a step makes or ends along with that of their parent."""
    own = {*step.produces, *step.destroys}
    for ref in refs:
        node = side.get(ref)
        yield from (need for need in (node.needs if node else ()) if need not in own)


def _ends(refs: Iterable[Ref], moving: Any, before: Catalog, after: Catalog) -> Iterator[Ref]:
    for table in dict.fromkeys(map(table_of, refs)):
        if table in before or table in after:
            yield from moving(table, before, after)


def _with(refs: tuple[Ref, ...], kind: str, links: Iterable[Ref]) -> tuple[Ref, ...]:
    return (*refs, *dict.fromkeys(Ref(kind, link.path) for link in links))


def _links(refs: Iterable[Ref], before: Catalog, after: Catalog) -> Iterator[Ref]:
    """The links that have to be there before what is made."""
    for ref in refs:
        node = after.get(ref)
        if node is None or ref.kind not in (FOREIGN_KEY, *INDEXED) or not is_late(node, before):
            continue
        table = table_of(ref)
        for link in descent.arriving(table, before, after):
            is_own = link.path == table.path
            if not is_own or (ref.kind == INDEX and not node.body.part_of):
                yield link
