"""Kind: a foreign key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockplane_core.model.node import Node
from lockplane_sqlite import refs
from lockplane_sqlite.kinds.constraint import (
    Constraint,
    ConstraintBody,
    identified,
    joined,
    written_name,
)
from lockplane_sqlite.names import Names
from lockplane_sqlite.quote import fold, quote, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref
    from lockplane_sqlite.ddl.shapes import ForeignKeyText
    from lockplane_sqlite.reader import SqliteReader

NO_ACTION = "NO ACTION"


class ForeignKeyBody(ConstraintBody, frozen=True, kw_only=True):
    """Columns, and what they reference; without `referenced_columns` it is the primary key."""

    columns: tuple[str, ...]
    referenced_table: str
    referenced_columns: tuple[str, ...] = ()
    on_delete: str = NO_ACTION
    on_update: str = NO_ACTION
    match: str = ""
    deferrable: str = ""


class ForeignKey(Constraint):
    """`REFERENCES` beside a column, or `FOREIGN KEY` of the table.

    SQLite lets the referenced table be missing, so that tables may be made in any order.
    """

    tag = refs.FOREIGN_KEY
    plural = "foreign_keys"
    body = ForeignKeyBody
    weight = 44

    def introspect(self, reader: SqliteReader) -> Iterator[Node]:  # type: ignore[override]
        """Those of all tables, as they are written."""
        for table in reader.tables:
            found = identified(table.ref, self.tag, table.text.foreign_keys, default_name)
            for ordinal, (ref, text, fields) in enumerate(found):
                yield Node(
                    ref=ref,
                    parent=table.ref,
                    body=_body(text, fields),
                    needs=_needs(reader, table.ref, text),
                    ordinal=ordinal,
                )

    def spelled_fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """All names as they are declared, and both actions."""
        body: ForeignKeyBody = node.body
        names = Names.of(catalog)
        return {
            "columns": list(names.columns(node.ref.path[0], body.columns)),
            "referenced_table": names.owner(body.referenced_table),
            "referenced_columns": list(
                names.columns(body.referenced_table, body.referenced_columns)
            ),
            "on_delete": body.on_delete,
            "on_update": body.on_update,
        }

    def folded_fields(self, item: dict[str, Any]) -> dict[str, Any]:
        """Names folded, actions in capitals."""
        fields: dict[str, Any] = {
            "columns": _folded(item["columns"]),
            "referenced_table": _folded(item["referenced_table"]),
            "referenced_columns": _folded(item.get("referenced_columns") or []),
        }
        for key in ("on_delete", "on_update"):
            fields[key] = str(item.get(key) or NO_ACTION).upper()
        return fields

    def default_name(self, fields: dict[str, Any]) -> str:
        """`user_id_fkey`."""
        return joined(fields["columns"], "fkey")

    def phrase(self, node: Node, names: Names) -> str:
        """`foreign key user_id_fkey to users`."""
        return f"foreign key {node.ref.name} to {names.owner(node.body.referenced_table)}"


def _folded(name: object) -> object:
    """A name, or each of a list, folded; the validation of the body is left what is neither."""
    if isinstance(name, list):
        return [_folded(each) for each in name]
    return fold(name) if isinstance(name, str) else name


def default_name(text: ForeignKeyText) -> str:
    """`user_id_fkey`."""
    return joined([name.text for name in text.columns], "fkey")


def _body(text: ForeignKeyText, fields: dict[str, Any]) -> ForeignKeyBody:
    return ForeignKeyBody(
        columns=tuple(fold(name.text) for name in text.columns),
        referenced_table=fold(text.table.text),
        referenced_columns=tuple(fold(name.text) for name in text.referenced),
        on_delete=text.on_delete,
        on_update=text.on_update,
        match=text.match,
        deferrable=text.deferrable,
        **fields,
    )


def _needs(reader: SqliteReader, table: Ref, text: ForeignKeyText) -> tuple[Ref, ...]:
    """Its own columns, the referenced table (also a missing one), and the columns there."""
    other = reader.owner(text.table.text)
    own = reader.columns_of(table, [name.text for name in text.columns])
    theirs = reader.columns_of(other, [name.text for name in text.referenced])
    found = {*own, *theirs} | ({other} if other != table else set())
    return tuple(sorted(found))


def inline(node: Node, names: Names) -> str:
    """The clause beside its column."""
    return f"{written_name(node)}{_references(node.body, names)}"


def clause(node: Node, names: Names) -> str:
    """The clause of the table."""
    columns = quoted(names.columns(node.ref.path[0], node.body.columns))
    return f"{written_name(node)}FOREIGN KEY ({columns}) {_references(node.body, names)}"


def _references(body: ForeignKeyBody, names: Names) -> str:
    sql = f"REFERENCES {quote(names.owner(body.referenced_table))}"
    if body.referenced_columns:
        sql += f" ({quoted(names.columns(body.referenced_table, body.referenced_columns))})"
    sql += f" ON DELETE {body.on_delete}" if body.on_delete != NO_ACTION else ""
    sql += f" ON UPDATE {body.on_update}" if body.on_update != NO_ACTION else ""
    sql += f" MATCH {body.match}" if body.match else ""
    return sql + (f" {body.deferrable}" if body.deferrable else "")
