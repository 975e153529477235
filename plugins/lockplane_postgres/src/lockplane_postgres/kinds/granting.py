"""Granting: GRANT and REVOKE for what a project manages, and nothing for what it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_core.model.step import Effect, Guard, Step
from lockplane_postgres.kinds.default_privilege import SORT_OF
from lockplane_postgres.kinds.grant_sql import (
    Grantee,
    called,
    lost,
    no_role,
    revokes,
    statements,
    told,
)
from lockplane_postgres.kinds.granted import EVERYBODY, Granted, usual
from lockplane_postgres.kinds.refs import about, privilege_ref, role_ref, schema_of
from lockplane_postgres.kinds.regaining import granted, unable
from lockplane_postgres.kinds.tags import COLUMN, DEFAULT_PRIVILEGE, GRANTABLE, PRIVILEGE, TABLE
from lockplane_postgres.majors import oldest
from lockplane_postgres.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_postgres.kinds.naming import Naming

_PLACE = "postgres.privilege_place"
"""A pseudo-kind: REVOKE on a table takes the same from its columns, whose GRANTs come after."""


def rendered(
    kind: Naming, changes: Iterable[Change], before: Catalog, after: Catalog
) -> list[Step]:
    """The steps for what changes of the privileges on objects of a kind."""
    return [
        _Granting(kind, change, before, after).step()
        for change in changes
        if change.ref.kind == PRIVILEGE and about(change).kind == kind.tag
    ]


def as_usual(
    kind: Naming,
    steps: Iterable[Step],
    changes: Iterable[Change],
    before: Catalog,
    after: Catalog,
) -> tuple[Step, ...]:
    """`steps`, with nothing left of what default privileges gave to the objects that they make."""
    made = {change.ref for change in changes if change.action in ("create", "replace")}
    return tuple(_as_usual(kind, step, made, before, after) for step in steps)


def _as_usual(
    kind: Naming, step: Step, made: AbstractSet[Ref], before: Catalog, after: Catalog
) -> Step:
    sql: list[str] = []
    roles: set[Ref] = set()
    for ref in step.produces:
        if ref in made and ref.kind == kind.tag and ref.kind in GRANTABLE:
            for grantee in _defaults(ref, before, after):
                sql += _afresh(kind, after[ref], grantee, oldest(before, after))
                roles.update([role_ref(grantee.name)] if grantee.name else [])
    if not sql:
        return step
    consumes = tuple(sorted({*step.consumes, *roles}))
    return msgspec.structs.replace(step, sql=(*step.sql, *sql), consumes=consumes)


def _defaults(ref: Ref, *catalogs: Catalog) -> list[Grantee]:
    """The roles for whom somebody's default privileges may do something to a new object."""
    found: dict[str, Grantee] = {}
    for catalog in catalogs:
        for node in catalog.of_kind(DEFAULT_PRIVILEGE):
            _, schema, sort, grantee = node.ref.path
            if sort == SORT_OF.get(ref.kind) and schema in ("", schema_of(ref)):
                found[grantee] = called(grantee, "CURRENT_USER")
    return [found[name] for name in sorted(found)]


def _afresh(kind: Naming, node: Node, grantee: Grantee, major: int) -> Iterator[str]:
    on = granted(kind, node)
    yield f"REVOKE ALL ON {on} FROM {grantee.sql}"
    key = EVERYBODY if grantee.spoken == "PUBLIC" and not grantee.name else grantee.name
    for grant in usual(node.ref, key, major):
        yield f"GRANT {grant.privilege} ON {on} TO {grantee.sql}"


class _Granting:
    """One change of what one role may do with one object."""

    def __init__(self, kind: Naming, change: Change, before: Catalog, after: Catalog) -> None:
        self.kind, self.change, self.before, self.after = kind, change, before, after
        ref = about(change)
        gone = change.action == "drop"
        self.node = before[ref] if gone else after[ref]
        self.who = called(change.ref.name, self._owner())
        major = oldest(before, after)
        by_itself = usual(ref, change.ref.name, major)
        self.old = by_itself if change.action == "create" else _grants(change.old)
        self.new = by_itself if gone else _grants(change.new)

    def _owner(self) -> str:
        kept = self.node.kept
        return "CURRENT_USER" if kept is None or kept.owner == kept.reader else quote(kept.owner)

    def step(self) -> Step:
        """The step."""
        ref, change = self.node.ref, self.change
        taken, given = list(lost(self.old, self.new)), list(lost(self.new, self.old))
        effects: list[Effect] = ["breaking"] if taken else []
        step = Step(
            description=told(self.who, taken, given, f"{ref.noun} {self.kind.spoken(ref)}"),
            sql=tuple(self._sql()),
            consumes=tuple(sorted(self._needed())),
            effects=(*effects, "security"),
            guards=tuple(self._guards()),
        )
        if change.action == "drop":
            return self._placed(self.kind.gone(change, self.before, step))
        return self._placed(self.kind.made(change, step))

    def _placed(self, step: Step) -> Step:
        """On a table before, on its columns after."""
        ref = self.node.ref
        if ref.kind == COLUMN:
            place = Ref(_PLACE, (*ref.path[:2], self.change.ref.name))
            return msgspec.structs.replace(step, consumes=(*step.consumes, place))
        if ref.kind != TABLE:
            return step
        place = Ref(_PLACE, (*ref.path, self.change.ref.name))
        return msgspec.structs.replace(step, produces=(*step.produces, place))

    def _sql(self) -> Iterator[str]:
        on = granted(self.kind, self.node)
        for grantor in self.grantors:
            taken = revokes(self.old, self.new, f"ON {on}", self.who.sql)
            yield from (f"SET ROLE {quote(grantor)}", *taken, "RESET ROLE")
        yield from statements(self.old, self.new, f"ON {on}", self.who.sql)
        if any(not grant.column for grant in lost(self.old, self.new)):
            yield from self._columns_again(on)

    def _columns_again(self, on: str) -> Iterator[str]:
        """REVOKE on a table has taken the same from its columns."""
        for column in self.before.children(self.node.ref, COLUMN):
            for node in self.after.children(column.ref, PRIVILEGE):
                if node.ref.name == self.change.ref.name and node.ref in self.before:
                    grants = [_of_column(grant, column.ref.name) for grant in _grants(node)]
                    yield from statements((), grants, f"ON {on}", self.who.sql)

    def _needed(self) -> set[Ref]:
        """Roles; and of whoever grants on, what is taken from others is taken first.

        The owner is one of them, so that a scratch gives the object to the same role.
        """
        names = {self.who.name, *self.grantors}
        kept = self.node.kept
        if kept is not None and kept.owner != kept.reader:
            names.add(kept.owner)
        others = {privilege_ref(self.node.ref, grantor) for grantor in self.grantors}
        return {role_ref(name) for name in names if name} | (others - {self.change.ref})

    @property
    def grantors(self) -> tuple[str, ...]:
        """The roles beside the owner whose grants are taken back, where any is taken."""
        old = self.change.before
        found = old.kept if old is not None and any(lost(self.old, self.new)) else None
        return found or ()

    def _guards(self) -> Iterator[Guard]:
        for grantor in self.grantors:
            said = f"{grantor} has granted privileges on {self.node.ref}"
            yield unable(grantor, f"{said}, which are taken back", self.change.ref)
        if self.change.action != "drop" and self.who.name:
            place = f" at {self.change.new.span}" if self.change.new.span else ""
            why = f"which gets privileges on {self.node.ref}{place}"
            yield no_role(self.who.name, why, self.change.ref)


def _grants(node: Node) -> tuple[Granted, ...]:
    """What a node grants; on a column, with its name."""
    body: Any = node.body
    found: tuple[Granted, ...] = body.grants
    if node.parent is not None and node.parent.kind == COLUMN:
        return tuple(_of_column(grant, node.parent.name) for grant in found)
    return found


def _of_column(grant: Granted, name: str) -> Granted:
    return msgspec.structs.replace(grant, column=name)
