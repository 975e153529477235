"""Another enum in the place of the old one: PostgreSQL can neither remove nor move a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.step import Guard, Step
from lockplane_postgres.kinds.type_swap import ARRAY, Swap, moved, stays, swapped
from lockplane_postgres.quote import block, literal, qualified, qualified_type, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref

_WIDTH = 72
"""How many characters of values stand in one line."""


def create_enum(ref: Ref, values: Sequence[str]) -> str:
    """`CREATE TYPE … AS ENUM (…)`."""
    listed = f"({_listed(values)})"
    if len(listed) > _WIDTH:
        listed = block(map(literal, values))
    return f"CREATE TYPE {qualified_type(*ref.path)} AS ENUM {listed}"


def swap(change: Change, before: Catalog, after: Catalog) -> Step:
    """The one step that puts the new enum in the place of the old one, by way of text."""
    ref = change.new.ref
    target = qualified_type(*ref.path)
    step = swapped(
        change,
        Swap(
            keyword="TYPE",
            created=(create_enum(ref, change.new.body.values),),
            between="text",
            cast=lambda name, brackets: f"{name}::text{brackets}::{target}{brackets}",
        ),
        before,
        after,
    )
    columns = moved(ref, before, after)
    return msgspec.structs.replace(
        step,
        description=_described(change),
        effects=(*step.effects, "breaking") if _removed(change) else step.effects,
        guards=tuple(_guards(change, columns, after)),
    )


def _guards(change: Change, columns: Sequence[Node], after: Catalog) -> Iterator[Guard]:
    removed = _removed(change)
    if not removed:
        return
    for column in columns:
        if stays(change.new.ref, column, after):
            table, name = column.ref.path[:2], quote(column.ref.name)
            holds = f"{name}::text IN ({_listed(removed)})"
            if column.body.type.endswith(ARRAY):
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
