"""Event triggers: functions that are called when the schema changes, and who answers for that.

They are called for the statements of a plan, too: what they refuse fails on the target, where it
is taken back. On a scratch of 17 or newer they are not (see `shadow`), and a plan makes them
last, so that a schema is not in its own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.enabled import ENABLED, SWITCH, Enabled
from lockplane_postgres.kinds.named import UnplacedKind
from lockplane_postgres.kinds.tags import EVENT_TRIGGER
from lockplane_postgres.quote import literal, quote
from lockplane_postgres.reader import as_pg, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader


_EVENT_TRIGGERS = f"""
SELECT e.oid, e.evtname, e.evtevent, e.evtfoid::regproc::text, e.evttags, e.evtenabled::text
FROM pg_event_trigger e
WHERE {unowned("pg_event_trigger", "e.oid")}
"""


class EventTriggerBody(Body, frozen=True, kw_only=True):
    """When it is called; `tags` are the only commands that it is called for, if there are any."""

    event: str
    function: str
    tags: tuple[str, ...] = ()
    enabled: Enabled = "yes"


class EventTriggerKind(UnplacedKind):
    """Ref: (name,)."""

    tag = EVENT_TRIGGER
    plural = "event_triggers"
    role = "other"
    body = EventTriggerBody
    weight = 890
    keyword = "EVENT TRIGGER"
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All event triggers but those of extensions."""
        pg = as_pg(reader)
        if not pg.holds("pg_event_trigger"):
            return
        for oid, name, event, function, tags, enabled in pg.rows(_EVENT_TRIGGERS):
            ref = pg.note(Ref(self.tag, (name,)), "pg_event_trigger", oid)
            body = EventTriggerBody(
                event=event, function=function, tags=tuple(tags or ()), enabled=ENABLED[enabled]
            )
            yield Node(ref=ref, body=body)

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether anything but its state differs."""
        old, new = change.old.body, change.new.body
        return bool(msgspec.structs.replace(old, enabled=new.enabled) != new)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE EVENT TRIGGER`, which takes a superuser; and its state."""
        ref, body = change.new.ref, change.new.body
        tags = f" WHEN TAG IN ({', '.join(map(literal, body.tags))})" if body.tags else ""
        made = f"CREATE EVENT TRIGGER {quote(ref.name)} ON {body.event}{tags}"
        switch = () if body.enabled == "yes" else (_switch(change.new),)
        step = Step(
            description=f"Create event trigger {ref.name}",
            sql=(f"{made} EXECUTE FUNCTION {body.function}()", *switch),
        )
        yield self.made(change, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Another state."""
        said = f"Change event trigger {change.new.ref.name}"
        yield self.made(change, Step(description=said, sql=(_switch(change.new),)))


def _switch(node: Node) -> str:
    return f"ALTER EVENT TRIGGER {quote(node.ref.name)} {SWITCH[node.body.enabled]}"
