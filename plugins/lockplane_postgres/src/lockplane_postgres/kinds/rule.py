"""Rules of tables and views; what a view itself is made of (`_RETURN`) is its query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from lockplane_core.errors import LockplaneError
from lockplane_core.model.node import Body, Node
from lockplane_core.model.step import Effect, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.enabled import ENABLED, SWITCH, Enabled
from lockplane_postgres.kinds.tags import RULE, TABLE, VIEW
from lockplane_postgres.kinds.trigger import said
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Lock
    from lockplane_core.spi.reader import Reader

Event = Literal["select", "update", "insert", "delete"]

_RULES = f"""
SELECT r.oid, c.oid, r.rulename, r.ev_type::text, r.ev_enabled::text,
       quote_ident(r.rulename),
       quote_ident(n.nspname) || '.' || quote_ident(c.relname), pg_get_ruledef(r.oid)
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN' AND {USER_SCHEMAS}
"""
_EVENTS: dict[str, Event] = {"1": "select", "2": "update", "3": "insert", "4": "delete"}


class RuleBody(Body, frozen=True, kw_only=True):
    """What it answers to, and what the server writes after the name of the relation.

    `definition` goes from WHERE or DO to the end.
    """

    event: Event
    definition: SqlText
    enabled: Enabled = "yes"


class RuleKind(PgKind):
    """Ref: (schema, table or view, name)."""

    tag = RULE
    plural = "rules"
    role = "other"
    body = RuleBody
    parent = TABLE
    also_below = frozenset({VIEW})
    weight = 225
    keyword = "RULE"
    renamable = True
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All rules of modelled tables and views."""
        pg = as_pg(reader)
        if not pg.holds("pg_rewrite"):
            return
        for oid, relation, name, *row in pg.rows(_RULES):
            parent = pg.ref("pg_class", relation)
            if parent is not None:
                ref = pg.note(parent.child(self.tag, name), "pg_rewrite", oid)
                yield Node(ref=ref, parent=parent, body=_body(row))

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Never: OR REPLACE takes everything."""
        return False

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE RULE`, and its state unless it is simply enabled."""
        ref, body = change.new.ref, change.new.body
        step = Step(
            description=f"Create rule {said(change.new)}",
            sql=(_create("CREATE", ref, body), *_switch("yes", ref, body)),
            locks=_locks(change.new, before),
        )
        yield self.made(change, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE OR REPLACE RULE`, which leaves its state, or just another state."""
        ref, old, new = change.new.ref, change.old.body, change.new.body
        is_other = msgspec.structs.replace(old, enabled=new.enabled) != new
        made = (_create("CREATE OR REPLACE", ref, new),) if is_other else ()
        step = Step(
            description=f"Change rule {said(change.new)}",
            sql=(*made, *_switch(old.enabled, ref, new)),
            consumes=_columns(change.new),
            locks=_locks(change.new, before),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP RULE`; without its INSTEAD rule a view can not be written to."""
        node = change.old
        is_written = node.parent is not None and node.parent.kind == VIEW
        effects: tuple[Effect, ...] = ("breaking",) if is_written else ()
        step = Step(
            description=f"Drop rule {said(node)}",
            sql=(f"DROP RULE {quote(node.ref.name)} ON {qualified(*node.ref.path[:2])}",),
            locks=_locks(node, before),
            effects=effects if change.action == "drop" else (),
        )
        yield self.gone(change, before, step)


def _body(row: Sequence[Any]) -> RuleBody:
    event, enabled, name, relation, definition = row
    head = f"{_head('CREATE', name, _EVENTS[event])}{relation}"
    if not definition.startswith(head):
        raise LockplaneError(f"PostgreSQL spells this rule in an unknown way: {definition}")
    return RuleBody(
        event=_EVENTS[event],
        definition=definition.removeprefix(head).strip().removesuffix(";"),
        enabled=ENABLED[enabled],
    )


def _head(verb: str, name: str, event: Event) -> str:
    return f"{verb} RULE {name} AS\n    ON {event.upper()} TO "


def _create(verb: str, ref: Ref, body: RuleBody) -> str:
    head = _head(verb, quote(ref.name), body.event)
    return f"{head}{qualified(*ref.path[:2])} {body.definition}"


def _switch(enabled: Enabled, ref: Ref, body: RuleBody) -> Iterator[str]:
    if body.enabled != enabled:
        table = qualified(*ref.path[:2])
        yield f"ALTER TABLE {table} {SWITCH[body.enabled]} RULE {quote(ref.name)}"


def _columns(node: Node) -> tuple[Ref, ...]:
    """What brings the columns that the rule may use: those of a view are no nodes."""
    return (node.parent,) if node.parent is not None and node.parent.kind == VIEW else ()


def _locks(node: Node, before: Catalog) -> tuple[Lock, ...]:
    return existing(before, ACCESS_EXCLUSIVE, *filter(None, [node.parent]))
