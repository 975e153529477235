"""Enums: values are added at their place; to lose or move one, the type is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.enum_swap import create_enum, swap
from lockplane_postgres.kinds.refs import type_name
from lockplane_postgres.kinds.tags import ENUM
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.kinds.type_swap import is_carried, retyped
from lockplane_postgres.quote import literal, qualified_type, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_ENUMS = f"""
SELECT t.oid, t.typarray, n.nspname, t.typname,
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid
             ORDER BY e.enumsortorder)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'e' AND {USER_SCHEMAS}
"""


class EnumBody(Body, frozen=True, kw_only=True):
    """The values, in their order."""

    values: tuple[str, ...] = ()


class EnumKind(PgKind):
    """Ref: (schema, name)."""

    tag = ENUM
    plural = "enums"
    tree_fields = ROOT_FIELDS
    role = "type"
    body = EnumBody
    weight = 20
    keyword = "TYPE"
    renamable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All enums; columns of their arrays depend on the array type."""
        pg = as_pg(reader)
        for oid, array, schema, name, values in pg.rows(_ENUMS):
            ref = pg.note(Ref(self.tag, (schema, name)), "pg_type", oid)
            pg.note(ref, "pg_type", array)
            yield Node(ref=ref, body=EnumBody(values=tuple(values)))

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE TYPE … AS ENUM`."""
        ref = change.new.ref
        step = Step(
            description=f"Create enum {spoken(ref.path)}",
            sql=(create_enum(ref, change.new.body.values),),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP TYPE`; columns of the type are gone or changed by then."""
        for step in super().drop(change, before, after):
            yield msgspec.structs.replace(step, effects=("breaking",))

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Types share a name space with the row types of relations."""
        return (type_name(*ref.path),)

    def sql(self, ref: Ref) -> str:
        """The name of the type."""
        return qualified_type(*ref.path)

    # -- changing --------------------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether a value is removed or moved: PostgreSQL can only add."""
        return not _is_part(change.old.body.values, change.new.body.values)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ADD VALUE`; a new value can not be used before COMMIT (55P04), hence `boundary`."""
        old, new = change.old.body.values, change.new.body.values
        added = [value for value in new if value not in old]
        name = self.sql(change.new.ref)
        words = ", ".join(literal(value) for value in added)
        noun = "value" if len(added) == 1 else "values"
        enum = f"enum {spoken(change.new.ref.path)}"
        step = Step(
            description=f"Add {noun} {words} to {enum}",
            sql=tuple(f"ALTER TYPE {name} ADD VALUE {part}" for part in _additions(old, new)),
            transaction="boundary",
        )
        yield self.made(change, step)

    def replace(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Another type of the same name in the place of this one, its columns moved over."""
        yield swap(change, before, after)

    def carries(self, change: Change, before: Catalog) -> Iterable[Ref]:
        """The columns of the type, which a swap retypes: what stands on them is in the way."""
        return [node.ref for node in retyped(change.old.ref, before)]

    def disturbs(self, change: Change) -> bool:
        """A value more takes nothing from who knows the others."""
        return change.action != "alter"

    def displaces(self, change: Change, dependant: Node) -> bool:
        """Everything but the columns, their simple defaults, and what the server rebuilds."""
        return change.action == "replace" and not is_carried(change.old.ref, dependant)


def _is_part(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether the old values stand among the new ones in the same order."""
    rest = iter(new)
    return all(value in rest for value in old)


def _additions(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """What follows ADD VALUE, each at its place among those that are there by then."""
    for number, value in enumerate(new):
        if value in old:
            continue
        if set(old).isdisjoint(new[number:]):
            yield literal(value)
        elif number == 0:
            yield f"{literal(value)} BEFORE {literal(old[0])}"
        else:
            yield f"{literal(value)} AFTER {literal(new[number - 1])}"
