"""Defaults of columns: objects of their own in pg_attrdef, with needs of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds import descent
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import COLUMN, DEFAULT
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote, spoken
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

# A default names no columns. So pg_get_expr() need not know the table, which it would open (and a
# server that has opened a table keeps all about it in memory).
_DEFAULTS = """
SELECT d.oid, d.adrelid, d.adnum, pg_get_expr(d.adbin, 0)
FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE a.attgenerated = ''
"""


class DefaultBody(Body, frozen=True, kw_only=True):
    """What a row gets that names no value."""

    expression: SqlText


class DefaultKind(PgKind):
    """Ref: (schema, table, column); below its column, in whose JSON it stands."""

    tag = DEFAULT
    plural = "defaults"
    role = "other"
    body = DefaultBody
    parent = COLUMN
    weight = 70
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """The defaults of all columns of modelled tables."""
        pg = as_pg(reader)
        bodies: dict[str, DefaultBody] = {}
        for oid, table, number, expression in pg.rows(_DEFAULTS):
            parent = pg.ref("pg_class", table, number)
            if parent is None or parent.kind != COLUMN:
                continue
            body = bodies.get(expression)
            if body is None:
                body = bodies[expression] = DefaultBody(expression=expression)
            ref = pg.note(Ref(self.tag, parent.path), "pg_attrdef", oid)
            yield Node(ref=ref, parent=parent, body=body)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET DEFAULT`: for rows to come."""
        yield from self._set(change, before, after)

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`SET DEFAULT` replaces what was there."""
        yield from self._set(change, before, after)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP DEFAULT`."""
        if not _is_led(change.ref, before, after):
            step = self._step(change, before, after, "DROP DEFAULT")
            yield _for_heirs(change.ref, self.gone(change, before, step), before, after)

    def _set(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        if not _is_led(change.ref, before, after):
            step = self._step(change, before, after, set_default(change.new))
            yield _for_heirs(change.ref, self.made(change, step), before, after)

    def _step(self, change: Change, before: Catalog, after: Catalog, action: str) -> Step:
        ref = change.ref
        table = table_of(ref)
        led = _led(ref, before, after)
        only = "ONLY " if descent.heirs(table, before, after) and not led else ""
        own = qualified(*table.path)
        return Step(
            description=f"Change default of {spoken(ref.path)}",
            sql=(f"ALTER TABLE {only}{own} ALTER COLUMN {quote(ref.name)} {action}",),
            locks=existing(before, ACCESS_EXCLUSIVE, table, *map(table_of, led)),
            undo_description=f"Restore default for {spoken(ref.path)}",
        )


def _led(ref: Ref, before: Catalog, after: Catalog) -> list[Ref]:
    """The defaults in all heirs, if one statement makes of all of them what they shall be."""
    heirs = descent.heirs(table_of(ref), before, after)
    led = [descent.counterpart(ref, heir) for heir in heirs]
    are_alike = all(_bodies(heir, before, after) == _bodies(ref, before, after) for heir in led)
    return led if are_alike else []


def _is_led(ref: Ref, before: Catalog, after: Catalog) -> bool:
    """Whether a statement about a parent changes this default."""
    table = table_of(ref)
    if not descent.stays(table, before, after):
        return False
    likes = [descent.counterpart(ref, parent) for parent in descent.parents(table, before)]
    return any(ref in _led(like, before, after) or _is_led(like, before, after) for like in likes)


def _bodies(ref: Ref, before: Catalog, after: Catalog) -> tuple[object, object]:
    old, new = before.get(ref), after.get(ref)
    return old and old.body, new and new.body


def _for_heirs(ref: Ref, step: Step, before: Catalog, after: Catalog) -> Step:
    return descent.widened(step, [(ref, led) for led in _led(ref, before, after)])


def default_of(column: Ref, catalog: Catalog) -> Node | None:
    """The default of a column."""
    return catalog.get(Ref(DEFAULT, column.path))


def set_default(default: Node) -> str:
    """The action of ALTER COLUMN that gives a column its default."""
    return f"SET DEFAULT {default.body.expression}"


def defaults_right(ref: Ref, given: Node | None, after: Catalog) -> Iterator[str]:
    """The statement that gives a column its own default, if that is not the one it was given."""
    own = default_of(ref, after)
    if own is not None and (given is None or given.body != own.body):
        yield _alone(ref, set_default(own))
    if own is None and given is not None:
        yield _alone(ref, "DROP DEFAULT")


def _alone(ref: Ref, action: str) -> str:
    table = qualified(*ref.path[:2])
    return f"ALTER TABLE ONLY {table} ALTER COLUMN {quote(ref.name)} {action}"


def defaults_of(columns: Iterable[Ref], *catalogs: Catalog) -> list[Ref]:
    """The defaults that these columns have in any of the catalogs."""
    refs = (type(ref)(DEFAULT, ref.path) for ref in columns)
    return [ref for ref in refs if any(ref in catalog for catalog in catalogs)]
