"""Check constraints of domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Guard, Step
from lockplane_core.model.text import SqlText
from lockplane_postgres.kinds.base import PgKind
from lockplane_postgres.kinds.constraint import equal_but, is_as_before, state
from lockplane_postgres.kinds.tags import CONSTRAINT_NAME, DOMAIN, DOMAIN_CHECK
from lockplane_postgres.kinds.type_uses import (
    held_throughout,
    plain_type,
    refuse_nested,
    scanned,
)
from lockplane_postgres.quote import qualified, qualified_type, quote, spoken
from lockplane_postgres.reader import as_pg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.spi.reader import Reader

_CHECKS = """
SELECT k.contypid, k.oid, k.conname, pg_get_expr(k.conbin, 0), k.convalidated
FROM pg_constraint k
WHERE k.contypid <> 0 AND k.contype = 'c'
"""


class DomainCheckBody(Body, frozen=True, kw_only=True):
    """What must not be false of VALUE; `validated` of all values, or of those written since."""

    expression: SqlText
    validated: bool = True


class DomainCheckKind(PgKind):
    """Ref: (schema, domain, name)."""

    tag = DOMAIN_CHECK
    plural = "checks"
    role = "constraint"
    body = DomainCheckBody
    parent = DOMAIN
    weight = 31  # tables may use the domain in ways that keep a check from being added
    keyword = "CONSTRAINT"
    renamable = True
    rebuildable = True

    def introspect(self, reader: Reader) -> Iterable[Node]:
        """All check constraints of domains that are modelled."""
        pg = as_pg(reader)
        for type_, oid, name, expression, validated in pg.rows(_CHECKS):
            domain = pg.ref("pg_type", type_)
            if domain is not None:
                ref = pg.note(domain.child(self.tag, name), "pg_constraint", oid)
                body = DomainCheckBody(expression=expression, validated=validated)
                yield Node(ref=ref, parent=domain, body=body)

    def occupies(self, ref: Ref) -> tuple[Ref, ...]:
        """Its name among the constraints of the domain."""
        return (Ref(CONSTRAINT_NAME, ref.path),)

    def commented(self, node: Node) -> str:
        """`CONSTRAINT positive ON DOMAIN price`."""
        return f"CONSTRAINT {self.sql(node.ref)} ON DOMAIN {_domain(node.ref)}"

    def renaming(self, node: Node) -> str:
        """`ALTER DOMAIN email RENAME CONSTRAINT email_check`."""
        return f"ALTER DOMAIN {_domain(node.ref)} RENAME CONSTRAINT {self.sql(node.ref)}"

    def named(self, node: Node) -> str:
        """`CONSTRAINT name CHECK (…)`."""
        body: DomainCheckBody = node.body
        words = f"CONSTRAINT {quote(node.ref.name)} CHECK ({body.expression})"
        return words + state(validated=body.validated, enforced=True)

    # -- changing --------------------------------------------------------------------------

    def create(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`ADD CONSTRAINT`, which looks at all values unless it is NOT VALID."""
        step = self._step(change.new, "Add", "to", f"ADD {self.named(change.new)}")
        if change.new.body.validated:
            step = self._tried(step, change, before, after)
        yield self.made(change, step)

    def drop(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`DROP CONSTRAINT`."""
        action = f"DROP CONSTRAINT {quote(change.old.ref.name)}"
        yield self.gone(change, before, self._step(change.old, "Drop", "from", action))

    def replaces(self, change: Change) -> bool:
        """All but that it becomes valid."""
        old, new = change.old.body, change.new.body
        return not (new.validated and equal_but(old, new, "validated"))

    def alter(self, change: Change, before: Catalog, after: Catalog) -> Iterable[Step]:
        """`VALIDATE CONSTRAINT`; unlike that of a table it keeps others from writing (14 to 18)."""
        action = f"VALIDATE CONSTRAINT {quote(change.new.ref.name)}"
        step = self._step(change.new, "Validate", "of", action)
        yield self.made(change, self._tried(step, change, before, after))

    def _step(self, node: Node, verb: str, word: str, action: str) -> Step:
        domain = spoken(node.ref.path[:2])
        return Step(
            description=f"{verb} check constraint {node.ref.name} {word} domain {domain}",
            sql=(f"ALTER DOMAIN {_domain(node.ref)} {action}",),
        )

    def _tried(self, step: Step, change: Change, before: Catalog, after: Catalog) -> Step:
        """The step as one that looks at all values."""
        domain = Ref(DOMAIN, change.new.ref.path[:2])
        if domain in before:
            refuse_nested(change, domain, "get a check", before=before, after=after)
        effects, locks = scanned(domain, before)
        guards = tuple(_guards(change.new, domain, before, after))
        return msgspec.structs.replace(step, effects=effects, locks=locks, guards=guards)


def _domain(check: Ref) -> str:
    return qualified_type(*check.path[:2])


def _guards(node: Node, domain: Ref, before: Catalog, after: Catalog) -> Iterator[Guard]:
    """Values that break it. VALUE is an ordinary name outside of a domain."""
    if domain not in before or not is_as_before(node.needs, before, after):
        return
    for holder in held_throughout(domain, before, after):
        plain = plain_type(before[domain], before)
        held = f"SELECT {quote(holder.column)}::{plain} AS value FROM "
        yield Guard(
            query=f"SELECT 1 FROM ({held}{qualified(*holder.relation.path)}) held "
            f"WHERE NOT ({node.body.expression}) LIMIT 1",
            message=f"{spoken(holder.node.ref.path)} of domain {spoken(domain.path)} breaks "
            f"{node.ref.name}: {node.body.expression}",
        )
