"""Columns: added, altered in place, dropped; never made anew where there is an ALTER.

A column's steps settle its default and the sequences that it owns wherever they come or go
with it. A generated column holds nothing of its own, so it may be made again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Effect, Guard, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds import casts
from lockplane_postgres.kinds.base import (
    CHECK,
    COLUMN,
    DEFAULT,
    EXCLUSION,
    FOREIGN_KEY,
    INDEX,
    PRIMARY_KEY,
    SEQUENCE,
    TABLE,
    UNIQUE,
    Counting,
    PgKind,
    as_pg,
    comment_of,
    first_value,
    leaving,
    relation_name,
    sequence_alterations,
    sequence_clauses,
    sequence_fields,
    table_of,
)
from lockplane_postgres.kinds.default import default_of, set_default
from lockplane_postgres.kinds.implicit import implicit_name
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.quote import literal, qualified, quote, spoken
from lockplane_postgres.reader import TABLES, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.dialect import Reader
    from lockplane_core.spi.session import Row

_COLUMNS = (
    TABLES
    + """
SELECT t.oid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       CASE WHEN a.attcollation <> y.typcollation THEN
         CASE WHEN cn.nspname = 'pg_catalog' THEN quote_ident(co.collname)
              ELSE quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END
       END,
       a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid), a.attidentity::text,
       format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache,
       q.seqcycle
FROM t
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum AND a.attgenerated <> ''
LEFT JOIN pg_depend i ON a.attidentity <> '' AND i.refclassid = 'pg_class'::regclass
  AND i.refobjid = t.oid AND i.refobjsubid = a.attnum AND i.classid = 'pg_class'::regclass
  AND i.deptype = 'i'
LEFT JOIN pg_sequence q ON q.seqrelid = i.objid
ORDER BY t.oid, a.attnum
"""
)
_VIRTUAL = "v"
_ALWAYS = "a"
_SET_EXPRESSION_SINCE = 17
_REBUILT = frozenset({CHECK, DEFAULT, EXCLUSION, INDEX, PRIMARY_KEY, UNIQUE})
"""What the server itself makes again when a column gets another type."""


class Identity(Counting, frozen=True, kw_only=True):
    """GENERATED ALWAYS or BY DEFAULT AS IDENTITY, and how it counts."""

    always: bool


class Generated(Body, frozen=True, kw_only=True):
    """GENERATED ALWAYS AS (…), kept in the table or, since 18, worked out by each reader."""

    expression: SqlText
    virtual: bool = False


class ColumnBody(Body, frozen=True, kw_only=True):
    """`type` as format_type() says it; `collation` only where it is not that of the type."""

    type: str
    nullable: bool = True
    collation: str = ""
    identity: Identity | None = None
    generated: Generated | None = None


class ColumnKind(PgKind):
    """Ref: (schema, table, name)."""

    tag = COLUMN
    plural = "columns"
    role = "column"
    body = ColumnBody
    parent = TABLE
    weight = 50
    keyword = "COLUMN"
    embeds = PgKind.embeds | {DEFAULT}
    tree_fields = (
        *PgKind.tree_fields,
        ("default", str | None, None),
        ("is_primary_key", bool, False),
    )

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All columns of modelled tables, in their order."""
        pg = as_pg(reader)
        for table, row in of_tables(pg, pg.rows(_COLUMNS)):
            ref = pg.note(table.child(self.tag, row[2]), "pg_class", row[0], row[1])
            yield Node(ref=ref, parent=table, body=_body(row), ordinal=row[1])

    def commented(self, node: Node) -> str:
        """`COLUMN users.email`."""
        return f"COLUMN {qualified(*node.ref.path[:2])}.{quote(node.ref.name)}"

    # -- what else must move -----------------------------------------------------------------

    def rebuilds(self, node: Node) -> bool:
        """A generated column is worked out from others."""
        return node.body.generated is not None

    def must_replace(self, change: Change, before: Catalog, after: Catalog) -> bool:
        """Whether only DROP COLUMN and ADD COLUMN lead from one to the other."""
        old, new = change.old.body.generated, change.new.body.generated
        if new is None:
            return old is not None and old.virtual  # DROP EXPRESSION is for stored ones (18)
        if old is None or old.virtual != new.virtual:
            return True
        return old.expression != new.expression and not _knows_set_expression(before, after)

    def displaces(self, change: Change, dependant: Node) -> bool:
        """All that stands on a column of another type, but for what the server rebuilds.

        It rebuilds foreign keys as well, but can not while the two sides have types that do
        not compare.
        """
        if change.action == "replace":
            return True
        old, new = change.old.body, change.new.body
        if dependant.ref.kind == FOREIGN_KEY:
            return not casts.comparable(old.type, new.type)
        if (old.type, old.collation) != (new.type, new.collation):
            return dependant.ref.kind not in _REBUILT
        return False

    # -- changing ----------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ADD COLUMN`, with its default and its sequences."""
        node = change.new
        table = table_of(node.ref)
        sequences = owned_sequences(node.ref, before, after)
        default = default_of(node.ref, after)
        step = Step(
            description=f"Add column {node.ref.name} to table {spoken(table.path)}",
            sql=(
                *(create_sequence(sequence) for sequence in sequences),
                f"ALTER TABLE {qualified(*table.path)} ADD COLUMN {definition(node, default)}",
                *(own_sequence(sequence) for sequence in sequences),
            ),
            effects=("rewrite",) if _fills_rows(node, sequences) else (),
            locks=existing(before, ACCESS_EXCLUSIVE, table),
            guards=tuple(_required(node, default, table, before)),
        )
        made = self.made(change, step, also=[*([default] if default else []), *sequences])
        yield _taking_name(made, node.ref) if node.body.identity else made

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP COLUMN`: what it holds is lost, unless it was worked out from others."""
        ref = change.old.ref
        table = table_of(ref)
        keeps = self.rebuilds(change.old)
        effects: tuple[Effect, ...] = ("breaking",) if keeps else ("data_loss", "breaking")
        step = Step(
            description=f"Drop column {ref.name} from table {spoken(table.path)}",
            sql=(f"ALTER TABLE {qualified(*table.path)} DROP COLUMN {quote(ref.name)}",),
            effects=effects,
            locks=existing(before, ACCESS_EXCLUSIVE, table),
        )
        yield self.gone(change, leaving(ref, before, after), step)

    def replace(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Drop it and add it, at the end of the table."""
        yield from self.drop(change, before, after)
        yield from self.create(change, before, after)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """A step for each thing that differs, in an order that PostgreSQL accepts."""
        yield from _Altering(self, change, before, after).steps()

    # -- JSON --------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """Name, type, nullable, default and whether it is part of the primary key."""
        item: dict[str, Any] = {"name": node.ref.name, "type": node.body.type}
        item["nullable"] = node.body.nullable
        default = default_of(node.ref, catalog)
        if default:
            item["default"] = default.body.expression
        keys = catalog.children(table_of(node.ref), PRIMARY_KEY)
        item["is_primary_key"] = any(node.ref.name in key.body.columns for key in keys)
        rest = msgspec.to_builtins(node.body)
        return item | {k: v for k, v in rest.items() if k not in item} | comment_of(node, catalog)


class _Altering:
    """The steps of one altered column; all of them alter it, and together they settle it."""

    def __init__(self, kind: ColumnKind, change: Change, before: Catalog, after: Catalog) -> None:
        self.kind, self.change, self.before, self.after = kind, change, before, after
        self.old: ColumnBody = change.old.body
        self.new: ColumnBody = change.new.body
        self.ref = change.new.ref
        self.table = table_of(self.ref)
        self.name = spoken(self.ref.path)

    def steps(self) -> Iterator[Step]:
        yield from self._expression()
        if self.old.identity and not self.new.identity:
            yield self._step(f"Drop identity of {self.name}", "DROP IDENTITY")
        if (self.old.type, self.old.collation) != (self.new.type, self.new.collation):
            yield self._type()
        if self.old.nullable != self.new.nullable:
            yield self._nullability()
        if self.new.identity and self.old.identity != self.new.identity:
            yield _taking_name(self._identity(self.old.identity, self.new.identity), self.ref)

    def _expression(self) -> Iterator[Step]:
        """What must_replace leaves: the expression goes, or is another one (17)."""
        old, new = self.old.generated, self.new.generated
        if old and not new:
            yield self._step(f"Keep the values of {self.name} as they are", "DROP EXPRESSION")
        elif old and new and old != new:
            yield self._step(
                f"Change expression of {self.name}",
                f"SET EXPRESSION AS ({new.expression})",
                effects=() if new.virtual else ("rewrite",),
            )

    def _type(self) -> Step:
        """The type, with the default out of the way meanwhile (manual, ALTER TABLE)."""
        old, new = self.old.type, self.new.type
        was, will = default_of(self.ref, self.before), default_of(self.ref, self.after)
        collation = f" COLLATE {self.new.collation}" if self.new.collation else ""
        cast = casts.using(quote(self.ref.name), old, new)
        using = f" USING {cast}" if cast else ""
        said = (
            f"type of {self.name} from {old} to {new}"
            if old != new
            else f"collation of {self.name}"
        )
        step = self._step(
            f"Change {said}",
            *(["DROP DEFAULT"] if was else []),
            f"TYPE {new}{collation}{using}",
            *([set_default(will)] if will else []),
            also=[will] if will else [],
            effects=casts.effects(old, new),
            guards=tuple(self._casts()),
            locked=_linked(self.ref, self.before),
            undo=f"Change type of {self.name} back to {new}" if old != new else "",
        )
        return _ending(step, was) if was else step

    def _nullability(self) -> Step:
        action = "DROP NOT NULL" if self.new.nullable else "SET NOT NULL"
        column, table = quote(self.ref.name), qualified(*self.table.path)
        guard = Guard(
            query=f"SELECT 1 FROM {table} WHERE {column} IS NULL LIMIT 1",
            message=f"{self.name} holds NULLs",
        )
        return self._step(
            f"Change nullability of {self.name} to {str(self.new.nullable).lower()}",
            action,
            effects=() if self.new.nullable else ("scan",),
            guards=() if self.new.nullable else (guard,),
            undo=f"{'Allow nulls' if self.new.nullable else 'Require non-null'} in {self.name}",
        )

    def _casts(self) -> Iterator[Guard]:
        query = casts.offences(quote(self.ref.name), self.old.type, self.new.type)
        if query:
            yield Guard(
                query=f"SELECT 1 FROM {qualified(*self.table.path)} WHERE {query} LIMIT 1",
                message=f"{self.name} holds values that are no {self.new.type}",
            )

    def _identity(self, old: Identity | None, new: Identity) -> Step:
        if old is None:
            return self._step(
                f"Make {self.name} an identity column",
                f"ADD {identity_clause(new)}",
                more=(_advance(self.ref, new),),
                effects=("scan",),
            )
        actions = []
        if old.always != new.always:
            actions.append(f"SET GENERATED {'ALWAYS' if new.always else 'BY DEFAULT'}")
        actions += [f"SET {clause}" for clause in sequence_alterations(old, new)]
        if old.increment * new.increment < 0:
            actions.append("RESTART")  # where it stands is out of its new bounds
        return self._step(f"Change identity of {self.name}", " ".join(actions))

    def _step(  # noqa: PLR0913 - all but the first two are named
        self,
        description: str,
        *actions: str,
        also: Iterable[Node] = (),
        more: tuple[str, ...] = (),
        effects: tuple[Effect, ...] = (),
        guards: tuple[Guard, ...] = (),
        locked: Iterable[Ref] = (),
        undo: str = "",
    ) -> Step:
        column = quote(self.ref.name)
        parts = ", ".join(f"ALTER COLUMN {column} {action}" for action in actions)
        step = Step(
            description=description,
            sql=(f"ALTER TABLE {qualified(*self.table.path)} {parts}", *more),
            effects=effects,
            locks=existing(self.before, ACCESS_EXCLUSIVE, self.table, *locked),
            guards=guards,
            undo_description=undo,
        )
        return self.kind.made(self.change, step, also=also)


def _linked(column: Ref, before: Catalog) -> list[Ref]:
    """The tables at the other ends of foreign keys on a column: made again, they lock both."""
    found = []
    for key in before.dependants(column):
        if key.ref.kind == FOREIGN_KEY:
            found += [table_of(key.ref), Ref(TABLE, key.body.references)]
    return sorted(found)


def _ending(step: Step, default: Node) -> Step:
    """`step` as one that also ends the default that was there."""
    return msgspec.structs.replace(
        step,
        destroys=tuple(dict.fromkeys((*step.destroys, default.ref))),
        settles=tuple(dict.fromkeys((*step.settles, default.ref))),
        consumes=tuple(sorted({*step.consumes, *default.needs})),
    )


def _taking_name(step: Step, column: Ref) -> Step:
    """`step` as one that waits until the name of the identity's sequence is free."""
    schema, table, name = column.path
    taken = relation_name(schema, implicit_name(table, name, "seq"))
    return msgspec.structs.replace(step, produces=(*step.produces, taken))


# -- SQL ---------------------------------------------------------------------------------------


def definition(node: Node, default: Node | None) -> str:
    """The column as CREATE TABLE and ADD COLUMN write it."""
    body: ColumnBody = node.body
    words = [quote(node.ref.name), body.type]
    if body.collation:
        words.append(f"COLLATE {body.collation}")
    if body.generated:
        kind = "VIRTUAL" if body.generated.virtual else "STORED"
        words.append(f"GENERATED ALWAYS AS ({body.generated.expression}) {kind}")
    if body.identity:
        words.append(identity_clause(body.identity))
    if not body.nullable:
        words.append("NOT NULL")
    if default:
        words.append(f"DEFAULT {default.body.expression}")
    return " ".join(words)


def identity_clause(identity: Identity) -> str:
    options = sequence_clauses(identity)
    counting = f" ({' '.join(options)})" if options else ""
    return f"GENERATED {'ALWAYS' if identity.always else 'BY DEFAULT'} AS IDENTITY{counting}"


def _advance(ref: Ref, identity: Identity) -> str:
    """Go on after the values that are there, so that the next row does not meet one of them."""
    table, column = qualified(*ref.path[:2]), quote(ref.name)
    furthest = f"{'max' if identity.increment > 0 else 'min'}({column})"
    sequence = f"pg_get_serial_sequence({literal(table)}, {literal(ref.name)})"
    beyond = ">=" if identity.increment > 0 else "<="
    return (
        f"SELECT setval({sequence}, {furthest}) FROM {table} "
        f"HAVING {furthest} {beyond} {first_value(identity)}"
    )


def owned_sequences(column: Ref, before: Catalog, after: Catalog) -> list[Node]:
    """The sequences that a new column owns and that come with it."""
    return [node for node in after.children(column, SEQUENCE) if node.ref not in before]


def create_sequence(sequence: Node) -> str:
    """CREATE SEQUENCE before its owner exists."""
    from lockplane_postgres.kinds import sequence as kind

    free = msgspec.structs.replace(sequence.body, owned_by=None)
    return kind.create_sequence(msgspec.structs.replace(sequence, body=free))


def own_sequence(sequence: Node) -> str:
    """ALTER SEQUENCE … OWNED BY."""
    schema, name = sequence.ref.path
    table, column = sequence.body.owned_by
    owner = f"{qualified(schema, table)}.{quote(column)}"
    return f"ALTER SEQUENCE {qualified(schema, name)} OWNED BY {owner}"


def _fills_rows(node: Node, sequences: list[Node]) -> bool:
    """Whether each row that is there gets a value of its own."""
    body: ColumnBody = node.body
    stored = body.generated is not None and not body.generated.virtual
    return stored or body.identity is not None or bool(sequences)


def _required(node: Node, default: Node | None, table: Ref, before: Catalog) -> Iterator[Guard]:
    """A column without a value for the rows that are there needs a table without rows."""
    body: ColumnBody = node.body
    if body.nullable or default or body.identity or body.generated or table not in before:
        return
    yield Guard(
        query=f"SELECT 1 FROM {qualified(*table.path)} LIMIT 1",
        message=f"{spoken(node.ref.path)} is NOT NULL and has no default, "
        f"and {spoken(table.path)} has rows",
    )


def _knows_set_expression(before: Catalog, after: Catalog) -> bool:
    majors = [int(c.version.partition(".")[0] or 0) for c in (before, after)]
    return min(majors) >= _SET_EXPRESSION_SINCE


# -- reading -----------------------------------------------------------------------------------


def _body(row: Row) -> ColumnBody:
    _, _, _, type_, not_null, collation, generated, expression, identity, *sequence = row
    return ColumnBody(
        type=type_,
        nullable=not not_null,
        collation=collation or "",
        generated=(
            Generated(expression=expression, virtual=generated == _VIRTUAL) if generated else None
        ),
        identity=_read_identity(identity, sequence) if identity else None,
    )


def _read_identity(identity: str, sequence: list[Any]) -> Identity:
    *counting, cycle = sequence
    fields = sequence_fields(*counting, cycle=cycle)
    del fields["type"]  # follows that of the column
    return Identity(always=identity == _ALWAYS, **fields)
