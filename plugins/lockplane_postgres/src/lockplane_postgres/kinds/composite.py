"""Composite types: attributes come at the end, go, and change their type where nothing is stored.

PostgreSQL does not rewrite the rows that hold a composite (0A000), and never moves an attribute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.errors import UnsupportedChange
from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.queries import Output, column_comments, column_rows
from lockplane_postgres.kinds.refs import relation_name, type_name
from lockplane_postgres.kinds.tags import COLUMN, COMPOSITE, DOMAIN, FUNCTION, RANGE
from lockplane_postgres.kinds.tree import ROOT_FIELDS
from lockplane_postgres.kinds.type_uses import Holder, holders
from lockplane_postgres.quote import block, qualified_type, quote, spoken
from lockplane_postgres.reader import USER_SCHEMAS, as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.step import Effect
    from lockplane_core.spi.reader import Reader

_COMPOSITES = f"""
SELECT t.oid, t.typarray, t.typrelid, n.nspname, t.typname
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
WHERE t.typtype = 'c' AND {USER_SCHEMAS}
"""
_UNTOUCHED = frozenset({COLUMN, COMPOSITE, DOMAIN, RANGE})
"""What holds values of the type, whichever attributes these have."""


class CompositeBody(Body, frozen=True, kw_only=True):
    """The attributes, in their order."""

    attributes: tuple[Output, ...] = ()


class CompositeKind(PgKind):
    """Ref: (schema, name)."""

    tag = COMPOSITE
    plural = "composite_types"
    tree_fields = ROOT_FIELDS
    role = "type"
    body = CompositeBody
    weight = 22
    keyword = "TYPE"
    renamable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All composite types that are no row types; arrays and rows stand for them."""
        pg = as_pg(reader)
        attributes = column_rows(pg, "c")
        for oid, array, relation, schema, name in pg.rows(_COMPOSITES):
            ref = pg.note(Ref(self.tag, (schema, name)), "pg_type", oid)
            pg.note(ref, "pg_type", array)
            pg.note(ref, "pg_class", relation)
            found = tuple(Output.read(row) for row in attributes.get(relation, ()))
            yield Node(ref=ref, body=CompositeBody(attributes=found))

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """It is kept as a relation, so it takes a name from these, too."""
        return (relation_name(*ref.path), type_name(*ref.path))

    def sql(self, ref: Ref) -> str:
        """The name of the type."""
        return qualified_type(*ref.path)

    # -- what else must move -----------------------------------------------------------------

    def replaces(self, change: Change) -> bool:
        """Whether an attribute would have to come or be anywhere but at the end."""
        old, new = _names(change.old), _names(change.new)
        kept = [name for name in old if name in new]
        return new[: len(kept)] != kept

    def displaces(self, change: Change, dependant: Node) -> bool:
        """What reads the attributes, where one of them goes or changes its type."""
        if change.action == "replace":
            return True
        if dependant.ref.kind in _UNTOUCHED or not (_gone(change) or _changed(change)):
            return False
        return dependant.ref.kind != FUNCTION or dependant.body.body is not None

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`CREATE TYPE … AS (…)`."""
        ref, attributes = change.new.ref, change.new.body.attributes
        listed = block(map(_definition, attributes))
        step = Step(
            description=f"Create composite type {spoken(ref.path)}",
            sql=(
                f"CREATE TYPE {self.sql(ref)} AS {listed}",
                *column_comments(self.sql(ref), (), attributes),
            ),
        )
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP TYPE`; columns of the type are gone or changed by then."""
        for step in super().drop(change, before, after):
            yield msgspec.structs.replace(step, effects=("breaking",))

    def replace(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """Drop it and make it again; by now nothing is of the type."""
        yield from self.drop(change, before, after)
        yield from self.create(change, before, after)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """A step for what goes, what changes its type, what comes, and for comments."""
        held = _held(change.new.ref, before, after)
        said = f"composite type {spoken(change.new.ref.path)}"
        for attribute in _gone(change):
            lost: tuple[Effect, ...] = ("data_loss", "breaking") if held else ("breaking",)
            action = f"DROP ATTRIBUTE {quote(attribute.name)}"
            yield self._altered(
                change, f"Drop attribute {attribute.name} from {said}", action, effects=lost
            )
        for attribute in _changed(change):
            _refuse_stored(change, attribute, held)
            action = f"ALTER ATTRIBUTE {quote(attribute.name)} TYPE {_typed(attribute)}"
            yield self._altered(
                change,
                f"Change type of attribute {attribute.name} of {said}",
                action,
                effects=("breaking",),
            )
        for attribute in _added(change):
            action = f"ADD ATTRIBUTE {_definition(attribute)}"
            yield self._altered(change, f"Add attribute {attribute.name} to {said}", action)
        comments = tuple(self._comments(change))
        if comments:
            step = Step(description=f"Change comments on attributes of {said}", sql=comments)
            yield self.made(change, step)

    def _altered(
        self, change: Change, said: str, action: str, *, effects: tuple[Effect, ...] = ()
    ) -> Step:
        sql = f"ALTER TYPE {self.sql(change.new.ref)} {action}"
        return self.made(change, Step(description=said, sql=(sql,), effects=effects))

    def _comments(self, change: Change) -> Iterator[str]:
        old, new = change.old.body.attributes, change.new.body.attributes
        return column_comments(self.sql(change.new.ref), old, new)


def _definition(attribute: Output) -> str:
    return f"{quote(attribute.name)} {_typed(attribute)}"


def _typed(attribute: Output) -> str:
    collation = f" COLLATE {attribute.collation}" if attribute.collation else ""
    return attribute.type + collation


def _names(node: Node) -> list[str]:
    return [attribute.name for attribute in node.body.attributes]


def _gone(change: Change) -> list[Output]:
    new = _names(change.new)
    return [attribute for attribute in change.old.body.attributes if attribute.name not in new]


def _added(change: Change) -> list[Output]:
    old = _names(change.old)
    return [attribute for attribute in change.new.body.attributes if attribute.name not in old]


def _changed(change: Change) -> list[Output]:
    """The attributes of another type or collation, as they will be."""
    old = {attribute.name: attribute.shape for attribute in change.old.body.attributes}
    return [
        attribute
        for attribute in change.new.body.attributes
        if old.get(attribute.name, attribute.shape) != attribute.shape
    ]


def _held(type_: Ref, before: Catalog, after: Catalog) -> list[Holder]:
    """The columns of tables that hold values of the type before the plan, and go on to."""
    later = {holder.node.ref for holder in holders(type_, after)}
    return [
        holder
        for holder in holders(type_, before)
        if holder.node.ref.kind == COLUMN and holder.node.ref in later
    ]


def _refuse_stored(change: Change, attribute: Output, held: Sequence[Holder]) -> None:
    """Raise `UnsupportedChange` where rows would have to be rewritten."""
    if held:
        column = held[0].node.ref
        place = f" ({change.new.span})" if change.new.span else ""
        raise UnsupportedChange(
            f"the type of attribute {attribute.name} of {change.new.ref} can not change while "
            f"{column} holds it: PostgreSQL does not rewrite what is stored{place}",
            hint="Add an attribute of the new type under another name, copy the values, and "
            "drop the old one later.",
        )
