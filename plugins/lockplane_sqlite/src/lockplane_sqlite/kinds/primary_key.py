"""Kind: the primary key of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Node
from lockplane_sqlite import refs
from lockplane_sqlite.kinds.constraint import (
    Constraint,
    ConstraintBody,
    on_conflict,
)
from lockplane_sqlite.kinds.parts import (
    KeyPart,
    columns_in,
    from_list,
    parts_of,
    render,
    to_list,
)
from lockplane_sqlite.names import Names
from lockplane_sqlite.quote import fold, quote, upper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.facts import Facts
    from lockplane_sqlite.ddl.shapes import PrimaryKeyText, TableText
    from lockplane_sqlite.reader import SqliteReader

OWN_NAME = "primary key"


class PrimaryKeyBody(ConstraintBody, frozen=True, kw_only=True):
    """Its columns; `alias` is its name, where it has one (a table has but one primary key)."""

    columns: tuple[KeyPart, ...]
    autoincrement: bool = False


class KeyItem(ConstraintBody, frozen=True, kw_only=True):
    """A primary key as schema JSON has it below its table."""

    columns: tuple[str | KeyPart, ...]
    name: str = ""
    autoincrement: bool = False


class PrimaryKey(Constraint):
    """`PRIMARY KEY`, beside a column or of the table."""

    tag = refs.PRIMARY_KEY
    plural = "primary_keys"
    body = PrimaryKeyBody
    unique = True
    weight = 38

    def introspect(self, reader: SqliteReader) -> Iterator[Node]:  # type: ignore[override]
        """Those of all tables, as they are written."""
        for table in reader.tables:
            for text in table.text.primary_keys:
                columns = _columns(text, table.text)
                yield Node(
                    ref=ref_of(table.ref),
                    parent=table.ref,
                    body=PrimaryKeyBody(
                        columns=columns,
                        autoincrement=text.autoincrement,
                        conflict=text.conflict,
                        alias=text.name,
                    ),
                    needs=reader.columns_of(table.ref, columns_in(columns)),
                )

    def spelled_fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """Columns as they are declared."""
        return {"columns": to_list(node.body.columns, node.ref.path[0], Names.of(catalog))}

    def facts(self, node: Node, catalog: Catalog) -> Facts:
        """It is unique."""
        return msgspec.structs.replace(super().facts(node, catalog), unique=True)

    def phrase(self, node: Node, names: Names) -> str:
        """`primary key (a, b)`."""
        return f"primary key ({render(node.body.columns, node.ref.path[0], names)})"


def _columns(text: PrimaryKeyText, table: TableText) -> tuple[KeyPart, ...]:
    """Its parts; the order of a key that is the rowid means nothing.

    Only beside a column would DESC make it another key (see `is_alias`), and there we write it.
    """
    columns = parts_of(text.parts)
    if text.is_inline or table.without_rowid or len(columns) > 1:
        return columns
    types = {fold(column.name.text): column.type for column in table.columns}
    if upper(types.get(columns[0].name, "")) != "INTEGER":
        return columns
    return (msgspec.structs.replace(columns[0], descending=False),)


def ref_of(table: Ref) -> Ref:
    """The ref of the primary key of a table."""
    return table.child(refs.PRIMARY_KEY, OWN_NAME)


def to_item(node: Node, catalog: Catalog, flagged: list[str]) -> dict[str, Any]:
    """What schema JSON says of the key beyond the flags of its columns; nothing if they suffice."""
    columns = to_list(node.body.columns, node.ref.path[0], Names.of(catalog))
    fields: dict[str, Any] = msgspec.to_builtins(node.body)
    fields = {**fields, "columns": columns}
    if fields == {"columns": flagged}:
        return {}
    name = fields.pop("alias", "")
    return {**({"name": name} if name else {}), **fields}


def from_item(item: dict[str, Any], table: Ref) -> Node:
    """The key that schema JSON describes. Raises `msgspec.ValidationError`."""
    item = msgspec.convert(item, dict[str, Any])
    fields = {**item, "columns": from_list(item["columns"])}
    fields["alias"] = fields.pop("name", "")
    body = msgspec.convert(fields, PrimaryKeyBody)
    return Node(ref=ref_of(table), parent=table, body=body)


def is_alias(key: PrimaryKeyBody, column_type: str, *, without_rowid: bool) -> bool:
    """Whether the key is the rowid itself: one column, of a type that is exactly INTEGER.

    `INTEGER PRIMARY KEY DESC` beside a column is none, by an old error that SQLite keeps
    (https://sqlite.org/lang_createtable.html#rowid).
    """
    one = len(key.columns) == 1 and not key.columns[0].descending
    return one and not without_rowid and upper(column_type) == "INTEGER"


def inline(node: Node, _: Names) -> str:
    """The clause beside its column."""
    body: PrimaryKeyBody = node.body
    sql = f"{_name(body)}PRIMARY KEY{' DESC' if body.columns[0].descending else ''}"
    return f"{sql}{on_conflict(body.conflict)}{' AUTOINCREMENT' if body.autoincrement else ''}"


def clause(node: Node, names: Names) -> str:
    """The clause of the table."""
    body: PrimaryKeyBody = node.body
    inside = render(body.columns, node.ref.path[0], names)
    inside += " AUTOINCREMENT" if body.autoincrement else ""
    return f"{_name(body)}PRIMARY KEY ({inside}){on_conflict(body.conflict)}"


def _name(body: PrimaryKeyBody) -> str:
    return f"CONSTRAINT {quote(body.alias)} " if body.alias else ""
