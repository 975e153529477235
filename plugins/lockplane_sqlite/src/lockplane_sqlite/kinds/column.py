"""Kind: a column."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.text import SqlText
from lockplane_core.spi.kind import Kind
from lockplane_sqlite import refs
from lockplane_sqlite.ddl.table import words_of
from lockplane_sqlite.features import ALTER_COLUMN
from lockplane_sqlite.kinds.constraint import on_conflict
from lockplane_sqlite.quote import quote, upper, words
from lockplane_sqlite.support import of_part
from lockplane_sqlite.tokens import Unterminated, canonical, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.facts import Facts
    from lockplane_core.spi.support import Support
    from lockplane_sqlite.ddl.shapes import ColumnText
    from lockplane_sqlite.reader import ColumnFact, SqliteReader

_HIDDEN_GENERATED = (2, 3)


class ColumnBody(Body, frozen=True, kw_only=True):
    """`type` is verbatim, and may be empty; `default` is as it stands after DEFAULT.

    `constraint_names` names clauses whose names SQLite reads and never uses, by clause.
    """

    type: SqlText = ""
    nullable: bool = True
    default: SqlText | None = None
    collation: str = ""
    generated: SqlText | None = None
    stored: bool = False
    conflict: str = ""
    constraint_names: dict[str, str] = msgspec.field(default_factory=dict)


class ColumnItem(ColumnBody, frozen=True, kw_only=True):
    """A column as schema JSON has it."""

    name: str
    is_primary_key: bool = False
    renamed_from: str = ""


class Column(Kind):
    """A part of a table; the table's kind makes, changes and drops it."""

    tag = refs.COLUMN
    plural = "columns"
    role = "column"
    parent = refs.TABLE
    body = ColumnBody
    weight = 30
    since = MappingProxyType({"SET, DROP NOT NULL": ALTER_COLUMN})

    def support(self) -> Support:
        """What the table's kind does for it."""
        return of_part(self.tag, super().support())

    def introspect(self, reader: SqliteReader) -> Iterator[Node]:  # type: ignore[override]
        """Those of all tables: texts as they are written, the rest as the pragmas say."""
        for table in reader.tables:
            pairs = zip(table.text.columns, table.columns, strict=True)
            for ordinal, (text, fact) in enumerate(pairs):
                yield Node(
                    ref=refs.column(table.ref, fact.name),
                    parent=table.ref,
                    body=_body(text, fact),
                    needs=reader.columns_of(table.ref, _mentioned(text.generated)),
                    ordinal=ordinal,
                )

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """As schema JSON; what the table's kind knows of it comes later."""
        body: ColumnBody = node.body
        first = {"name": node.ref.name, "type": body.type, "nullable": body.nullable}
        return first | super().to_tree(node, catalog)

    def from_tree(self, item: dict[str, Any], parent: Ref | None) -> Iterator[Node]:
        """The column of an item, which the table's kind has relieved of what is not its own."""
        fields = dict(item)
        assert parent is not None  # noqa: S101 - columns stand below a table
        ref = refs.column(parent, fields.pop("name"))
        yield Node(ref=ref, parent=parent, body=msgspec.convert(fields, self.body))

    def facts(self, node: Node, catalog: Catalog) -> Facts:
        """What schema JSON says; a default of NULL fills nothing."""
        found = super().facts(node, catalog)
        body: ColumnBody = node.body
        return msgspec.structs.replace(found, fills=has_value(body))


def _body(text: ColumnText, fact: ColumnFact) -> ColumnBody:
    is_read = (text.generated is not None) == (fact.hidden in _HIDDEN_GENERATED)
    assert is_read  # noqa: S101 - the reader has compared the columns already
    return ColumnBody(
        type=text.type,
        nullable=not fact.not_null,
        default=text.default,
        collation=text.collation,
        generated=text.generated,
        stored=text.stored,
        conflict=text.conflict,
        constraint_names=text.constraint_names,
    )


def _mentioned(expression: str | None) -> tuple[str, ...]:
    if expression is None:
        return ()
    try:
        return words_of(scan(expression))
    except Unterminated:
        return ()


def has_value(body: ColumnBody) -> bool:
    """Whether a row that names no value for the column gets one that is not NULL."""
    if body.generated is not None:
        return True
    return body.default is not None and canonical(body.default).strip("() ") != "NULL"


def default_sql(default: str) -> str:
    """A default as it may stand after DEFAULT: what is no literal needs parentheses."""
    tokens = scan(default)
    signed = tokens[1:] if tokens and tokens[0].upper in ("+", "-") else tokens
    if default.startswith("(") or (
        len(signed) == 1 and is_literal(signed[0].upper, signed[0].kind)
    ):
        return default
    return f"({default})"


def is_literal(word: str, kind: str) -> bool:
    """Whether a token is a value by itself."""
    return kind in ("string", "number", "blob") or word in _VALUES


_VALUES = words("NULL TRUE FALSE CURRENT_TIME CURRENT_DATE CURRENT_TIMESTAMP")


def is_constant(default: str) -> bool:
    """Whether ADD COLUMN takes it for rows that are there: no expression, no clock."""
    return not default.startswith("(") and not upper(default).startswith("CURRENT_")


def head(node: Node, *, not_null_is_implied: bool) -> str:
    """Name, type, collation, NOT NULL and default."""
    body: ColumnBody = node.body
    sql = quote(node.ref.name)
    sql += f" {body.type}" if body.type else ""
    sql += f" {_named(body, 'collate')}COLLATE {quote(body.collation)}" if body.collation else ""
    is_plain = not (body.conflict or body.constraint_names.get("not_null"))
    if not body.nullable and not (not_null_is_implied and is_plain):
        sql += f" {_named(body, 'not_null')}NOT NULL{on_conflict(body.conflict)}"
    if body.default is not None:
        sql += f" {_named(body, 'default')}DEFAULT {default_sql(body.default)}"
    return sql


def generation(node: Node) -> str:
    """`GENERATED ALWAYS AS (…)`, or nothing."""
    body: ColumnBody = node.body
    if body.generated is None:
        return ""
    kind = "STORED" if body.stored else "VIRTUAL"
    return f"{_named(body, 'generated')}GENERATED ALWAYS AS ({body.generated}) {kind}"


def _named(body: ColumnBody, clause: str) -> str:
    name = body.constraint_names.get(clause, "")
    return f"CONSTRAINT {quote(name)} " if name else ""
