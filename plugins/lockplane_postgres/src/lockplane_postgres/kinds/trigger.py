"""Triggers of tables and views, constraint triggers among them.

Clones of a trigger on partitions, and what foreign keys are made of, are the server's own.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from lockplane_core.errors import LockplaneError
from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Effect, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds import descent
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.enabled import ENABLED, SWITCH, Enabled
from lockplane_postgres.kinds.tags import FOREIGN_TABLE, TABLE, TRIGGER, VIEW
from lockplane_postgres.kinds.trigger_state import restoring
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, SHARE_ROW_EXCLUSIVE, existing
from lockplane_postgres.quote import names, qualified, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Lock
    from lockplane_core.spi.reader import Reader
    from lockplane_postgres.reader import PgReader

Timing = Literal["before", "after", "instead of"]
Event = Literal["insert", "delete", "update", "truncate"]

_TRIGGERS = f"""
SELECT t.oid, c.oid, c.relkind, n.nspname, c.relname, t.tgname, t.tgtype, t.tgenabled,
       t.tgconstraint <> 0,
       ARRAY(SELECT a.attname::text FROM unnest(t.tgattr) WITH ORDINALITY u(num, place)
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.num ORDER BY u.place),
       ARRAY(SELECT quote_ident(a.attname) FROM unnest(t.tgattr) WITH ORDINALITY u(num, place)
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.num ORDER BY u.place),
       quote_ident(t.tgname), quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       pg_get_triggerdef(t.oid)
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND {USER_SCHEMAS}
"""
_BEFORE, _INSTEAD = 2, 64
_EVENTS: tuple[tuple[int, Event], ...] = (
    (4, "insert"),
    (8, "delete"),
    (16, "update"),
    (32, "truncate"),
)
"""Bits of pg_trigger.tgtype (trigger.h), in the order in which the server writes them."""


class TriggerBody(Body, frozen=True, kw_only=True):
    """When it fires, and what the server writes after the name of the relation.

    `columns` are those of UPDATE OF; `definition` goes from FROM, DEFERRABLE, REFERENCING or
    FOR EACH to the end.
    """

    timing: Timing
    events: tuple[Event, ...]
    definition: SqlText
    columns: tuple[str, ...] = ()
    constraint: bool = False
    enabled: Enabled = "yes"


class TriggerKind(PgKind):
    """Ref: (schema, table or view, name)."""

    tag = TRIGGER
    plural = "triggers"
    role = "trigger"
    body = TriggerBody
    parent = TABLE
    also_below = frozenset({VIEW, FOREIGN_TABLE})
    weight = 220
    keyword = "TRIGGER"
    renamable = True
    rebuildable = True
    since = MappingProxyType({"CREATE OR REPLACE": "14"})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All triggers that somebody made, of the tables and views that are modelled."""
        pg = as_pg(reader)
        for oid, *row in pg.rows(_TRIGGERS):
            parent = _relation(pg, row)
            if parent is not None:
                ref = pg.note(parent.child(self.tag, row[4]), "pg_trigger", oid)
                yield Node(ref=ref, parent=parent, body=_body(row[5:]))

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether OR REPLACE does not do: it does not for constraint triggers."""
        if not change.old.body.constraint and not change.new.body.constraint:
            return False
        return _is_other(change)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE TRIGGER`, and its state unless it is simply enabled."""
        ref, body = change.new.ref, change.new.body
        step = Step(
            description=f"Create trigger {said(change.new)}",
            sql=(_create("CREATE", ref, body), *_switch("yes", ref, body)),
            locks=_locks(change.new, before, SHARE_ROW_EXCLUSIVE),
        )
        yield self.made(change, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE OR REPLACE TRIGGER`, which enables it, or just another state."""
        ref, body = change.new.ref, change.new.body
        sql, enabled = [], change.old.body.enabled
        if _is_other(change):
            sql, enabled = [_create("CREATE OR REPLACE", ref, body)], "yes"
        step = Step(
            description=f"Change trigger {said(change.new)}",
            sql=(*sql, *_switch(enabled, ref, body), *restoring(ref, before, after)),
            locks=_locks(change.new, before, SHARE_ROW_EXCLUSIVE),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP TRIGGER`; without its INSTEAD OF trigger a view can not be written to."""
        ref = change.old.ref
        effects: tuple[Effect, ...] = ()
        if change.action == "drop" and change.old.body.timing == "instead of":
            effects = ("breaking",)
        step = Step(
            description=f"Drop trigger {said(change.old)}",
            sql=(f"DROP TRIGGER {self.sql(ref)} ON {qualified(*ref.path[:2])}",),
            locks=_locks(change.old, before, ACCESS_EXCLUSIVE),
            effects=effects,
        )
        yield self.gone(change, before, step)


def _relation(pg: PgReader, row: Sequence[Any]) -> Ref | None:
    oid, relkind, schema, relation = row[:4]
    if relkind == "f":
        return pg.ref("pg_class", oid)
    return Ref(VIEW, (schema, relation)) if relkind == "v" else pg.tables.get(oid)


def _body(row: Sequence[Any]) -> TriggerBody:
    kind, enabled, constraint, columns, written, name, relation, definition = row
    timing: Timing = "before" if kind & _BEFORE else "instead of" if kind & _INSTEAD else "after"
    events = tuple(event for bit, event in _EVENTS if kind & bit)
    head = _head("CREATE", name, timing, events, ", ".join(written), constraint=constraint)
    head = f"{head} ON {relation} "
    if not definition.startswith(head):
        raise LockplaneError(f"PostgreSQL spells this trigger in an unknown way: {definition}")
    return TriggerBody(
        timing=timing,
        events=events,
        definition=definition.removeprefix(head),
        columns=tuple(columns),
        constraint=constraint,
        enabled=ENABLED[enabled],
    )


def _head(  # noqa: PLR0913 - the parts of one clause
    verb: str, name: str, timing: str, events: Iterable[Event], columns: str, *, constraint: bool
) -> str:
    """`CREATE TRIGGER name BEFORE INSERT OR UPDATE OF a, b`."""
    of = {"update": f"UPDATE OF {columns}"} if columns else {}
    words = " OR ".join(of.get(event, event.upper()) for event in events)
    noun = "CONSTRAINT TRIGGER" if constraint else "TRIGGER"
    return f"{verb} {noun} {name} {timing.upper()} {words}"


def _create(verb: str, ref: Ref, body: TriggerBody) -> str:
    head = _head(
        verb, names([ref.name]), body.timing, body.events, names(body.columns),
        constraint=body.constraint,
    )  # fmt: skip
    return f"{head} ON {qualified(*ref.path[:2])} {body.definition}"


def _switch(enabled: Enabled, ref: Ref, body: TriggerBody) -> Iterator[str]:
    if body.enabled != enabled:
        words = SWITCH[body.enabled]
        yield f"ALTER TABLE {qualified(*ref.path[:2])} {words} TRIGGER {names([ref.name])}"


def _is_other(change: Change) -> bool:
    """Whether more than its state changes."""
    state = change.new.body.enabled
    return bool(msgspec.structs.replace(change.old.body, enabled=state) != change.new.body)


def said(node: Node) -> str:
    """`audit on table users`."""
    parent = node.parent or node.ref
    return f"{node.ref.name} on {parent.noun} {spoken(parent.path)}"


def _locks(node: Node, before: Catalog, mode: str) -> tuple[Lock, ...]:
    """On its table, and on all partitions if they have clones of it."""
    if node.parent is None:
        return ()
    is_cloned = node.body.definition.partition("FOR EACH ")[2].startswith("ROW")
    parts = descent.partitions(node.parent, before) if is_cloned else ()
    return existing(before, mode, node.parent, *parts)
