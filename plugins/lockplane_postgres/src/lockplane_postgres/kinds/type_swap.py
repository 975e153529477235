"""Another type in the place of one that has no ALTER for the change.

The old type steps aside under another name, the new one is made, every column of the type is
moved over, with its default off meanwhile, and the old type is dropped.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import descent, tuning
from lockplane_postgres.kinds.default import default_of
from lockplane_postgres.kinds.implicit import free_name
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import (
    CHECK,
    COLUMN,
    DEFAULT,
    EXCLUSION,
    INDEX,
    PRIMARY_KEY,
    TABLE,
    UNIQUE,
)
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, lock
from lockplane_postgres.quote import qualified, qualified_type, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node

_REBUILT = frozenset({CHECK, EXCLUSION, INDEX, PRIMARY_KEY, UNIQUE})
ARRAY = "[]"


class Swap(NamedTuple):
    """What is made instead, and how its values come of the old ones.

    `cast` makes a new value of a column, given its quoted name and the brackets of an array;
    a column that goes on to another type by itself is left as `between`.
    """

    keyword: str
    created: tuple[str, ...]
    between: str
    cast: Callable[[str, str], str]


def is_carried(type_: Ref, node: Node) -> bool:
    """Whether what stands on the type, or on a column of it, may stay while it is swapped.

    A column is retyped, and its default put back if that needs nothing but the type. Keys,
    and checks and indexes without a constant of the type, are rebuilt by the server itself;
    all else refuses (0A000), or would be read with the old type (42883).
    """
    if node.ref.kind == COLUMN:
        return type_ in node.needs and not node.body.generated
    if node.ref.kind == DEFAULT:
        return set(node.needs) <= {type_}
    return node.ref.kind in _REBUILT and type_ not in node.needs


def retyped(type_: Ref, catalog: Catalog) -> list[Node]:
    """The columns whose type is the one that is swapped, or an array of it."""
    nodes = catalog.dependants(type_)
    return [node for node in nodes if node.ref.kind == COLUMN and is_carried(type_, node)]


def moved(type_: Ref, before: Catalog, after: Catalog) -> list[Node]:
    """Those of them that are there afterwards."""
    return [node for node in retyped(type_, before) if node.ref in after]


def stays(type_: Ref, column: Node, after: Catalog) -> bool:
    """Whether the column is of the type afterwards; else it goes on to another by itself."""
    return type_ in after[column.ref].needs


def swapped(change: Change, swap: Swap, before: Catalog, after: Catalog) -> Step:
    """The one step that puts the new type in the place of the old one, as yet without words."""
    ref = change.new.ref
    columns = moved(ref, before, after)
    tables = sorted({node.ref.path[:2] for node in columns})
    refs = (ref, *(node.ref for node in columns))
    aside = free_name(ref.path[0], ref.name, "old", before, after)
    return Step(
        description="",
        sql=(
            f"ALTER {swap.keyword} {qualified_type(*ref.path)} RENAME TO {quote(aside)}",
            *swap.created,
            *_retypings(ref, columns, swap, before, after),
            f"DROP {swap.keyword} {qualified(ref.path[0], aside)}",
        ),
        produces=refs,
        destroys=refs,
        consumes=change.new.needs,
        settles=(ref,),
        effects=("rewrite",) if columns else (),
        locks=tuple(lock(Ref(TABLE, path), ACCESS_EXCLUSIVE) for path in tables),
    )


def _retypings(
    type_: Ref, columns: Sequence[Node], swap: Swap, before: Catalog, after: Catalog
) -> Iterator[str]:
    """One ALTER TABLE, and so one rewrite, for each table.

    A parent's retypes its heirs, which have their defaults and storage by themselves.
    """
    off, retyping, on = [], [], []
    moving = {node.ref for node in columns}
    for path, group in groupby(columns, key=lambda node: node.ref.path[:2]):
        nodes, table = list(group), Ref(TABLE, path)
        first = [tuple(_off(type_, node, before)) for node in nodes]
        types = [
            () if _is_led(node, moving, before, after) else (_retyping(type_, node, swap, after),)
            for node in nodes
        ]
        last = [tuple(_on(type_, node, before, after)) for node in nodes]
        if descent.stays(table, before, after) or descent.heirs(table, before, after):
            off.append(_altering("ALTER TABLE ONLY", table, first))
            retyping.append(_altering("ALTER TABLE", table, types))
            on.append(_altering("ALTER TABLE ONLY", table, last))
        else:
            by_column = [part for parts in zip(first, types, last, strict=True) for part in parts]
            retyping.append(_altering("ALTER TABLE", table, by_column))
    yield from filter(None, (*off, *retyping, *on))


def _altering(words: str, table: Ref, parts: Sequence[Sequence[str]]) -> str:
    """One statement of all these actions; empty if there is none."""
    actions = [action for part in parts for action in part]
    return f"{words} {qualified(*table.path)} {', '.join(actions)}" if actions else ""


def _is_led(column: Node, moving: set[Ref], before: Catalog, after: Catalog) -> bool:
    """Whether a parent's statement about its own column retypes this one as well."""
    table = table_of(column.ref)
    return descent.stays(table, before, after) and any(
        descent.counterpart(column.ref, parent) in moving
        for parent in descent.parents(table, before)
    )


def _off(type_: Ref, column: Node, before: Catalog) -> Iterator[str]:
    """The default goes, unless steps of its own see to that."""
    if _carried_default(type_, column, before):
        yield f"ALTER COLUMN {quote(column.ref.name)} DROP DEFAULT"


def _retyping(type_: Ref, column: Node, swap: Swap, after: Catalog) -> str:
    name = quote(column.ref.name)
    brackets = ARRAY if column.body.type.endswith(ARRAY) else ""
    if stays(type_, column, after):
        target = qualified_type(*type_.path) + brackets
        return f"ALTER COLUMN {name} TYPE {target} USING {swap.cast(name, brackets)}"
    between = swap.between + brackets
    return f"ALTER COLUMN {name} TYPE {between} USING {name}::{between}"


def _on(type_: Ref, column: Node, before: Catalog, after: Catalog) -> Iterator[str]:
    """Storage and default come back; a default that changes is put on by its own step."""
    name = quote(column.ref.name)
    if stays(type_, column, after):
        yield from _stored(after[column.ref], name)
    default = _carried_default(type_, column, before)
    if default is not None:
        later = after.get(default.ref)
        if later is not None and later.body == default.body:
            yield f"ALTER COLUMN {name} SET DEFAULT {default.body.expression}"


def _carried_default(type_: Ref, column: Node, before: Catalog) -> Node | None:
    default = default_of(column.ref, before)
    return default if default is not None and is_carried(type_, default) else None


def _stored(column: Node, name: str) -> Iterator[str]:
    """The storage of the column, which another type takes away."""
    kept = column.body.tuning
    for part in tuning.retunings(tuning.retyped(kept), kept, ""):
        yield from (f"ALTER COLUMN {name} {action}" for action in part.actions)
