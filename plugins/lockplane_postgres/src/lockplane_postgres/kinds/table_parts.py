"""What CREATE TABLE makes along with a table, so that it needs no steps of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_postgres.kinds import column_family, handed, rivals
from lockplane_postgres.kinds import column_sql as columns
from lockplane_postgres.kinds.check import CheckKind
from lockplane_postgres.kinds.column import ColumnKind
from lockplane_postgres.kinds.default import default_of
from lockplane_postgres.kinds.exclusion import ExclusionKind
from lockplane_postgres.kinds.primary_key import PrimaryKeyKind
from lockplane_postgres.kinds.sequence_sql import owned_sequences
from lockplane_postgres.kinds.subtree import returns
from lockplane_postgres.kinds.tags import (
    CHECK,
    COLUMN,
    DEFAULT,
    EXCLUSION,
    INHERITANCE,
    PRIMARY_KEY,
    UNIQUE,
)
from lockplane_postgres.kinds.unique import UniqueKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Body, Node
    from lockplane_core.model.ref import Ref
    from lockplane_postgres.kinds.constraint import ConstraintKind

INLINE: Mapping[str, ConstraintKind] = {
    PRIMARY_KEY: PrimaryKeyKind(),
    UNIQUE: UniqueKind(),
    CHECK: CheckKind(),
    EXCLUSION: ExclusionKind(),
}
"""The constraints that CREATE TABLE may hold."""


class Parts:
    """What CREATE TABLE makes along with the table."""

    def __init__(self, table: Ref, before: Catalog, after: Catalog) -> None:
        self.columns = after.children(table, COLUMN)
        self.own = {node.ref for node in after.subtree(table)}
        self.after = after
        # Every table needs its schema: without needs it comes from schema JSON, which has none.
        self.needs_known = bool(after[table].needs)
        self.before = before
        self.links = after.children(table, INHERITANCE)
        self.listed = [node for node in self.columns if not (self.links and node.body.inherited)]
        defaults = ((column.ref, default_of(column.ref, after)) for column in self.columns)
        self.defaults = {
            ref: default for ref, default in defaults if default and self._is_inline(default)
        }
        self.sequences = [
            sequence
            for column in self.columns
            for sequence in owned_sequences(column.ref, before, after)
        ]
        constraints = (
            node
            for tag, kind in INLINE.items()
            for node in after.children(table, tag)
            if kind.is_inline(node) and self._is_inline(node) and self._is_own(node)
        )
        self.constraints = list(_unlike(sorted(constraints, key=self._comes_after)))
        self.handed = [
            node for node in after.children(table, CHECK) if self.links and node.body.inherited
        ]

    def _comes_after(self, node: Node) -> bool:
        """Whether a key like it has to be there first, which becomes part of the primary key.

        A server before 18 takes the oldest that is like it, a UNIQUE too, when a partition is
        attached (AttachPartitionEnsureIndexes in tablecmds.c).
        """
        return not handed.is_primary_part(node, self.after)

    def _is_own(self, node: Node) -> bool:
        """Whether it is not inherited, and neither an index nor a foreign key comes before it."""
        if node.ref.kind == CHECK:
            return not (self.links and node.body.inherited)
        is_joined = handed.joined(node, self.before, self.after) is not None
        return not (is_joined or rivals.is_rival(node, self.after))

    def _is_inline(self, node: Node) -> bool:
        """Whether it can be there from the start; what may call a function is tried later."""
        if not self.needs_known and node.ref.kind in (CHECK, DEFAULT):
            return "(" not in node.body.expression
        return not returns(node, self.own, self.after)

    def definitions(self) -> Iterator[str]:
        """What stands between the parentheses."""
        for node in self.listed:
            not_null = column_family.not_null_name(node.ref, self.after)
            yield columns.definition(node, self.defaults.get(node.ref), not_null)
        for node in self.constraints:
            yield INLINE[node.ref.kind].named(node)

    def corrections(self) -> Iterator[str]:
        """What makes of inherited columns what they are in this table."""
        for node in self.columns:
            if self.links and node.body.inherited:
                body, default = column_family.given(node.ref, self.after)
                yield from column_family.put_right(ColumnKind(), node, body, default, self.after)

    def nodes(self) -> list[Node]:
        """All that is there with the table."""
        made = [*self.columns, *self.defaults.values(), *self.sequences]
        return [*made, *self.constraints, *self.handed, *self.links]


def _unlike(constraints: Iterable[Node]) -> Iterator[Node]:
    """All but a key that is like one before it: CREATE TABLE would make one of the two.

    It takes them for an oversight (transformIndexConstraints in parse_utilcmd.c, 14 to 18);
    ALTER TABLE does not.
    """
    seen: set[Body] = set()
    for node in constraints:
        if node.ref.kind in (PRIMARY_KEY, UNIQUE):
            meant = msgspec.structs.replace(node.body, options=(), part_of="")
            if meant in seen:
                continue
            seen.add(meant)
        yield node
