"""Exclusion constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.step import Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds import handed, parts
from lockplane_postgres.kinds.base import EXCLUSION, as_pg, table_of
from lockplane_postgres.kinds.constraint import ConstraintKind, equal_but
from lockplane_postgres.kinds.options import set_options
from lockplane_postgres.locks import SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, spoken
from lockplane_postgres.reader import TABLES, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.reader import Reader

_EXCLUSIONS = (
    TABLES
    + """
SELECT t.oid, k.oid, k.conname, pg_get_constraintdef(k.oid), x.reloptions,
       CASE WHEN x.relispartition THEN
         (SELECT w.relname FROM pg_inherits h JOIN pg_class w ON w.oid = h.inhparent
          WHERE h.inhrelid = x.oid)
       END
FROM t
JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'x'
JOIN pg_class x ON x.oid = k.conindid
"""
)


class ExclusionBody(Body, frozen=True, kw_only=True):
    """`definition` is all of it, from EXCLUDE on, but for the `options` of its index."""

    definition: SqlText
    options: tuple[str, ...] = ()
    part_of: str = ""


class ExclusionKind(ConstraintKind):
    """Ref: (schema, table, name)."""

    tag = EXCLUSION
    plural = "exclusions"
    body = ExclusionBody
    weight = 130
    noun = "exclusion constraint"
    has_index = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All exclusion constraints of modelled tables."""
        pg = as_pg(reader)
        for table, (_, oid, name, *facts) in of_tables(pg, pg.rows(_EXCLUSIONS)):
            definition, options, part_of = facts
            body = ExclusionBody(
                definition=definition,
                options=tuple(sorted(options or ())),
                part_of=part_of or "",
            )
            ref = pg.note(table.child(self.tag, name), "pg_constraint", oid)
            yield Node(ref=ref, parent=table, body=body)

    def clause(self, node: Node) -> str:
        return str(node.body.definition)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ADD CONSTRAINT`; the definition has no place for the options of the index."""
        if parts.is_renamed(change.new, before, after):
            return
        for step in super().create(change, before, after):
            options = self._set_options(change.new.ref, (), change.new.body.options)
            made = msgspec.structs.replace(step, sql=(*step.sql, *options))
            yield parts.created(change.new, made, before, after)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP CONSTRAINT`, with which it goes from all partitions."""
        if handed.is_handed(change.old, before, after):
            yield from parts.going(self, change.old, before, after)
            return
        for step in super().drop(change, before, after):
            yield parts.dropped(change.old, step, before, after)

    def is_inline(self, node: Node) -> bool:
        return not node.body.options

    def replaces(self, change: Change) -> bool:
        """All but the options of the index."""
        return not equal_but(change.old.body, change.new.body, "options")

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Other options of the index, or what it is a part of."""
        yield from parts.altered(self, change, before, after)
        if handed.is_remarked(change):
            return
        old, new = change.old.body.options, change.new.body.options
        ref = change.new.ref
        step = Step(
            description=f"Change options of {self.noun} {ref.name} of table "
            f"{spoken(table_of(ref).path)}",
            sql=tuple(self._set_options(ref, old, new)),
            locks=existing(before, SHARE_UPDATE_EXCLUSIVE, ref),
        )
        yield self.made(change, step)

    def _set_options(self, ref: Ref, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
        for action in set_options(old, new):
            yield f"ALTER INDEX {qualified(ref.path[0], ref.name)} {action}"
