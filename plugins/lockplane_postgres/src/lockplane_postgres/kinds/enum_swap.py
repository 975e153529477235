"""Another enum in the place of the old one: PostgreSQL can neither remove nor move a value.

The old type steps aside under another name, the new one is made, every column of the type is
moved over by way of text, with its default off meanwhile, and the old type is dropped.
"""

from __future__ import annotations

from itertools import count, groupby
from typing import TYPE_CHECKING

from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Effect, Guard, Step
from lockplane_postgres.kinds.base import (
    CHECK,
    COLUMN,
    DEFAULT,
    EXCLUSION,
    INDEX,
    PRIMARY_KEY,
    TABLE,
    UNIQUE,
)
from lockplane_postgres.kinds.default import default_of
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, lock
from lockplane_postgres.quote import literal, qualified, qualified_type, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node

_REBUILT = frozenset({CHECK, EXCLUSION, INDEX, PRIMARY_KEY, UNIQUE})
_STEM_BYTES = 50
_ARRAY = "[]"


def create_enum(ref: Ref, values: Sequence[str]) -> str:
    """`CREATE TYPE … AS ENUM (…)`."""
    return f"CREATE TYPE {qualified_type(*ref.path)} AS ENUM ({_listed(values)})"


def is_carried(enum: Ref, node: Node) -> bool:
    """Whether what stands on the enum, or on a column of it, may stay while it is swapped.

    A column is retyped, and its default put back if that needs nothing but the enum. Keys,
    and checks and indexes without a constant of the enum, are rebuilt by the server itself;
    all else refuses (0A000), or would be read with the old type (42883).
    """
    if node.ref.kind == COLUMN:
        return enum in node.needs and not node.body.generated
    if node.ref.kind == DEFAULT:
        return set(node.needs) <= {enum}
    return node.ref.kind in _REBUILT and enum not in node.needs


def retyped(enum: Ref, catalog: Catalog) -> list[Node]:
    """The columns whose type is the enum or an array of it."""
    nodes = catalog.dependants(enum)
    return [node for node in nodes if node.ref.kind == COLUMN and is_carried(enum, node)]


def swap(change: Change, before: Catalog, after: Catalog) -> Step:
    """The one step that puts the new enum in the place of the old one."""
    ref = change.new.ref
    columns = [node for node in retyped(ref, before) if node.ref in after]
    tables = sorted({node.ref.path[:2] for node in columns})
    refs = (ref, *(node.ref for node in columns))
    aside = _free_name(ref, before, after)
    effects: tuple[Effect, ...] = ("rewrite",) if columns else ()
    return Step(
        description=_described(change),
        sql=(
            f"ALTER TYPE {qualified_type(*ref.path)} RENAME TO {quote(aside)}",
            create_enum(ref, change.new.body.values),
            *_retypings(ref, columns, before, after),
            f"DROP TYPE {qualified(ref.path[0], aside)}",
        ),
        produces=refs,
        destroys=refs,
        consumes=change.new.needs,
        settles=(ref,),
        effects=(*effects, "breaking") if _removed(change) else effects,
        locks=tuple(lock(Ref(TABLE, path), ACCESS_EXCLUSIVE) for path in tables),
        guards=tuple(_guards(change, columns, after)),
    )


def _retypings(
    enum: Ref, columns: Sequence[Node], before: Catalog, after: Catalog
) -> Iterator[str]:
    """One ALTER TABLE, and so one rewrite, for each table."""
    for table, group in groupby(columns, key=lambda node: node.ref.path[:2]):
        actions = [action for node in group for action in _actions(enum, node, before, after)]
        yield f"ALTER TABLE {qualified(*table)} {', '.join(actions)}"


def _actions(enum: Ref, column: Node, before: Catalog, after: Catalog) -> Iterator[str]:
    """Default off, type, default on; a default that changes is put on by its own step."""
    name = quote(column.ref.name)
    text, target = "text", qualified_type(*enum.path)
    if column.body.type.endswith(_ARRAY):
        text, target = text + _ARRAY, target + _ARRAY
    default = default_of(column.ref, before)
    carried = default is not None and is_carried(enum, default)
    if carried:
        yield f"ALTER COLUMN {name} DROP DEFAULT"
    if _stays(enum, column, after):
        yield f"ALTER COLUMN {name} TYPE {target} USING {name}::{text}::{target}"
    else:
        yield f"ALTER COLUMN {name} TYPE {text} USING {name}::{text}"
    if carried and default is not None:
        later = after.get(default.ref)
        if later is not None and later.body == default.body:
            yield f"ALTER COLUMN {name} SET DEFAULT {default.body.expression}"


def _stays(enum: Ref, column: Node, after: Catalog) -> bool:
    """Whether the column is of the enum afterwards; else it goes on to another type by itself."""
    return enum in after[column.ref].needs


def _guards(change: Change, columns: Sequence[Node], after: Catalog) -> Iterator[Guard]:
    removed = _removed(change)
    if not removed:
        return
    for column in columns:
        if _stays(change.new.ref, column, after):
            table, name = column.ref.path[:2], quote(column.ref.name)
            holds = f"{name}::text IN ({_listed(removed)})"
            if column.body.type.endswith(_ARRAY):
                holds = f"{name}::text[] && ARRAY[{_listed(removed)}]"
            yield Guard(
                query=f"SELECT 1 FROM {qualified(*table)} WHERE {holds} LIMIT 1",
                message=f"rows of {spoken(table)} hold {_listed(removed)} in {column.ref.name}, "
                f"which is removed from enum {spoken(change.new.ref.path)}",
            )


def _described(change: Change) -> str:
    old, new = change.old.body.values, change.new.body.values
    enum = f"enum {spoken(change.new.ref.path)}"
    removed = _removed(change)
    if removed and list(new) == [value for value in old if value not in removed]:
        noun = "value" if len(removed) == 1 else "values"
        return f"Remove {noun} {_listed(removed)} from {enum}"
    return f"Reorder values of {enum}" if set(old) == set(new) else f"Change values of {enum}"


def _removed(change: Change) -> list[str]:
    return [value for value in change.old.body.values if value not in change.new.body.values]


def _listed(values: Sequence[str]) -> str:
    return ", ".join(literal(value) for value in values)


def _free_name(ref: Ref, *catalogs: Catalog) -> str:
    """A name for the old type that nothing in its schema has."""
    taken = {node.ref.path[:2] for catalog in catalogs for node in catalog}
    stem = ref.name.encode()[:_STEM_BYTES].decode(errors="ignore")
    names = (f"{stem}_old{number}" for number in count(1))
    return next(name for name in names if (ref.path[0], name) not in taken)
