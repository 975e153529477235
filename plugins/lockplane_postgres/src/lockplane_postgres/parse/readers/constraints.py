"""Constraints of tables, inline or not, with the names that the server would choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.figure import index_columns
from lockplane_postgres.parse.mentions import Mentions, Scope, mentions_something
from lockplane_postgres.parse.tree import plain, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from msgspec import Raw

    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.tree import Constraint, ExclusionPart, IndexElement

_INDEXED = {
    "CONSTR_PRIMARY": (tags.PRIMARY_KEY, "pkey"),
    "CONSTR_UNIQUE": (tags.UNIQUE, "key"),
    "CONSTR_EXCLUSION": (tags.EXCLUSION, "excl"),
}
_ORDER = ("CONSTR_CHECK", "CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_EXCLUSION", "CONSTR_FOREIGN")
"""In which the server makes, and so names, the constraints of a statement."""


class OnTable(NamedTuple):
    """A table, as its constraints see it."""

    schema: str
    name: str

    def column(self, name: str) -> Ref:
        return Ref(tags.COLUMN, (self.schema, self.name, name))

    def below(self, kind: str, name: str) -> Ref:
        return Ref(kind, (self.schema, self.name, name))

    @property
    def scope(self) -> Scope:
        return Scope({self.name: (self.schema, self.name)})

    def read(self, expression: Raw, draft: Draft) -> None:
        """Require what an expression over the columns of the table mentions."""
        if mentions_something(expression):
            Mentions(draft).read(expression, self.scope)


class Placed(NamedTuple):
    """A constraint, and the column beside which it stands (empty: none)."""

    constraint: Constraint
    column: str


def read_not_null(constraint: Constraint, draft: Draft) -> None:
    """NOT NULL: a fact of the column, whatever its name."""
    draft.say("not_null")
    if constraint.no_inherit:
        draft.lacks("NOT NULL … NO INHERIT")


def of_table(constraint: Constraint, table: OnTable, draft: Draft) -> list[Placed]:
    """A constraint that stands beside no column; NOT NULL is settled at once."""
    if constraint.type != "CONSTR_NOTNULL":
        return [Placed(constraint, "")]
    read_not_null(constraint, draft)
    _require_columns(texts(constraint.keys), table, draft, constraint.location)
    return []


def read_constraints(found: Sequence[Placed], table: OnTable, draft: Draft) -> None:
    """Declare the constraints of a table."""
    keys: set[tuple[str, ...]] = set()
    for type_ in _ORDER:
        for placed in found:
            if placed.constraint.type == type_ and not _repeats(placed, keys):
                _READERS[type_](placed, table, draft)


def _repeats(placed: Placed, keys: set[tuple[str, ...]]) -> bool:
    """Whether a UNIQUE says again what a key says: the server makes one index of both."""
    if placed.constraint.type not in ("CONSTR_PRIMARY", "CONSTR_UNIQUE"):
        return False
    columns = _columns(placed)
    if not placed.constraint.name and columns in keys:
        return True
    keys.add(columns)
    return False


def _columns(placed: Placed) -> tuple[str, ...]:
    return texts(placed.constraint.keys) or ((placed.column,) if placed.column else ())


def _key(placed: Placed, table: OnTable, draft: Draft) -> None:
    """PRIMARY KEY and UNIQUE; made from an index, they take its name and columns."""
    constraint = placed.constraint
    kind, label = _INDEXED[constraint.type]
    columns = () if constraint.index else _columns(placed)
    named = () if kind == tags.PRIMARY_KEY else (*columns, *texts(constraint.including))
    chosen = constraint.name or constraint.index
    name = chosen or draft.taken.choose_relation(*table, named, label)
    _declare(table.below(kind, name), constraint, draft, columns)
    draft.taken.relation(table.schema, name)
    draft.say("primary_key", when=kind == tags.PRIMARY_KEY)
    _require_columns((*columns, *texts(constraint.including)), table, draft, constraint.location)
    if constraint.index:
        draft.require(table.below(tags.INDEX, constraint.index), constraint.location)
    draft.place(table.below(kind, name).path, constraint.tablespace, constraint.location)


def _exclusion(placed: Placed, table: OnTable, draft: Draft) -> None:
    constraint = placed.constraint
    kind, label = _INDEXED[constraint.type]
    elements = [_element(item) for item in constraint.exclusions]
    names = (*index_columns(elements), *texts(constraint.including))
    name = constraint.name or draft.taken.choose_relation(*table, names, label)
    on = tuple(element.name for element in elements if element.name)
    _declare(table.below(kind, name), constraint, draft, on)
    draft.taken.relation(table.schema, name)
    _require_columns((*on, *texts(constraint.including)), table, draft, constraint.location)
    for element in elements:
        table.read(element.expression, draft)
    table.read(constraint.where, draft)
    draft.place(table.below(kind, name).path, constraint.tablespace, constraint.location)


def _element(item: ExclusionPart) -> IndexElement:
    """The column or expression of one part of EXCLUDE (…), which is beside its operator."""
    return next(part.element for part in item.list.items if part.element is not None)


def _check(placed: Placed, table: OnTable, draft: Draft) -> None:
    constraint = placed.constraint
    # The server names it after its column if it mentions one only (AddRelationNewConstraints).
    tree = plain(constraint.expression)
    columns = _mentioned(tree, table)
    named = columns if len(columns) == 1 else ()
    name = constraint.name or draft.taken.choose_constraint(*table, named, "check")
    _declare(table.below(tags.CHECK, name), constraint, draft, columns)
    Mentions(draft).look(tree, table.scope)


def _mentioned(expression: Any, table: OnTable) -> tuple[str, ...]:
    """The columns that a check mentions, in the order in which it does."""
    found: dict[str, None] = {}
    pending = [expression]
    while pending:
        tree = pending.pop()
        if isinstance(tree, list):
            pending += reversed(tree)
        elif isinstance(tree, dict):
            fields = tree.get("ColumnRef", {}).get("fields", ())
            names = [field.get("String", {}).get("sval", "") for field in fields]
            if names and names[:-1] in ([], [table.name], [table.schema, table.name]):
                found[names[-1]] = None
            pending += reversed(tree.values())
    return tuple(found)


def _foreign_key(placed: Placed, table: OnTable, draft: Draft) -> None:
    constraint, target = placed.constraint, placed.constraint.referenced
    if target is None:  # pragma: no cover - the grammar gives every foreign key its table
        return
    columns = texts(constraint.columns) or ((placed.column,) if placed.column else ())
    name = constraint.name or draft.taken.choose_constraint(*table, columns, "fkey")
    _declare(table.below(tags.FOREIGN_KEY, name), constraint, draft, columns)
    _require_columns(columns, table, draft, constraint.location)
    referenced = texts(constraint.referenced_columns)
    draft.require(draft.table(target), target.location, of=referenced)
    _require_columns(referenced, OnTable(*draft.path(target)), draft, target.location)
    draft.say("foreign_key")


_READERS = {
    "CONSTR_CHECK": _check,
    "CONSTR_PRIMARY": _key,
    "CONSTR_UNIQUE": _key,
    "CONSTR_EXCLUSION": _exclusion,
    "CONSTR_FOREIGN": _foreign_key,
}


def _declare(ref: Ref, constraint: Constraint, draft: Draft, columns: Sequence[str]) -> None:
    draft.declare(ref, constraint.location, of=columns)
    draft.taken.constraint(ref)


def _require_columns(columns: Iterable[str], table: OnTable, draft: Draft, offset: int) -> None:
    for column in columns:
        draft.require(table.column(column), offset)
