"""Kind: a unique constraint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Node
from lockplane_sqlite import refs
from lockplane_sqlite.kinds.constraint import (
    Constraint,
    ConstraintBody,
    identified,
    joined,
    on_conflict,
    written_name,
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.spi.facts import Facts
    from lockplane_sqlite.ddl.shapes import UniqueText
    from lockplane_sqlite.reader import SqliteReader


class UniqueBody(ConstraintBody, frozen=True, kw_only=True):
    """The columns that are unique together."""

    columns: tuple[KeyPart, ...]


class Unique(Constraint):
    """`UNIQUE`, beside a column or of the table."""

    tag = refs.UNIQUE
    plural = "unique_constraints"
    body = UniqueBody
    tree_fields = (*Constraint.tree_fields, ("columns", list[str | KeyPart]))
    weight = 40

    def introspect(self, reader: SqliteReader) -> Iterator[Node]:  # type: ignore[override]
        """Those of all tables, as they are written."""
        for table in reader.tables:
            found = identified(table.ref, self.tag, table.text.uniques, default_name)
            for ordinal, (ref, text, fields) in enumerate(found):
                columns = parts_of(text.parts)
                yield Node(
                    ref=ref,
                    parent=table.ref,
                    body=UniqueBody(columns=columns, conflict=text.conflict, **fields),
                    needs=reader.columns_of(table.ref, columns_in(columns)),
                    ordinal=ordinal,
                )

    def spelled_fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """Columns as they are declared."""
        return {"columns": to_list(node.body.columns, node.ref.path[0], Names.of(catalog))}

    def facts(self, node: Node, catalog: Catalog) -> Facts:
        """It is unique."""
        return msgspec.structs.replace(super().facts(node, catalog), unique=True)

    def folded_fields(self, item: dict[str, Any]) -> dict[str, Any]:
        """Columns as parts."""
        return {"columns": from_list(item["columns"])}

    def default_name(self, fields: dict[str, Any]) -> str:
        """`email_key`."""
        return joined(columns_in(fields["columns"]), "key")

    def phrase(self, node: Node, names: Names) -> str:
        """`unique constraint on (email)`."""
        return f"unique constraint on ({render(node.body.columns, node.ref.path[0], names)})"


def default_name(text: UniqueText) -> str:
    """`email_key`."""
    return joined([part.name for part in text.parts], "key")


def inline(node: Node, _: Names) -> str:
    """The clause beside its column."""
    return f"{written_name(node)}UNIQUE{on_conflict(node.body.conflict)}"


def clause(node: Node, names: Names) -> str:
    """The clause of the table."""
    columns: Iterable[KeyPart] = node.body.columns
    inside = render(columns, node.ref.path[0], names)
    return f"{written_name(node)}UNIQUE ({inside}){on_conflict(node.body.conflict)}"
