"""What the kinds of constraints share: added to and dropped from a table that stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds import descent, handed, online
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.refs import relation_name, table_of
from lockplane_postgres.kinds.tags import COLUMN, CONSTRAINT_NAME, TABLE
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Body, Node
    from lockplane_core.model.step import Guard, Lock


class ConstraintKind(PgKind):
    """Ref: (schema, table, name). `noun` is what a description calls it."""

    role = "constraint"
    parent = TABLE
    keyword = "CONSTRAINT"
    renamable = True
    rebuildable = True
    noun: ClassVar[str]
    has_index: ClassVar[bool] = False
    """Whether it stands on an index that goes by its name."""

    def clause(self, node: Node) -> str:
        """The constraint as CREATE TABLE and ADD CONSTRAINT write it, after its name."""
        raise NotImplementedError

    def is_inline(self, node: Node) -> bool:
        """Whether CREATE TABLE may hold it."""
        return True

    def guards(self, node: Node, before: Catalog, after: Catalog) -> Iterable[Guard]:
        """What must be asked of the rows that are there."""
        return ()

    def locked(self, node: Node, before: Catalog) -> tuple[Lock, ...]:
        """The locks of adding it."""
        return existing(before, ACCESS_EXCLUSIVE, table_of(node.ref))

    def unlocked(self, node: Node, before: Catalog) -> tuple[Lock, ...]:
        """The locks of dropping it."""
        return existing(before, ACCESS_EXCLUSIVE, table_of(node.ref))

    def scans(self, node: Node) -> bool:
        """Whether adding it reads all rows."""
        return True

    def must_replace(self, change: Change, before: Catalog, after: Catalog) -> bool:
        """What only was handed down, or is no more, changes with the parent's."""
        if handed.is_remarked(change):
            return handed.is_handed(change.old, before, after)
        return self.replaces(change)

    def replace(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Drop it and add it, as far as the parent's steps do not do that as well."""
        if not handed.is_handed(change.old, before, after):
            yield from self.drop(change, before, after)
        yield from self.create(change, before, after)

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Its name among the table's constraints, and that of its index."""
        own = Ref(CONSTRAINT_NAME, ref.path)
        return (own, relation_name(ref.path[0], ref.name)) if self.has_index else (own,)

    def renaming(self, node: Node) -> str:
        """`ALTER TABLE users RENAME CONSTRAINT users_pkey`: it takes its index along."""
        table = qualified(*table_of(node.ref).path)
        return f"ALTER TABLE {table} RENAME CONSTRAINT {quote(node.ref.name)}"

    # -- changing ----------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ADD CONSTRAINT`."""
        node = change.new
        table = table_of(node.ref)
        step = Step(
            description=f"Add {self.noun} {node.ref.name} to table {spoken(table.path)}",
            sql=(self._adding(node, self._words(table, after)),),
            effects=("scan",) if table in before and self._reads(node, after) else (),
            locks=self.locked(node, before),
            guards=tuple(self.guards(node, before, after)) if table in before else (),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP CONSTRAINT`."""
        node = change.old
        table = table_of(node.ref)
        step = Step(
            description=f"Drop {self.noun} {node.ref.name} from table {spoken(table.path)}",
            sql=(f"ALTER TABLE {qualified(*table.path)} DROP CONSTRAINT {quote(node.ref.name)}",),
            locks=self.unlocked(node, before),
        )
        yield self.gone(change, before, step)

    def validated_online(
        self, step: Step, change: Change, before: Catalog, after: Catalog, locks: tuple[Lock, ...]
    ) -> Iterable[Step]:
        """What adds a constraint first to new rows, then to the others; any other step as it is.

        `locks` are those of its validation.
        """
        if change.after is None or not step.produces or step.sql != (self._adding(change.new),):
            return (step,)
        node, table = change.new, table_of(change.ref)
        if not self.scans(node) or not online.stands(table, before, after):
            return (step,)
        unchecked = msgspec.structs.replace(node.body, validated=False)
        added = self._adding(msgspec.structs.replace(node, body=unchecked))
        return online.validated_later(step, added, self.noun, node.ref, locks)

    def _words(self, table: Ref, after: Catalog) -> str:
        """Each partition gets its key by itself, under its own name."""
        is_split = self.has_index and descent.is_split(table, after)
        return "ALTER TABLE ONLY" if is_split else "ALTER TABLE"

    def _reads(self, node: Node, after: Catalog) -> bool:
        """Whether adding it reads rows: the table's alone, if its partitions get theirs later."""
        return self.scans(node) and not (
            self.has_index and descent.is_split(table_of(node.ref), after)
        )

    def _adding(self, node: Node, words: str = "ALTER TABLE") -> str:
        return f"{words} {qualified(*table_of(node.ref).path)} ADD {self.named(node)}"

    def named(self, node: Node) -> str:
        """`CONSTRAINT name …`."""
        return f"CONSTRAINT {quote(node.ref.name)} {self.clause(node)}"

    def altered(
        self,
        change: Change,
        before: Catalog,
        said: str,
        action: str,
        *,
        locks: tuple[Lock, ...] = (),
    ) -> Step:
        """A step that changes the constraint where it stands."""
        ref = change.new.ref
        table = table_of(ref)
        step = Step(
            description=f"{said} {self.noun} {ref.name} of table {spoken(table.path)}",
            sql=(f"ALTER TABLE {qualified(*table.path)} {action}",),
            effects=("scan",) if action.startswith("VALIDATE") else (),
            locks=locks or existing(before, ACCESS_EXCLUSIVE, table),
        )
        return self.made(change, step)


def equal_but(old: Body, new: Body, *fields: str) -> bool:
    """Whether two bodies differ in nothing else than the fields named."""
    same = {field: getattr(new, field) for field in fields}
    return msgspec.structs.replace(old, **same) == new


def deferring(body: Body) -> str:
    """`DEFERRABLE …`, with a space before it; nothing for a constraint that is not."""
    if not body.deferrable:  # type: ignore[attr-defined]  # of keys and foreign keys alone
        return ""
    return " DEFERRABLE" + (" INITIALLY DEFERRED" if body.deferred else "")  # type: ignore[attr-defined]


def state(*, validated: bool, enforced: bool) -> str:
    """`NOT VALID` or `NOT ENFORCED`, with a space before it; nothing for one that holds."""
    if not enforced:
        return " NOT ENFORCED"
    return "" if validated else " NOT VALID"


def is_as_before(refs: Iterable[Ref], before: Catalog, after: Catalog) -> bool:
    """Whether a query about these can be asked before the plan runs, and means the same then."""
    return all(ref in before and _same(before[ref], after.get(ref)) for ref in refs)


def _same(old: Node, new: Node | None) -> bool:
    if new is None:
        return False
    if old.ref.kind == COLUMN:
        fields = ("type", "collation", "generated")
        return all(getattr(old.body, field) == getattr(new.body, field) for field in fields)
    return bool(old.body == new.body) or old.ref.kind == TABLE


def columns_of(table: Ref, names: Iterable[str]) -> list[Ref]:
    """The refs of columns of a table."""
    return [table.child(COLUMN, name) for name in names]
