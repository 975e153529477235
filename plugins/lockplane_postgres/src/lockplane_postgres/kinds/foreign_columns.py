"""Columns and checks of foreign tables: parts of these, no nodes of their own."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lockplane_core.model.node import Body
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds import foreign_options
from lockplane_postgres.kinds.queries import Output
from lockplane_postgres.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lockplane_core.model.ref import Ref
    from lockplane_postgres.reader import PgReader

_COLUMNS = """
SELECT a.attrelid, d.oid, a.attname, format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation <> y.typcollation
            THEN quote_ident(ln.nspname) || '.' || quote_ident(l.collname) END,
       s.description, NOT a.attnotnull, a.attgenerated <> '', pg_get_expr(d.adbin, d.adrelid),
       a.attfdwoptions
FROM pg_foreign_table t
JOIN pg_attribute a ON a.attrelid = t.ftrelid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_description s ON s.classoid = 'pg_class'::regclass AND s.objoid = a.attrelid
  AND s.objsubid = a.attnum
ORDER BY a.attrelid, a.attnum
"""
_CHECKS = """
SELECT k.conrelid, k.oid, k.conname, pg_get_expr(k.conbin, k.conrelid), k.convalidated,
       k.connoinherit
FROM pg_foreign_table t JOIN pg_constraint k ON k.conrelid = t.ftrelid
WHERE k.contype = 'c'
ORDER BY k.conrelid, k.conname
"""


class ForeignColumn(Output, frozen=True, kw_only=True):
    """A column; what is `generated` is so by its default."""

    nullable: bool = True
    generated: bool = False
    default: SqlText | None = None
    options: tuple[str, ...] = ()

    def written(self) -> str:
        """As CREATE and ADD COLUMN have it."""
        words = [f"{quote(self.name)} {self.type}{foreign_options.listed(self.options)}"]
        words += [f"COLLATE {self.collation}"] if self.collation else []
        words += [] if self.nullable else ["NOT NULL"]
        if self.generated:
            words.append(f"GENERATED ALWAYS AS ({self.default}) STORED")
        elif self.default is not None:
            words.append(f"DEFAULT {self.default}")
        return " ".join(words)


class Check(Body, frozen=True, kw_only=True):
    """What is taken on trust of the foreign rows."""

    name: str
    expression: SqlText
    validated: bool = True
    no_inherit: bool = False

    def written(self) -> str:
        """As CREATE and ADD have it."""
        words = f"CONSTRAINT {quote(self.name)} CHECK ({self.expression})"
        words += " NO INHERIT" if self.no_inherit else ""
        return words if self.validated else f"{words} NOT VALID"


def columns(pg: PgReader, refs: Mapping[int, Ref]) -> Mapping[int, list[ForeignColumn]]:
    """By table; what stands behind a default stands behind the table."""
    found: defaultdict[int, list[ForeignColumn]] = defaultdict(list)
    for table, default_oid, *row in pg.rows(_COLUMNS):
        name, type_, collation, comment, nullable, generated, default, options = row
        if table in refs and default_oid:
            pg.note(refs[table], "pg_attrdef", default_oid)
        found[table].append(
            ForeignColumn(
                name=name,
                type=type_,
                collation=collation,
                comment=comment,
                nullable=nullable,
                generated=generated,
                default=default,
                options=foreign_options.read(options),
            )
        )
    return found


def checks(pg: PgReader, refs: Mapping[int, Ref]) -> Mapping[int, list[Check]]:
    """By table."""
    found: defaultdict[int, list[Check]] = defaultdict(list)
    for table, oid, name, expression, validated, no_inherit in pg.rows(_CHECKS):
        if table in refs:
            pg.note(refs[table], "pg_constraint", oid)
        check = Check(name=name, expression=expression, validated=validated, no_inherit=no_inherit)
        found[table].append(check)
    return found


def actions(
    old: Sequence[ForeignColumn],
    new: Sequence[ForeignColumn],
    old_checks: Sequence[Check],
    new_checks: Sequence[Check],
) -> Iterator[str]:
    """What leads from one to the other; `old` columns are the first of `new` by name and type."""
    yield from (f"DROP CONSTRAINT {quote(c.name)}" for c in old_checks if c not in new_checks)
    for before, after in zip(old, new, strict=False):
        action = f"ALTER COLUMN {quote(after.name)}"
        if before.default != after.default:
            is_set = after.default is not None
            yield f"{action} SET DEFAULT {after.default}" if is_set else f"{action} DROP DEFAULT"
        if before.nullable != after.nullable:
            yield f"{action} {'DROP' if after.nullable else 'SET'} NOT NULL"
        options = foreign_options.changed(before.options, after.options)
        yield f"{action} {options}" if options else ""
    yield from (f"ADD COLUMN {column.written()}" for column in new[len(old) :])
    yield from (f"ADD {c.written()}" for c in new_checks if c not in old_checks)
