"""Columns and primary key of a table in schema JSON.

A column says by `is_primary_key` that it is part of the key; `primary_key` is there only
where the key has another name, order or storage than that gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Node
from lockplane_postgres.kinds.column import column_item
from lockplane_postgres.kinds.column_body import ColumnBody
from lockplane_postgres.kinds.default import DefaultBody
from lockplane_postgres.kinds.key import KeyBody
from lockplane_postgres.kinds.primary_key import default_name
from lockplane_postgres.kinds.tags import COLUMN, DEFAULT, PRIMARY_KEY
from lockplane_postgres.kinds.tree import beside, comment_node, nodes_beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref


class ColumnItem(ColumnBody, frozen=True, kw_only=True):
    """A column as schema JSON has it."""

    name: str
    default: str | None = None
    is_primary_key: bool = False
    comment: str | None = None
    renamed_from: str = ""


class _Columns(msgspec.Struct):
    """The list of columns, so that errors in it name their place."""

    columns: list[ColumnItem]


class KeyItem(KeyBody, frozen=True, kw_only=True):
    """A primary key as schema JSON has it; what is left out is the server's own choice."""

    columns: tuple[str, ...] = ()
    name: str = ""
    comment: str | None = None
    tablespace: str | None = None
    renamed_from: str = ""


def columns(table: Ref, catalog: Catalog) -> list[dict[str, Any]]:
    """The columns of a table, in their order."""
    keys = {n for key in catalog.children(table, PRIMARY_KEY) for n in key.body.columns}
    return [column_item(node, catalog, keys) for node in catalog.children(table, COLUMN)]


def primary_key(table: Ref, catalog: Catalog) -> dict[str, Any]:
    """What the columns do not say about the primary key."""
    for key in catalog.children(table, PRIMARY_KEY):
        flagged = tuple(
            node.ref.name
            for node in catalog.children(table, COLUMN)
            if node.ref.name in key.body.columns
        )
        item = beside(key, catalog)
        if key.ref.name != default_name(table.name) or item:
            item = {"name": key.ref.name} | item
        if key.body != KeyBody(columns=flagged) or item:
            return {"primary_key": item | msgspec.to_builtins(key.body)}
    return {}


def read(table: Ref, listed: Any, key: Any) -> Iterator[Node]:
    """The nodes of the columns and the key. Raises `msgspec.ValidationError`."""
    items = msgspec.convert({"columns": [] if listed is None else listed}, _Columns).columns
    for number, item in enumerate(items):
        yield from _column(table, item, number)
    flagged = tuple(item.name for item in items if item.is_primary_key)
    if key is not None or flagged:
        yield from _key(table, flagged, msgspec.convert(key or {}, KeyItem))


def _column(table: Ref, item: ColumnItem, number: int) -> Iterator[Node]:
    ref = table.child(COLUMN, item.name)
    body = ColumnBody(**{name: getattr(item, name) for name in ColumnBody.__struct_fields__})
    yield Node(ref=ref, parent=table, body=body, ordinal=number + 1)
    if item.default is not None:
        default = table.child(DEFAULT, item.name)
        yield Node(ref=default, parent=ref, body=DefaultBody(expression=item.default))
    if item.comment is not None:
        yield comment_node(ref, item.comment)


def _key(table: Ref, flagged: Sequence[str], item: KeyItem) -> Iterator[Node]:
    ref = table.child(PRIMARY_KEY, item.name or default_name(table.name))
    given = {name: getattr(item, name) for name in KeyBody.__struct_fields__}
    body = KeyBody(**given | {"columns": item.columns or tuple(flagged)})
    yield Node(ref=ref, parent=table, body=body)
    yield from nodes_beside(ref, item.comment, item.tablespace)
