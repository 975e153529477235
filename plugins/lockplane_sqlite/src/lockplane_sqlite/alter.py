"""Direct changes: what ALTER TABLE of the running library does without a rebuild."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.step import Step
from lockplane_sqlite import guards, refs
from lockplane_sqlite.features import features
from lockplane_sqlite.guards import Copy
from lockplane_sqlite.kinds import check
from lockplane_sqlite.kinds.check import mentioned
from lockplane_sqlite.kinds.column import is_constant
from lockplane_sqlite.locks import writing
from lockplane_sqlite.quote import ROWIDS, fold, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_sqlite.definition import Definition


class _NeedsRebuild(Exception):
    """A change that no ALTER makes."""


class Direct:
    """The changes of one table as ALTER statements."""

    def __init__(self, old: Definition, new: Definition, changes: Sequence[Change]) -> None:
        self.old, self.new = old, new
        self.changes = changes
        self.copy = Copy(old, new)
        self.can = features(old.catalog.version)
        self.beside: dict[str, list[Change]] = {}

    def steps(self) -> list[Step] | None:
        """One step for each change; None if a rebuild has to make them."""
        try:
            rest = [change for change in self.changes if not self._goes_with_column(change)]
            return [self._step(change) for change in rest]
        except _NeedsRebuild:
            return None

    def _goes_with_column(self, change: Change) -> bool:
        """A new check or foreign key of a new column stands beside it in ADD COLUMN."""
        if change.action != "create" or change.ref.kind not in (refs.CHECK, refs.FOREIGN_KEY):
            return False
        added = {fold(c.ref.name) for c in self.changes if _is_new_column(c)}
        names = sorted(added & guards.columns_of(change.new, self.new))
        is_single = change.ref.kind == refs.CHECK or len(change.new.body.columns) == 1
        if names and is_single and not change.new.body.conflict:
            self.beside.setdefault(names[-1], []).append(change)
        return bool(names and is_single)

    def _step(self, change: Change) -> Step:
        make = MAKERS.get((change.ref.kind, change.action))
        if make is None:
            raise _NeedsRebuild
        step = make(self, change)
        return msgspec.structs.replace(
            step,
            locks=writing(self.new.table.ref),
            span=change.after.span if change.after else None,
        )

    # -- columns ---------------------------------------------------------------------------

    def add_column(self, change: Change) -> Step:
        """ADD COLUMN, with the checks and foreign keys that come with the column."""
        node, body = change.new, change.new.body
        has_default = body.default is not None
        if (has_default and not is_constant(body.default)) or (body.generated and body.stored):
            raise _NeedsRebuild
        _refuse_rowid(node)
        with_it = self.beside.get(fold(node.ref.name), [])
        made = (node, *(other.new for other in with_it))
        checks = [other.new for other in with_it if other.ref.kind == refs.CHECK]
        scans = bool(checks) or (body.generated is not None and not body.nullable)
        sql = self.new.column_sql(node, tuple(other.new for other in with_it))
        return Step(
            description=f"Add column {node.ref.name} to table {self.new.name}",
            sql=(f"ALTER TABLE {quote(self.new.name)} ADD COLUMN {sql}",),
            produces=tuple(n.ref for n in made),
            consumes=(self.new.table.ref,),
            settles=tuple(n.ref for n in made),
            effects=("scan",) if scans else (),
            guards=tuple(guards.of_changes(self.copy, [change, *with_it], self.old.catalog)),
        )

    def drop_column(self, change: Change) -> Step:
        """DROP COLUMN, where nothing of the table stands on the column."""
        node = change.old
        if not self.can.drop_column or self._is_pinned(node) or has_broken(self.old.catalog):
            raise _NeedsRebuild
        _refuse_rowid(node)
        is_stored = node.body.generated is None
        name = node.ref.name
        return Step(
            description=f"Drop column {name} from table {self.old.name}",
            sql=(f"ALTER TABLE {quote(self.old.name)} DROP COLUMN {quote(name)}",),
            destroys=(node.ref,),
            consumes=(self.old.table.ref,),
            settles=(node.ref,),
            effects=("data_loss", "rewrite", "breaking") if is_stored else ("rewrite", "breaking"),
        )

    def _is_pinned(self, node: Node) -> bool:
        """Whether a key, check, foreign key or generated column uses it: SQLite then refuses.

        (It takes a check beside the column; which one that is, the catalog does not say.)
        """
        name = fold(node.ref.name)
        generated = [c.body.generated for c in self.old.columns if c.body.generated is not None]
        used = [guards.columns_of(other, self.old) for other in self.old.constraints]
        used += [mentioned(expression, [node.ref.name]) for expression in generated]
        return any(name in names for names in used)

    def rename_column(self, change: Change) -> Step:
        """RENAME COLUMN; SQLite rewrites what refers to the column."""
        refuse_broken(change, self.old.catalog)
        old, new = change.old.ref, change.new.ref
        renaming = f"ALTER TABLE {quote(self.new.name)} RENAME COLUMN"
        return Step(
            description=f"Rename column {old.name} of table {self.new.name} to {new.name}",
            sql=(f"{renaming} {quote(old.name)} TO {quote(new.name)}",),
            produces=(new,),
            destroys=(old,),
            consumes=(self.new.table.ref,),
            settles=(new,),
            effects=("breaking",),
        )

    def alter_column(self, change: Change) -> Step:
        """SET and DROP NOT NULL, since SQLite 3.53."""
        old, new = change.old.body, change.new.body
        only_not_null = msgspec.structs.replace(old, nullable=new.nullable) == new
        if not self.can.alter_not_null or not only_not_null or old.conflict:
            raise _NeedsRebuild
        if self.copy.fills(change.new):  # NULLs become the default, which takes a copy
            raise _NeedsRebuild
        where = ".".join(change.ref.path)
        verb = "DROP" if new.nullable else "SET"
        altering = f"ALTER TABLE {quote(self.new.name)} ALTER COLUMN {quote(change.ref.name)}"
        return Step(
            description=f"{'Allow nulls' if new.nullable else 'Require non-null'} in {where}",
            sql=(f"{altering} {verb} NOT NULL",),
            produces=(change.ref,),
            destroys=(change.ref,),
            consumes=(self.new.table.ref,),
            settles=(change.ref,),
            effects=() if new.nullable else ("scan",),
            guards=() if new.nullable else (guards.not_null(self.copy, change.new),),
        )

    # -- checks ----------------------------------------------------------------------------

    def add_check(self, change: Change) -> Step:
        """ADD CONSTRAINT … CHECK, since SQLite 3.53."""
        if not self.can.alter_check:
            raise _NeedsRebuild
        clause = check.clause(change.new, self.new.names)
        return Step(
            description=f"Add check {change.ref.name} to table {self.new.name}",
            sql=(f"ALTER TABLE {quote(self.new.name)} ADD {clause}",),
            produces=(change.ref,),
            consumes=(self.new.table.ref, *change.new.needs),
            settles=(change.ref,),
            effects=("scan",),
            guards=(guards.check(self.copy, change.new),),
        )

    def drop_check(self, change: Change) -> Step:
        """DROP CONSTRAINT, since SQLite 3.53, by a name that no other constraint has."""
        name = fold(change.ref.name)
        same = [n for n in self.old.constraints if name in (fold(n.ref.name), fold(n.body.alias))]
        body = change.old.body
        if not self.can.alter_check or body.unnamed or body.alias or len(same) > 1:
            raise _NeedsRebuild
        dropping = f"ALTER TABLE {quote(self.old.name)} DROP CONSTRAINT"
        return Step(
            description=f"Drop check {change.ref.name} from table {self.old.name}",
            sql=(f"{dropping} {quote(change.ref.name)}",),
            destroys=(change.ref,),
            consumes=(self.old.table.ref, *change.old.needs),
            settles=(change.ref,),
        )


MAKERS: Mapping[tuple[str, str], Callable[[Direct, Change], Step]] = {
    (refs.COLUMN, "create"): Direct.add_column,
    (refs.COLUMN, "drop"): Direct.drop_column,
    (refs.COLUMN, "alter"): Direct.alter_column,
    (refs.COLUMN, "rename"): Direct.rename_column,
    (refs.CHECK, "create"): Direct.add_check,
    (refs.CHECK, "drop"): Direct.drop_check,
}
"""What some ALTER makes, by tag and action; all else, and each where it can not, a rebuild."""


def _refuse_rowid(node: Node) -> None:
    """SQLite 3.54 neither adds nor drops a column that has a word for the rowid as its name."""
    if fold(node.ref.name) in ROWIDS:
        raise _NeedsRebuild


def _is_new_column(change: Change) -> bool:
    return change.ref.kind == refs.COLUMN and change.action == "create"


def has_broken(catalog: Catalog) -> bool:
    """Whether a view or trigger names a table that is not there.

    SQLite then refuses every RENAME and every DROP COLUMN of the schema.
    """
    return any(need not in catalog for node in _readers(catalog) for need in node.needs)


def refuse_broken(change: Change, catalog: Catalog) -> None:
    """Raise `UnsupportedChange` for a rename that SQLite would refuse for `has_broken`."""
    broken = [n.ref for n in _readers(catalog) if any(need not in catalog for need in n.needs)]
    if broken:
        raise UnsupportedChange(
            f"SQLite renames nothing while {broken[0]} names what is not there, and "
            f"{change.old.ref} is to be renamed",
            hint=f"Correct {broken[0]}, or drop it, in a plan of its own.",
        )


def _readers(catalog: Catalog) -> Iterator[Node]:
    yield from catalog.of_kind(refs.VIEW)
    yield from catalog.of_kind(refs.TRIGGER)
