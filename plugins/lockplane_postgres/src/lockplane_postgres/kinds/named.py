"""What rarer kinds share: other ways to be named, and to be made again for any change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.renaming import former_routine, routine_name
from lockplane_postgres.kinds.tree import text
from lockplane_postgres.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node, Role
    from lockplane_core.model.step import Effect
    from lockplane_core.spi.dialect import Dialect


class UnplacedKind(PgKind):
    """What belongs to the database and to no schema. Ref: (name,)."""

    def tree_ref(self, fields: dict[str, Any], parent: Ref | None) -> Ref:
        """A name, and no schema."""
        return Ref(self.tag, (text(fields.pop("name")),))


class SignedKind(PgKind):
    """Ref: (schema, name and what tells its namesakes apart), the last part as SQL wants it.

    DDL names it with its schema always: one in `public` may have a namesake in `pg_catalog`.
    """

    def sql(self, ref: Ref) -> str:
        """`public."f"(integer)`."""
        schema, signed = ref.path
        return f"{quote(schema)}.{signed}"


class RoutineKind(SignedKind):
    """What is told apart from its namesakes by its arguments: functions and aggregates."""

    role = "routine"

    def former(self, ref: Ref, names: Sequence[str]) -> Ref:
        """Of another name, with the same arguments."""
        return former_routine(ref, names)

    def spelled(self, old: Ref, new: Ref, dialect: Dialect) -> str:
        """The name without arguments."""
        moved = f"{dialect.quote(old.path[0])}." if old.path[0] != new.path[0] else ""
        return moved + routine_name(old)

    def own_name(self, ref: Ref) -> str:
        """The name without the arguments."""
        return routine_name(ref)


class RemadeKind(PgKind):
    """What has no ALTER, or none that is worth it: another one takes its place."""

    rebuildable = True
    role: ClassVar[Role] = "other"

    def definition(self, node: Node) -> str:
        """The CREATE statement."""
        raise NotImplementedError

    def called(self, ref: Ref) -> str:
        """As a description calls it."""
        return f"{ref.noun} {self.spoken(ref)}"

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE …`."""
        said = f"Create {self.called(change.new.ref)}"
        yield self.made(change, Step(description=said, sql=(self.definition(change.new),)))

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP …`, of what nothing stands on by then."""
        effects: tuple[Effect, ...] = ("breaking",) if change.action == "drop" else ()
        for step in super().drop(change, before, after):
            yield msgspec.structs.replace(step, effects=effects)
