"""Exclusion constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.indexed import IndexedKind, options_set
from lockplane_postgres.kinds.tags import EXCLUSION
from lockplane_postgres.reader import TABLES, as_pg, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.step import Step
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


class ExclusionKind(IndexedKind):
    """Ref: (schema, table, name)."""

    tag = EXCLUSION
    plural = "exclusions"
    body = ExclusionBody
    weight = 130
    noun = "exclusion constraint"

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

    def added(self, step: Step, node: Node) -> Step:
        """The definition has no place for the options of the index."""
        options = options_set(node.ref, (), node.body.options)
        return msgspec.structs.replace(step, sql=(*step.sql, *options))

    def is_inline(self, node: Node) -> bool:
        return not node.body.options
