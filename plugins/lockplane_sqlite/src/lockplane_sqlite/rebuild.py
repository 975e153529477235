"""Rebuild: making a table again as it shall be, with all its rows.

The order is that of https://sqlite.org/lang_altertable.html#otheralter: a new table, a copy of
the rows, the old table dropped, the new one renamed. The other way round, references to the
table would follow the old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.step import Step
from lockplane_sqlite import guards, refs, wording
from lockplane_sqlite.guards import Copy
from lockplane_sqlite.kinds import index, trigger
from lockplane_sqlite.locks import writing
from lockplane_sqlite.quote import ROWIDS, fold, literal, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Effect, Guard
    from lockplane_sqlite.definition import Definition


class Rebuild:
    """One table made again.

    `changes` are those of the table and its parts, `others` those of its indexes and triggers:
    what stays unchanged of these is made again along with it.
    """

    def __init__(
        self,
        old: Definition,
        new: Definition,
        changes: Sequence[Change],
        others: Sequence[Change],
    ) -> None:
        self.old, self.new = old, new
        self.changes = changes
        self.copy = Copy(old, new)
        self.kept = [
            node
            for node in new.catalog.children(new.table.ref)
            if node.ref.kind in (refs.INDEX, refs.TRIGGER)
            and node.ref not in {change.ref for change in others}
        ]
        self.temporary = _free_name(old, new)

    def step(self) -> Step:
        """The whole rebuild."""
        said = wording.rebuilding(self.old, self.new, self.changes)
        return Step(
            description=said.forward,
            undo_description=said.back,
            sql=tuple(self._sql()),
            produces=self._refs(self.new),
            destroys=self._refs(self.old),
            settles=tuple(change.ref for change in self.changes),
            effects=tuple(self._effects()),
            locks=writing(self.old.table.ref),
            guards=tuple(self._guards(self.old.catalog)),
            span=next((c.after.span for c in self.changes if c.after and c.after.span), None),
        )

    def _refs(self, side: Definition) -> tuple[Ref, ...]:
        return tuple(node.ref for node in (side.table, *side.parts, *self.kept))

    # -- SQL -------------------------------------------------------------------------------

    def _sql(self) -> Iterator[str]:
        temporary, name = quote(self.temporary), quote(self.new.name)
        yield self.new.create(self.temporary)
        yield self._fill()
        yield from self._sequence()
        yield f"DROP TABLE {quote(self.old.name)}"
        # Without it SQLite 3.26 and later check every view and trigger of the schema, in which
        # the table is missing at this moment; nothing refers to the temporary name.
        yield "PRAGMA legacy_alter_table = ON"
        yield f"ALTER TABLE {temporary} RENAME TO {name}"
        yield "PRAGMA legacy_alter_table = OFF"
        for node in self.kept:
            yield _SQL[node.ref.kind](node, self.new)

    def _fill(self) -> str:
        """Copy the rows. OR ABORT keeps a conflict clause of the new table from dropping any."""
        targets, values = self._columns()
        return (
            f"INSERT OR ABORT INTO {quote(self.temporary)} ({', '.join(targets)})\n"
            f"SELECT {', '.join(values)} FROM {quote(self.old.name)}"
        )

    def _columns(self) -> tuple[list[str], list[str]]:
        found = self._rowid()
        for node in self.new.columns:
            is_kept = self.old.column(node.ref.name) is not None
            if node.body.generated is None and (is_kept or not found):
                found.append((quote(node.ref.name), self.copy.value(node)))
        return [target for target, _ in found], [value for _, value in found]

    def _rowid(self) -> list[tuple[str, str]]:
        """The rowid, where it is no column that is copied anyway: others refer to rows by it."""
        if self.new.table.body.without_rowid or self.old.table.body.without_rowid:
            return []
        alias = self.new.column(self.new.alias)
        if alias is not None and self.old.column(alias.ref.name) is not None:
            return []
        source = _free_word(self.old)
        target = quote(alias.ref.name) if alias is not None else _free_word(self.new)
        return [(target, source)] if source and target else []

    def _sequence(self) -> Iterator[str]:
        """Carry the last AUTOINCREMENT number over: rows that are gone keep theirs taken."""
        if not (_counts(self.old) and _counts(self.new)):
            return
        old, temporary = literal(self.old.name), literal(self.temporary)
        yield f"DELETE FROM sqlite_sequence WHERE name = {temporary}"
        yield (
            f"INSERT INTO sqlite_sequence (name, seq)"
            f" SELECT {temporary}, seq FROM sqlite_sequence WHERE name = {old}"
        )

    # -- what it means ---------------------------------------------------------------------

    def _effects(self) -> Iterator[Effect]:
        lost = [change for change in self.changes if _loses(change)]
        if lost:
            yield "data_loss"
        yield "rewrite"
        yield "scan"
        if any(self.copy.fills(node) for node in self.new.columns):
            yield "backfill"
        if any(change.action == "drop" for change in lost):
            yield "breaking"

    def _guards(self, before: Catalog) -> Iterator[Guard]:
        yield from guards.of_changes(self.copy, self.changes, before)
        yield from guards.of_kept(self.copy, self.changes, self.kept)
        if self.new.table.body.strict and not self.old.table.body.strict:
            yield from guards.of_strictness(self.copy)


def _free_word(side: Definition) -> str:
    """A word for the rowid that no column has taken; empty if there is none."""
    taken = {fold(name) for name in side.column_names}
    return next((word for word in ROWIDS if word not in taken), "")


def _counts(side: Definition) -> bool:
    return side.key is not None and bool(side.key.body.autoincrement)


def _loses(change: Change) -> bool:
    """Whether values go: a stored column dropped, or computed from now on."""
    if change.ref.kind != refs.COLUMN or change.action == "create":
        return False
    was_stored = change.old.body.generated is None
    return was_stored and (change.action == "drop" or change.new.body.generated is not None)


def _free_name(old: Definition, new: Definition) -> str:
    """A name that nothing has, on either side."""
    kinds = (refs.TABLE, refs.VIEW, refs.VIRTUAL_TABLE, refs.INDEX)
    taken = {
        fold(node.ref.name)
        for side in (old.catalog, new.catalog)
        for kind in kinds
        for node in side.of_kind(kind)
    }
    name, number = f"{new.name}_new", 1
    while fold(name) in taken:
        number += 1
        name = f"{new.name}_new{number}"
    return name


def _index_sql(node: Node, side: Definition) -> str:
    return index.create_sql(node, side.names)


def _trigger_sql(node: Node, _: Definition) -> str:
    return trigger.create_sql(node)


_SQL = {refs.INDEX: _index_sql, refs.TRIGGER: _trigger_sql}
