"""What views, materialized views and composite types share: columns that are no nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body
from lockplane_postgres.kinds import tuning
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import COLUMN, FOREIGN_TABLE, MATERIALIZED_VIEW, TABLE, VIEW
from lockplane_postgres.quote import literal, quote
from lockplane_postgres.reader import USER_SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.session import Row
    from lockplane_postgres.reader import PgReader

_COLUMNS = f"""
SELECT c.oid, a.attname, format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation <> y.typcollation
            THEN quote_ident(ln.nspname) || '.' || quote_ident(l.collname) END,
       s.description, pg_get_expr(d.adbin, d.adrelid), d.oid, {{tuning}}
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_description s ON s.classoid = 'pg_class'::regclass AND s.objoid = c.oid
  AND s.objsubid = a.attnum
WHERE c.relkind = %s AND c.relpersistence <> 't' AND {USER_SCHEMAS}
ORDER BY c.oid, a.attnum
"""


class Output(Body, frozen=True, kw_only=True):
    """A column as a query makes it, or an attribute of a type, and the comment on it."""

    name: str
    type: str = ""
    collation: str | None = None
    comment: str | None = None

    @classmethod
    def read(cls, row: Row) -> Output:
        """From a row of `column_rows`."""
        name, type_, collation, comment, *_ = row
        return cls(name=name, type=type_, collation=collation, comment=comment)

    @property
    def shape(self) -> tuple[str, str, str | None]:
        """What readers rely on."""
        return (self.name, self.type, self.collation)


def noted(pg: PgReader, ref: Ref, oid: int, *others: int) -> Ref:
    """Its row type, the array of that and its rule stand for a view where something needs them."""
    pg.note(ref, "pg_class", oid)
    for catalog, other in zip(("pg_type", "pg_type", "pg_rewrite"), others, strict=True):
        pg.note(ref, catalog, other)
    return ref


def column_rows(pg: PgReader, relkind: str) -> Mapping[int, list[Row]]:
    """By relation, in order: name, type, collation, comment, default, its oid, and tuning."""
    found: dict[int, list[Row]] = {}
    query = _COLUMNS.format(tuning=tuning.columns(pg))
    for row in pg.rows(query, (relkind,)):
        found.setdefault(row[0], []).append(row[1:])
    return found


def shapes(columns: Iterable[Output]) -> list[tuple[str, str, str | None]]:
    """The columns as far as the query makes them."""
    return [column.shape for column in columns]


def extends(change: Change) -> bool:
    """Whether the new columns begin with the old ones."""
    old, new = shapes(change.old.body.columns), shapes(change.new.body.columns)
    return new[: len(old)] == old


def column_comments(relation: str, old: Iterable[Output], new: Iterable[Output]) -> Iterator[str]:
    """`COMMENT ON COLUMN` for each that differs; a column that was not there had none."""
    known = {column.name: column.comment for column in old}
    for column in new:
        if column.comment != known.get(column.name):
            words = "NULL" if column.comment is None else literal(column.comment)
            yield f"COMMENT ON COLUMN {relation}.{quote(column.name)} IS {words}"


def sources(node: Node) -> Iterator[Ref]:
    """The relations that the query reads."""
    for need in node.needs:
        if need.kind in (TABLE, VIEW, MATERIALIZED_VIEW, FOREIGN_TABLE):
            yield need
        elif need.kind == COLUMN:
            yield table_of(need)
