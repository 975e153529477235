"""Columns: added, altered in place, dropped; never made anew where there is an ALTER.

A column's steps settle its default and the sequences that it owns wherever they come or go
with it. A generated column holds nothing of its own, so it may be made again.
"""

from __future__ import annotations

from sys import intern
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.change import Change
from lockplane_core.model.node import Node
from lockplane_core.model.step import Guard, Step
from lockplane_postgres.kinds import casts, column_family, descent, online, tuning
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.column_body import ColumnBody, Generated, Identity
from lockplane_postgres.kinds.column_changes import (
    freeing_names,
    must_replace,
    taking_names,
)
from lockplane_postgres.kinds.column_sql import definition, tuned
from lockplane_postgres.kinds.counting import sequence_fields
from lockplane_postgres.kinds.default import DefaultKind, default_of
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.sequence_sql import (
    create_unowned,
    other_owner,
    own_sequence,
    owned_sequences,
)
from lockplane_postgres.kinds.subtree import leaving, returns
from lockplane_postgres.kinds.tags import (
    CHECK,
    COLUMN,
    COMMENT,
    DEFAULT,
    EXCLUSION,
    FOREIGN_KEY,
    INDEX,
    PRIMARY_KEY,
    TABLE,
    UNIQUE,
)
from lockplane_postgres.kinds.type_uses import is_ruled, wants_value
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote, spoken
from lockplane_postgres.reader import TABLES, as_pg, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.reader import Reader
    from lockplane_core.spi.session import Row

_COLUMNS = (
    TABLES
    + """
SELECT t.oid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       CASE WHEN a.attcollation <> y.typcollation THEN
         (SELECT CASE WHEN n.nspname = 'pg_catalog' THEN quote_ident(c.collname)
                      ELSE quote_ident(n.nspname) || '.' || quote_ident(c.collname) END
          FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
          WHERE c.oid = a.attcollation)
       END,
       a.attgenerated::text,
       CASE WHEN a.attgenerated <> '' THEN
         (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
          WHERE d.adrelid = t.oid AND d.adnum = a.attnum)
       END,
       a.attidentity::text,
       CASE WHEN a.attidentity <> '' THEN
         (SELECT jsonb_build_array(format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement,
                                   q.seqmin, q.seqmax, q.seqcache, q.seqcycle)::text
          FROM pg_depend i JOIN pg_sequence q ON q.seqrelid = i.objid
          WHERE i.refclassid = 'pg_class'::regclass AND i.refobjid = t.oid
            AND i.refobjsubid = a.attnum AND i.classid = 'pg_class'::regclass AND i.deptype = 'i')
       END,
       a.attinhcount > 0 AND NOT a.attislocal AND NOT t.relispartition,
       {unvalidated},
       {tuning}
FROM t
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
{not_nulls}
"""
)
_NOT_NULLS = """
LEFT JOIN (
  SELECT k.conrelid, k.conkey[1] AS attnum, k.conname FROM pg_constraint k
  WHERE k.contype = 'n' AND NOT k.convalidated AND NOT k.connoinherit
    AND NOT EXISTS (SELECT FROM pg_inherits h WHERE k.conrelid IN (h.inhrelid, h.inhparent))
) k ON k.conrelid = t.oid AND k.attnum = a.attnum
"""
# What few columns have is looked up for these alone: CASE keeps the server from joining it to all.
_VIRTUAL = "v"
_ALWAYS = "a"
_REBUILT = frozenset({CHECK, DEFAULT, EXCLUSION, INDEX, PRIMARY_KEY, UNIQUE})
"""What the server itself makes again when a column gets another type."""


class ColumnKind(PgKind):
    """Ref: (schema, table, name)."""

    tag = COLUMN
    plural = "columns"
    role = "column"
    body = ColumnBody
    parent = TABLE
    weight = 50
    keyword = "COLUMN"
    renamable = True
    since = MappingProxyType(
        {
            "generated.virtual": "18",
            "tuning.compression": tuning.COMPRESSION_SINCE,
            "unvalidated": "18",
        }
    )
    embeds = PgKind.embeds | {DEFAULT}
    tree_fields = (
        *PgKind.tree_fields,
        ("default", str | None, None),
        ("is_primary_key", bool, False),
    )

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All columns of modelled tables; equal bodies are one value, as there are many."""
        pg = as_pg(reader)
        query = _COLUMNS.format(
            tuning=tuning.columns(pg),
            unvalidated=pg.since(self.since["unvalidated"], "k.conname", "NULL"),
            not_nulls=pg.since(self.since["unvalidated"], _NOT_NULLS, ""),
        )
        bodies: dict[Row, ColumnBody] = {}
        for table, (oid, number, name, *facts, options) in of_tables(pg, pg.rows(query)):
            said = (*facts, tuple(options or ()))
            body = bodies.get(said)
            if body is None:
                body = bodies[said] = _body(said)
            ref = pg.note(table.child(self.tag, intern(name)), "pg_class", oid, number)
            yield Node(ref=ref, parent=table, body=body, ordinal=number)

    def commented(self, node: Node) -> str:
        """`COLUMN users.email`."""
        return f"COLUMN {qualified(*node.ref.path[:2])}.{quote(node.ref.name)}"

    def renaming(self, node: Node) -> str:
        """`ALTER TABLE users RENAME COLUMN email`."""
        table = qualified(*node.ref.path[:2])
        return f"ALTER TABLE {table} RENAME COLUMN {quote(node.ref.name)}"

    def renamed_along(self, old: Ref, new: Ref, catalog: Catalog) -> Iterable[tuple[Ref, Ref]]:
        """The columns of heirs."""
        return descent.renamed_along(old, new, catalog)

    def kept_as(self, kept: Any, ref: Ref) -> Any:
        """Privileges on a column name it."""
        grants = (msgspec.structs.replace(grant, column=ref.name) for grant in kept.grants)
        return msgspec.structs.replace(kept, grants=tuple(sorted(grants)))

    # -- what else must move -----------------------------------------------------------------

    def rebuilds(self, node: Node) -> bool:
        """A generated column is worked out from others."""
        return node.body.generated is not None

    def must_replace(self, change: Change, before: Catalog, after: Catalog) -> bool:
        """Whether only DROP COLUMN and ADD COLUMN lead from one to the other."""
        return must_replace(change.old.body, change.new.body, before, after)

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
        if change.action == "create" and column_family.has_head(node.ref, after, before):
            return
        if node.body.inherited and not descent.is_partition(table, after):
            raise _declared(node)
        sequences = owned_sequences(node.ref, before, after)
        default = default_of(node.ref, after)
        if default and returns(default, {below.ref for below in after.subtree(node.ref)}, after):
            default = None  # its own step sets it
        step = Step(
            description=f"Add column {node.ref.name} to table {spoken(table.path)}",
            sql=(
                *(create_unowned(sequence) for sequence in sequences),
                f"ALTER TABLE {qualified(*table.path)} ADD COLUMN {definition(node, default)}",
                *tuned(node, only=bool(column_family.members(node.ref, before, after, after))),
                *(sql for sequence in sequences for sql in own_sequence(sequence, before)),
            ),
            consumes=tuple(role for s in sequences for role in other_owner(s, before)),
            effects=("rewrite",) if _fills_rows(node, sequences) or is_ruled(node, after) else (),
            locks=existing(before, ACCESS_EXCLUSIVE, table),
            guards=tuple(_required(node, default, before, after)),
        )
        made = self.made(change, step, also=[*([default] if default else []), *sequences])
        made = column_family.with_added(self, change, made, default, before, after)
        yield taking_names(made, [node])

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP COLUMN`: what it holds is lost, unless it was worked out from others."""
        ref = change.old.ref
        table = table_of(ref)
        if change.action == "drop" and column_family.has_head(ref, before, after):
            return
        going = leaving(ref, before, after)
        default = default_of(ref, before)
        if default and returns(default, {node.ref for node in going}, before):
            yield from DefaultKind().drop(Change(action="drop", before=default), before, after)
            going = going.replace(node for node in going if node != default)
        step = Step(
            description=f"Drop column {ref.name} from table {spoken(table.path)}",
            sql=(f"ALTER TABLE {qualified(*table.path)} DROP COLUMN {quote(ref.name)}",),
            effects=("breaking",) if self.rebuilds(change.old) else ("data_loss", "breaking"),
            locks=existing(before, ACCESS_EXCLUSIVE, table),
        )
        gone = column_family.with_dropped(change, self.gone(change, going, step), before, after)
        yield freeing_names(gone, [change.old])

    def replace(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Drop it and add it, at the end of the table."""
        if column_family.is_led(change, before, after):
            return
        yield from self.drop(change, before, after)
        yield from self.create(change, before, after)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """A step for each thing that differs, in an order that PostgreSQL accepts."""
        change = _own(change)
        yield from column_family.altered(self, change, before, after)

    def online(self, step: Step, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """NOT NULL for new rows first, or by way of a check that is validated beforehand."""
        if change.action != "alter" or step.sql != (online.set_not_null(change.ref),):
            return (step,)
        if not online.stands(table_of(change.ref), before, after):
            return (step,)
        return online.not_null(step, change.ref, before, after)

    # -- JSON --------------------------------------------------------------------------------

    def to_tree(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """Name, type, nullable, default and whether it is part of the primary key."""
        keys = catalog.children(table_of(node.ref), PRIMARY_KEY)
        return column_item(node, catalog, {name for key in keys for name in key.body.columns})


def column_item(node: Node, catalog: Catalog, keys: AbstractSet[str]) -> dict[str, Any]:
    """A column as schema JSON; `keys` are the columns of the primary key of its table."""
    item: dict[str, Any] = {"name": node.ref.name, "type": node.body.type}
    item["nullable"] = node.body.nullable
    below = {child.ref.kind: child.body for child in catalog.children(node.ref)}
    if DEFAULT in below:
        item["default"] = below[DEFAULT].expression
    item["is_primary_key"] = node.ref.name in keys
    item |= {k: v for k, v in msgspec.to_builtins(node.body).items() if k not in item}
    if COMMENT in below:
        item["comment"] = below[COMMENT].text
    return item


def _own(change: Change) -> Change:
    """The change without who declares the column, which changes by other steps.

    A table that is detached declares all its columns; none ever stops to.
    """
    old, new = change.old, change.new
    if new.body.inherited and not old.body.inherited:
        raise _declared(new)
    same = msgspec.structs.replace(old.body, inherited=new.body.inherited)
    return msgspec.structs.replace(change, before=msgspec.structs.replace(old, body=same))


def _declared(column: Node) -> UnsupportedChange:
    """A column of a table that is there can not come to be there for its parents' sake alone."""
    return UnsupportedChange(
        f"{spoken(column.ref.path)} is declared by its table, and shall only be inherited",
        hint="PostgreSQL has no statement for that. Declare the column in both tables, or let "
        "the schema say ALTER TABLE … INHERIT.",
    )


def _fills_rows(node: Node, sequences: list[Node]) -> bool:
    """Whether each row that is there gets a value of its own."""
    body: ColumnBody = node.body
    stored = body.generated is not None and not body.generated.virtual
    return stored or body.identity is not None or bool(sequences)


def _required(node: Node, default: Node | None, before: Catalog, after: Catalog) -> Iterator[Guard]:
    """A column without a value for the rows that are there needs a table without rows."""
    body, table = node.body, table_of(node.ref)
    nullable = (body.nullable or body.unvalidated) and not wants_value(node, after)
    if nullable or default or body.identity or body.generated or table not in before:
        return
    yield Guard(
        query=f"SELECT 1 FROM {qualified(*table.path)} LIMIT 1",
        message=f"{spoken(node.ref.path)} is NOT NULL and has no default, "
        f"and {spoken(table.path)} has rows",
    )


# -- reading -----------------------------------------------------------------------------------


def _body(facts: Row) -> ColumnBody:
    type_, not_null, collation, generated, expression, identity, sequence, *rest = facts
    inherited, unvalidated, *stored = rest
    return ColumnBody(
        type=type_,
        nullable=not not_null,
        collation=collation or "",
        generated=(
            Generated(expression=expression, virtual=generated == _VIRTUAL) if generated else None
        ),
        # Since 17 partitions take part in the identity of their parent, whose sequence it is.
        identity=_read_identity(identity, sequence) if identity and sequence else None,
        tuning=tuning.read(stored),
        inherited=inherited,
        unvalidated=unvalidated or "",
    )


def _read_identity(identity: str, sequence: str) -> Identity:
    *counting, cycle = msgspec.json.decode(sequence)
    fields = sequence_fields(*counting, cycle=cycle)
    del fields["type"]  # follows that of the column
    return Identity(always=identity == _ALWAYS, **fields)
