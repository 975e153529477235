"""Check constraints of tables."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.step import Guard, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds import descent, handed, online, rows
from lockplane_postgres.kinds.constraint import ConstraintKind, equal_but, is_as_before, state
from lockplane_postgres.kinds.refs import table_of
from lockplane_postgres.kinds.tags import CHECK, COLUMN
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import qualified, quote, spoken
from lockplane_postgres.reader import TABLES, as_pg, of_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.ref import Ref
    from lockplane_core.spi.reader import Reader

_CHECKS = (
    TABLES
    + """
SELECT t.oid, k.oid, k.conname, pg_get_expr(k.conbin, k.conrelid), k.connoinherit,
       k.convalidated, {enforced}, k.coninhcount > 0 AND NOT k.conislocal
FROM t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'c'
"""
)


class CheckBody(Body, frozen=True, kw_only=True):
    """What must not be false; `validated` of all rows, or only of those written since.

    It is `inherited` if it is there because a parent of the table has it.
    """

    expression: SqlText
    no_inherit: bool = False
    validated: bool = True
    enforced: bool = True
    inherited: bool = False


class CheckKind(ConstraintKind):
    """Ref: (schema, table, name)."""

    tag = CHECK
    plural = "checks"
    body = CheckBody
    weight = 120
    noun = "check constraint"
    since = MappingProxyType({"enforced": "18"})

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All check constraints of modelled tables."""
        pg = as_pg(reader)
        query = _CHECKS.format(enforced=pg.since(self.since["enforced"], "k.conenforced", "true"))
        for table, (_, oid, name, expression, *facts) in of_tables(pg, pg.rows(query)):
            no_inherit, validated, enforced, inherited = facts
            body = CheckBody(
                expression=expression,
                no_inherit=no_inherit,
                validated=validated or not enforced,
                enforced=enforced,
                inherited=inherited,
            )
            ref = pg.note(table.child(self.tag, name), "pg_constraint", oid)
            yield Node(ref=ref, parent=table, body=body)

    def clause(self, node: Node) -> str:
        body: CheckBody = node.body
        words = f"CHECK ({body.expression})" + (" NO INHERIT" if body.no_inherit else "")
        return words + state(validated=body.validated, enforced=body.enforced)

    def is_inline(self, node: Node) -> bool:
        """CREATE TABLE takes NOT VALID and makes it valid all the same (ddl-createtable, 14-18)."""
        return bool(node.body.validated)

    def scans(self, node: Node) -> bool:
        return bool(node.body.validated and node.body.enforced)

    def renamed_along(self, old: Ref, new: Ref, catalog: Catalog) -> Iterable[tuple[Ref, Ref]]:
        """The checks of heirs, unless they have theirs for themselves."""
        if not catalog[old].body.no_inherit:
            yield from descent.renamed_along(old, new, catalog)

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ADD CONSTRAINT`, which all heirs get as well."""
        if not handed.is_handed(change.new, before, after):
            for step in super().create(change, before, after):
                locking = _locking(change.new, step, ACCESS_EXCLUSIVE, before, after)
                yield _for_heirs(change.new, locking, after, before, after)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP CONSTRAINT`, with which it goes from all heirs that have it from here."""
        if not handed.is_handed(change.old, before, after):
            for step in super().drop(change, before, after):
                locking = _locking(change.old, step, ACCESS_EXCLUSIVE, before, after)
                yield _for_heirs(change.old, locking, before, before, after)

    def replaces(self, change: Change) -> bool:
        """All but that it becomes valid."""
        return not (
            change.new.body.validated and equal_but(change.old.body, change.new.body, "validated")
        )

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`VALIDATE CONSTRAINT`, which keeps nobody from reading or writing."""
        ref = change.new.ref
        locks = existing(before, SHARE_UPDATE_EXCLUSIVE, table_of(ref))
        action = f"VALIDATE CONSTRAINT {quote(ref.name)}"
        if handed.is_remarked(change) or _is_led(change, before, after):
            return
        step = self.altered(change, before, "Validate", action, locks=locks)
        locking = _locking(change.new, step, SHARE_UPDATE_EXCLUSIVE, before, after)
        yield _for_heirs(change.new, locking, after, before, after)

    def online(self, step: Step, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`NOT VALID`, and then `VALIDATE CONSTRAINT`."""
        return self.validated_online(step, change, before, after, online.validating(step))

    def guards(self, node: Node, before: Catalog, after: Catalog) -> Iterator[Guard]:
        """Rows that break it, as far as it speaks of what is there before the plan."""
        table = table_of(node.ref)
        columns = [need for need in node.needs if need.kind == COLUMN]
        others = [need for need in node.needs if need not in columns]
        if not self.scans(node) or not is_as_before(others, before, after):
            return
        found = rows.source(columns, before, after) if columns else qualified(*table.path)
        if found:
            yield Guard(
                query=f"SELECT 1 FROM {found} AS {quote(table.name)} "
                f"WHERE NOT ({node.body.expression}) LIMIT 1",
                message=f"rows of {spoken(table.path)} break {node.ref.name}: "
                f"{node.body.expression}",
            )


def _locking(node: Node, step: Step, mode: str, before: Catalog, after: Catalog) -> Step:
    return descent.locking(step, mode, table_of(node.ref), before, after)


def _for_heirs(node: Node, step: Step, side: Catalog, before: Catalog, after: Catalog) -> Step:
    """`step` for the checks, on one side, that are there because of this one."""
    if node.body.no_inherit:
        return step
    heirs = descent.heirs(table_of(node.ref), before, after)
    likes = [side.get(descent.counterpart(node.ref, heir)) for heir in heirs]
    led = [like.ref for like in likes if like is not None and like.body.inherited]
    wide = descent.widened(step, [(node.ref, ref) for ref in led])
    settled = tuple(ref for ref in wide.settles if ref not in led or _is_over(ref, side, after))
    valid = tuple(_validation(ref) for ref in led if _is_ahead(node, side[ref]))
    sql = (*wide.sql, *(valid if side is after else ()))
    return msgspec.structs.replace(wide, sql=sql, settles=settled)


def _is_ahead(node: Node, heir: Node) -> bool:
    """Whether all rows of an heir were looked at, and not those of its parent."""
    return bool(heir.body.validated and not node.body.validated)


def _validation(ref: Ref) -> str:
    return f"ALTER TABLE {qualified(*ref.path[:2])} VALIDATE CONSTRAINT {quote(ref.name)}"


def _is_led(change: Change, before: Catalog, after: Catalog) -> bool:
    """Whether it becomes valid with that of a parent."""
    if not handed.is_handed(change.new, before, after):
        return False
    for parent in descent.parents(table_of(change.ref), before):
        like = descent.counterpart(change.ref, parent)
        if like in before and like in after and before[like].body != after[like].body:
            return True
    return False


def _is_over(ref: Ref, side: Catalog, after: Catalog) -> bool:
    """Whether nothing is left to do about it: it is made, or gone for good."""
    return side is after or ref not in after
