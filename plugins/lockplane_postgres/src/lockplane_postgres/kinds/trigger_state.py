"""Trigger states: a trigger of a partitioned table that fires otherwise in one of its partitions.

The partition has a clone of the trigger. It is enabled or not as that of its parent is, unless
somebody has said otherwise; that is a node below the partition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Rendered, Step
from lockplane_postgres.kinds import descent
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.enabled import ENABLED, SWITCH, Enabled
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import PARTITION, TABLE, TRIGGER, TRIGGER_STATE
from lockplane_postgres.locks import SHARE_ROW_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote, spoken
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

# Until 14 a clone is as internal as what foreign keys are made of, so those are told by name.
_STATES = """
WITH RECURSIVE up(oid, root) AS (
  SELECT g.oid, g.tgparentid
  FROM pg_trigger g JOIN pg_trigger w ON w.oid = g.tgparentid
  WHERE g.tgenabled <> w.tgenabled
  UNION ALL
  SELECT up.oid, w.tgparentid FROM up JOIN pg_trigger w ON w.oid = up.root WHERE w.tgparentid <> 0
)
SELECT g.oid, g.tgrelid, g.tgname, g.tgenabled::text, r.oid
FROM up JOIN pg_trigger g ON g.oid = up.oid
JOIN pg_trigger r ON r.oid = up.root AND r.tgparentid = 0 AND NOT r.tgisinternal
"""


class TriggerStateBody(Body, frozen=True, kw_only=True):
    """As of a trigger."""

    enabled: Enabled


class TriggerStateKind(PgKind):
    """Ref: (schema, partition, trigger)."""

    tag = TRIGGER_STATE
    plural = "trigger_states"
    role = "other"
    body = TriggerStateBody
    parent = TABLE
    tree_fields = ()
    weight = 225
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """Those that are not as in the parent; introspected after triggers."""
        pg = as_pg(reader)
        if not pg.holds("trigger state"):
            return
        for oid, relation, name, enabled, root in pg.rows(_STATES):
            table, trigger = pg.tables.get(relation), pg.ref("pg_trigger", root)
            if table is not None and trigger is not None:
                yield Node(
                    ref=pg.note(table.child(self.tag, name), "pg_trigger", oid),
                    parent=table,
                    body=TriggerStateBody(enabled=ENABLED[enabled]),
                    needs=(trigger, Ref(PARTITION, table.path)),
                )

    # -- changing --------------------------------------------------------------------------

    def render(self, changes: Sequence[Change], before: Catalog, after: Catalog) -> Rendered:
        """Also settles what goes with a trigger, or with a partition's place."""
        found = super().render(changes, before, after)
        gone = (
            change.ref
            for change in changes
            if change.ref.kind == self.tag
            and change.action == "drop"
            and _inherited(change.old, before, after) is None
        )
        return Rendered(found.steps, (*found.settled, *gone))

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ALTER TABLE … DISABLE TRIGGER`, in its own partitions as well."""
        node = change.new
        step = _switched(node, node.body.enabled, before, after)
        yield self.made(change, step)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Another state."""
        yield from self.create(change, before, after)

    def replace(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Of a clone that is made again."""
        yield from self.create(change, before, after)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """As the trigger of the parent is; nothing, where there is none any more."""
        enabled = _inherited(change.old, before, after)
        if enabled is not None:
            yield self.gone(change, before, _switched(change.old, enabled, before, after))


def restoring(trigger: Ref, before: Catalog, after: Catalog) -> Iterator[str]:
    """What a change of a trigger, which reaches all its clones, has to be followed by."""
    for table in descent.partitions(table_of(trigger), before):
        ref = table.child(TRIGGER_STATE, trigger.name)
        old, new = before.get(ref), after.get(ref)
        if old is not None and new is not None and old.body == new.body:
            yield from _statements(table, trigger.name, new.body.enabled, after)


def _switched(node: Node, enabled: Enabled, before: Catalog, after: Catalog) -> Step:
    table, name = table_of(node.ref), node.ref.name
    trigger = _trigger(node.ref, after)
    link = Ref(PARTITION, table.path)
    return Step(
        description=f"Change trigger {name} on partition {spoken(table.path)}",
        sql=tuple(_statements(table, name, enabled, after)),
        consumes=tuple(ref for ref in (trigger, link) if ref is not None and ref in after),
        locks=existing(before, SHARE_ROW_EXCLUSIVE, *_under(table, name, after)),
    )


def _statements(table: Ref, name: str, enabled: Enabled, after: Catalog) -> Iterator[str]:
    for part in _under(table, name, after):
        yield f"ALTER TABLE ONLY {qualified(*part.path)} {SWITCH[enabled]} TRIGGER {quote(name)}"


def _under(table: Ref, name: str, catalog: Catalog) -> Iterator[Ref]:
    """A partition and those of its own that have no state for themselves."""
    yield table
    for child in descent.children(table, catalog):
        if child.child(TRIGGER_STATE, name) not in catalog:
            yield from _under(child, name, catalog)


def _trigger(state: Ref, catalog: Catalog) -> Ref | None:
    """The trigger of the partitioned table that this is about."""
    above = descent.ancestors(table_of(state), catalog)
    found = (table.child(TRIGGER, state.name) for table in above)
    return next((ref for ref in found if ref in catalog), None)


def _inherited(node: Node, before: Catalog, after: Catalog) -> Enabled | None:
    """The state that its parent has afterwards, if it is as much its partition as before."""
    table = table_of(node.ref)
    trigger = _trigger(node.ref, after)
    if trigger is None or trigger not in before or not descent.stays(table, before, after):
        return None
    above = (table.child(TRIGGER_STATE, trigger.name) for table in descent.ancestors(table, after))
    nearest = next((ref for ref in above if ref in after), trigger)
    enabled: Enabled = after[nearest].body.enabled
    return enabled
