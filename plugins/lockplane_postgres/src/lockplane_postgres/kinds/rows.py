"""Rows as a plan will leave them, for guards that are asked before it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_postgres.kinds import casts
from lockplane_postgres.kinds.constraint import is_as_before
from lockplane_postgres.kinds.default import default_of
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import FUNCTION, SEQUENCE
from lockplane_postgres.quote import qualified, quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref

_ACTING = (FUNCTION, SEQUENCE)
"""What a question to the target must not call: it might change something."""


def source(columns: Sequence[Ref], before: Catalog, after: Catalog) -> str:
    """A FROM item, without an alias, with these columns of one table as they shall be.

    Empty where that can not be told before the plan runs.
    """
    table = qualified(*table_of(columns[0]).path)
    if is_as_before(columns, before, after):
        return table
    values = [_value(column, before, after) for column in columns]
    if not all(values):
        return ""
    pairs = zip(values, columns, strict=True)
    listed = ", ".join(f"{value} AS {quote(ref.name)}" for value, ref in pairs)
    return f"(SELECT {listed} FROM {table})"


def _value(column: Ref, before: Catalog, after: Catalog) -> str:
    old, new = before.get(column), after.get(column)
    if new is None:
        return ""
    if old is not None:
        return _kept(old, new, before, after)
    needs = [need for need in new.needs if need != new.parent]
    if new.body.generated or new.body.identity or not is_as_before(needs, before, after):
        return ""
    return _filled(new, before, after)


def _kept(old: Node, new: Node, before: Catalog, after: Catalog) -> str:
    name = quote(new.ref.name)
    if is_as_before([new.ref], before, after):
        return name
    if old.body.generated or new.body.generated or not casts.is_builtin(new.body.type):
        return ""
    cast = casts.using(name, old.body.type, new.body.type) or f"{name}::{new.body.type}"
    return f"({cast})" + (f" COLLATE {new.body.collation}" if new.body.collation else "")


def _filled(new: Node, before: Catalog, after: Catalog) -> str:
    """What a new column holds in the rows that are there."""
    default = default_of(new.ref, after)
    if default is None:
        return f"NULL::{new.body.type}"
    needs = [need for need in default.needs if need not in (new.ref, new.parent)]
    if any(need.kind in _ACTING for need in needs) or not is_as_before(needs, before, after):
        return ""
    return f"({default.body.expression})::{new.body.type}"
