"""Foreign keys: always steps of their own, so that tables may refer to one another."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard
from lockplane_postgres.kinds import descent, handed, online, rows
from lockplane_postgres.kinds.constraint import (
    ConstraintKind,
    columns_of,
    deferring,
    equal_but,
    state,
)
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.table_name import read_table_name, table_name
from lockplane_postgres.kinds.tags import FOREIGN_KEY, INDEX, KEY_PLACE, PRIMARY_KEY, TABLE, UNIQUE
from lockplane_postgres.locks import (
    ACCESS_EXCLUSIVE,
    ROW_SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    existing,
)
from lockplane_postgres.majors import oldest
from lockplane_postgres.quote import names, qualified, quote, spoken
from lockplane_postgres.reader import TABLES, as_pg, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Lock, Step
    from lockplane_core.spi.reader import Reader
    from lockplane_core.spi.session import Row
    from lockplane_postgres.reader import PgReader

_FOREIGN_KEYS = (
    TABLES
    + """
SELECT t.oid, k.oid, k.conname, k.conkey, fn.nspname, f.relname, f.oid, k.confkey,
       k.confupdtype::text, k.confdeltype::text, k.confmatchtype::text, {set_columns},
       k.condeferrable, k.condeferred, k.convalidated, {enforced}, {period}, coalesce(w.conname, '')
FROM t
JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f'
LEFT JOIN pg_constraint w ON w.oid = k.conparentid
JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE k.conparentid = 0 OR w.confrelid = k.confrelid
"""
)
# The server has more rows of its own for each partition of the table that is referred to.
_UNCHECKED_IF_SPLIT_SINCE = 18
"""NOT VALID was refused for foreign keys of partitioned tables."""
_NO_ACTION = "NO ACTION"
_NOBODY = "nobody"
"""In place of the rows of a table that is made by the plan."""
_ACTIONS = {"a": _NO_ACTION, "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_MATCHES = {"s": "SIMPLE", "f": "FULL", "p": "PARTIAL"}


class ForeignKeyBody(Body, frozen=True, kw_only=True):
    """`references` is (schema, table); `set_columns` are those that ON DELETE SET … is about.

    That of a partition is `part_of` the one of that name of its parent.
    """

    columns: tuple[str, ...]
    references: tuple[str, str]
    referenced_columns: tuple[str, ...]
    on_update: str = _NO_ACTION
    on_delete: str = _NO_ACTION
    set_columns: tuple[str, ...] = ()
    match: str = "SIMPLE"
    period: bool = False
    deferrable: bool = False
    deferred: bool = False
    validated: bool = True
    enforced: bool = True
    part_of: str = ""


class ForeignKeyKind(ConstraintKind):
    """Ref: (schema, table, name)."""

    tag = FOREIGN_KEY
    plural = "foreign_keys"
    body = ForeignKeyBody
    weight = 140
    noun = "foreign key"
    since = MappingProxyType({"set_columns": "15", "enforced": "18", "period": "18"})
    tree_fields = (*ConstraintKind.tree_fields, ("referenced_table", str), ("references",))

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All foreign keys of modelled tables."""
        pg = as_pg(reader)
        query = _FOREIGN_KEYS.format(
            set_columns=pg.since(self.since["set_columns"], "k.confdelsetcols", "NULL"),
            enforced=pg.since(self.since["enforced"], "k.conenforced", "true"),
            period=pg.since(self.since["period"], "k.conperiod", "false"),
        )
        for table, row in of_tables(pg, pg.rows(query)):
            ref = pg.note(table.child(self.tag, row[2]), "pg_constraint", row[1])
            yield Node(ref=ref, parent=table, body=_body(pg, row))

    # -- changing ----------------------------------------------------------------------------

    def clause(self, node: Node) -> str:
        body: ForeignKeyBody = node.body
        words = [
            f"FOREIGN KEY ({_columns(body.columns, body)})",
            f"REFERENCES {qualified(*body.references)}",
            f"({_columns(body.referenced_columns, body)})",
        ]
        if body.match != "SIMPLE":
            words.append(f"MATCH {body.match}")
        if body.on_update != _NO_ACTION:
            words.append(f"ON UPDATE {body.on_update}")
        if body.on_delete != _NO_ACTION:
            of = f" ({names(body.set_columns)})" if body.set_columns else ""
            words.append(f"ON DELETE {body.on_delete}{of}")
        return (
            " ".join(words)
            + deferring(body)
            + state(validated=body.validated, enforced=body.enforced)
        )

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ADD CONSTRAINT`, once the keys that go are gone: the server takes any that fits.

        One of a partition by another name than that of its parent's is there before it.
        """
        if _comes_with_parent(change.new, before, after):
            return
        going = [Ref(KEY_PLACE, ref.path) for ref in _going_keys(change.new, before, after)]
        for step in super().create(change, before, after):
            made = msgspec.structs.replace(step, produces=(*step.produces, *going))
            yield _with_parts(change.new, made, before, after)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP CONSTRAINT`, with which it goes from all partitions."""
        if handed.is_handed(change.old, before, after):
            return
        for step in super().drop(change, before, after):
            parts = [p.ref for p in _parts(change.old, before, before, after)]
            gone = tuple(ref for ref in parts if ref not in after)
            yield msgspec.structs.replace(
                step,
                destroys=(*step.destroys, *parts),
                settles=(*step.settles, *gone),
                locks=(
                    *step.locks,
                    *existing(before, ACCESS_EXCLUSIVE, *map(table_of, parts)),
                    *existing(before, ACCESS_EXCLUSIVE, *_split(referenced(change.old), before)),
                ),
            )

    def scans(self, node: Node) -> bool:
        return bool(node.body.validated and node.body.enforced)

    def locked(self, node: Node, before: Catalog) -> tuple[Lock, ...]:
        """Both tables are kept from writing."""
        return existing(before, SHARE_ROW_EXCLUSIVE, table_of(node.ref), referenced(node))

    def unlocked(self, node: Node, before: Catalog) -> tuple[Lock, ...]:
        """Both tables are kept from everything."""
        return existing(before, ACCESS_EXCLUSIVE, table_of(node.ref), referenced(node))

    def must_replace(self, change: Change, before: Catalog, after: Catalog) -> bool:
        """Also where the key that it stands on goes: no ALTER puts it on another one."""
        if not handed.is_remarked(change) and any(ref not in after for ref in change.old.needs):
            return True
        return super().must_replace(change, before, after)

    def replaces(self, change: Change) -> bool:
        """All but when it is checked, and that it becomes valid."""
        old, new = change.old.body, change.new.body
        if not equal_but(old, new, "deferrable", "deferred", "validated"):
            return True
        return bool(old.validated and not new.validated)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER CONSTRAINT` and `VALIDATE CONSTRAINT`."""
        if handed.is_remarked(change) or handed.is_handed(change.new, before, after):
            return
        for step in self._altering(change, before):
            pairs = [(change.ref, part.ref) for part in _parts(change.new, after, before, after)]
            yield descent.widened(step, pairs)

    def _altering(self, change: Change, before: Catalog) -> Iterable[Step]:
        old, new, name = change.old.body, change.new.body, quote(change.new.ref.name)
        if (old.deferrable, old.deferred) != (new.deferrable, new.deferred):
            when = deferring(new) or " NOT DEFERRABLE"
            yield self.altered(
                change,
                before,
                "Change deferral of",
                f"ALTER CONSTRAINT {name}{when}",
                locks=existing(before, ACCESS_EXCLUSIVE, *_split(table_of(change.ref), before)),
            )
        if new.validated and not old.validated:
            yield self.altered(
                change,
                before,
                "Validate",
                f"VALIDATE CONSTRAINT {name}",
                locks=_validating(change.new, before),
            )

    def online(self, step: Step, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`NOT VALID`, and then `VALIDATE CONSTRAINT`."""
        table = table_of(change.ref)
        is_split = online.stands(table, before, after) and online.is_partitioned(table, before)
        if change.after is None or (is_split and oldest(before, after) < _UNCHECKED_IF_SPLIT_SINCE):
            return (step,)
        locks = _validating(change.new, before)
        return self.validated_online(step, change, before, after, locks)

    def guards(self, node: Node, before: Catalog, after: Catalog) -> Iterator[Guard]:
        """Rows without a counterpart."""
        body: ForeignKeyBody = node.body
        table, other = table_of(node.ref), referenced(node)
        own = columns_of(table, body.columns)
        theirs = columns_of(other, body.referenced_columns)
        if body.period or not self.scans(node):
            return
        children = rows.source(own, before, after)
        parents = rows.source(theirs, before, after) if other in before else _NOBODY
        if not children or not parents:
            return
        message = (
            f"rows of {spoken(table.path)} name no row of {spoken(other.path)} in "
            + ", ".join(spoken(ref.path) for ref in own)
        )
        yield Guard(query=_orphans(node, children, parents), message=message)

    # -- JSON --------------------------------------------------------------------------------

    def fields(self, node: Node, catalog: Catalog) -> dict[str, Any]:
        """`referenced_table` with its schema unless that is public."""
        found = super().fields(node, catalog)
        found["referenced_table"] = table_name(*found.pop("references"))
        order = ("columns", "referenced_table", "referenced_columns")
        return {name: found.pop(name) for name in order} | found

    def read_fields(self, fields: dict[str, Any], ref: Ref) -> Body:
        """The reverse; actions are read in any case."""
        fields["references"] = read_table_name(fields.pop("referenced_table"))
        for action in ("on_update", "on_delete"):
            if isinstance(fields.get(action), str):
                fields[action] = fields[action].upper()
        body = msgspec.convert(fields, ForeignKeyBody)
        for action in (body.on_update, body.on_delete):
            if action not in _ACTIONS.values():
                raise msgspec.ValidationError(
                    f"{action!r} is no action of a foreign key: it is one of "
                    + ", ".join(_ACTIONS.values())
                )
        return body


def _validating(node: Node, before: Catalog) -> tuple[Lock, ...]:
    """The locks of VALIDATE CONSTRAINT: nobody is kept from reading or writing."""
    return (
        *existing(before, SHARE_UPDATE_EXCLUSIVE, *_split(table_of(node.ref), before)),
        *existing(before, ROW_SHARE, referenced(node)),
    )


def _parts(node: Node, side: Catalog, before: Catalog, after: Catalog) -> Iterator[Node]:
    """Those of partitions, on one side, on which the same statement works."""
    for part in handed.parts_of(node, (FOREIGN_KEY,), side):
        if descent.stays(table_of(part.ref), before, after):
            yield part


def _comes_with_parent(node: Node, before: Catalog, after: Catalog) -> bool:
    """Whether the foreign key of the parent, when it is made, makes that of a partition."""
    if node.body.part_of != node.ref.name:
        return False
    if descent.stays(table_of(node.ref), before, after):
        return True
    whole = descent.of_parent(node, node.body.part_of, (FOREIGN_KEY,), after)
    return whole is not None and handed.is_late(whole, before)


def _with_parts(node: Node, step: Step, before: Catalog, after: Catalog) -> Step:
    """The step that makes a foreign key, with what it makes in partitions or takes over there."""
    parts = list(handed.parts_of(node, (FOREIGN_KEY,), after))
    own = [p.ref for p in parts if p.ref.name != p.body.part_of and p.ref not in before]
    made = [part.ref for part in parts if part.ref not in own]
    return msgspec.structs.replace(
        step,
        produces=(*step.produces, *made),
        settles=(*step.settles, *made),
        consumes=tuple(sorted({*step.consumes, *own})),
        locks=(
            *step.locks,
            *existing(before, SHARE_ROW_EXCLUSIVE, *map(table_of, made)),
            *existing(before, SHARE_ROW_EXCLUSIVE, *descent.partitions(referenced(node), after)),
        ),
    )


def referenced(node: Node) -> Ref:
    """The table that a foreign key refers to."""
    return Ref(TABLE, node.body.references)


def _split(table: Ref, catalog: Catalog) -> tuple[Ref, ...]:
    """A table and its partitions, with which it shares its foreign keys."""
    return (table, *descent.partitions(table, catalog))


def attaching(leaf: Ref, before: Catalog, after: Catalog) -> Iterator[Lock]:
    """The locks that a new partition means for the other ends of foreign keys that are there."""
    above = descent.ancestors(leaf, after)
    for key in after.of_kind(FOREIGN_KEY):
        if handed.is_late(key, before):
            continue
        if table_of(key.ref) in above[:1]:  # the partition's own is merged into it
            yield from existing(before, ACCESS_EXCLUSIVE, *_split(referenced(key), before))
        if referenced(key) in above and not key.body.part_of:
            yield from existing(before, SHARE_ROW_EXCLUSIVE, table_of(key.ref))


def detaching(leaf: Ref, before: Catalog) -> Iterator[Lock]:
    """The same for a partition that leaves: it gets foreign keys of its own."""
    above = descent.ancestors(leaf, before)
    for key in before.of_kind(FOREIGN_KEY):
        if table_of(key.ref) == leaf and key.body.part_of:
            yield from existing(before, SHARE_ROW_EXCLUSIVE, *_split(referenced(key), before))
        if referenced(key) in above:
            yield from existing(before, ACCESS_EXCLUSIVE, table_of(key.ref))


def _going_keys(node: Node, before: Catalog, after: Catalog) -> Iterator[Ref]:
    """The keys and unique indexes that would serve, but do not stay as they are."""
    for kind in (PRIMARY_KEY, UNIQUE, INDEX):
        for key in before.children(referenced(node), kind):
            stays = key.ref in after and after[key.ref].body == key.body
            if set(key.body.columns) == set(node.body.referenced_columns) and not stays:
                yield key.ref


def _columns(columns: tuple[str, ...], body: ForeignKeyBody) -> str:
    """The columns; the last one of a temporal key after PERIOD (18)."""
    if not body.period:
        return names(columns)
    *first, last = columns
    return ", ".join([*map(quote, first), f"PERIOD {quote(last)}"])


def _orphans(node: Node, children: str, parents: str) -> str:
    """A query for rows that name no row; where there is nobody yet, for any that name one."""
    body: ForeignKeyBody = node.body
    named = " AND ".join(f"c.{quote(name)} IS NOT NULL" for name in body.columns)
    query = f"SELECT 1 FROM {children} AS c WHERE {named}"
    if parents != _NOBODY:
        pairs = zip(body.columns, body.referenced_columns, strict=True)
        equal = " AND ".join(f"p.{quote(theirs)} = c.{quote(own)}" for own, theirs in pairs)
        query += f" AND NOT EXISTS (SELECT FROM {parents} AS p WHERE {equal})"
    return f"{query} LIMIT 1"


def _body(pg: PgReader, row: Row) -> ForeignKeyBody:
    own, _, _, columns, schema, table, other, referenced, *actions = row
    update, delete, match, set_columns, *rest = actions
    deferrable, deferred, validated, enforced, period, part_of = rest
    return ForeignKeyBody(
        columns=pg.column_names(own, columns),
        references=(schema, table),
        referenced_columns=pg.column_names(other, referenced),
        on_update=_ACTIONS[update],
        on_delete=_ACTIONS[delete],
        set_columns=pg.column_names(own, set_columns or ()),
        match=_MATCHES[match],
        period=period,
        deferrable=deferrable,
        deferred=deferred,
        validated=validated or not enforced,
        enforced=enforced,
        part_of=part_of,
    )
