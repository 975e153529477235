"""Owning: ALTER … OWNER TO, which the kind of the object writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.step import Step
from lockplane_postgres.kinds.grant_sql import no_role
from lockplane_postgres.kinds.refs import about, role_ref
from lockplane_postgres.kinds.regaining import unable
from lockplane_postgres.kinds.tags import (
    FOREIGN_TABLE,
    MATERIALIZED_VIEW,
    OWNER,
    SEQUENCE,
    TABLE,
    VIEW,
)
from lockplane_postgres.locks import ACCESS_EXCLUSIVE, lock
from lockplane_postgres.quote import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_postgres.kinds.naming import Naming

_RELATIONS = frozenset({TABLE, VIEW, MATERIALIZED_VIEW, FOREIGN_TABLE, SEQUENCE})


def rendered(
    kind: Naming, changes: Iterable[Change], before: Catalog, after: Catalog
) -> list[Step]:
    """The steps for the owners of objects of a kind."""
    return [
        _step(kind, change, before, after)
        for change in changes
        if change.ref.kind == OWNER and about(change).kind == kind.tag
    ]


def _step(kind: Naming, change: Change, before: Catalog, after: Catalog) -> Step:
    ref = about(change)
    gone = change.action == "drop"
    node = before[ref] if gone else after[ref]
    role = "" if gone else change.new.body.role
    said = f"{ref.noun} {kind.spoken(ref)}"
    place = "" if gone or not change.new.span else f" at {change.new.span}"
    why, belongs = f"to which {said} is to belong{place}", f"{said} is to belong to {role}{place}"
    step = Step(
        description=f"Give {said} to {f'role {role}' if role else 'the role that applies this'}",
        sql=(f"ALTER {kind.commented(node)} OWNER TO {quote(role) if role else 'CURRENT_USER'}",),
        consumes=(role_ref(role),) if role else (),
        effects=("security",),
        locks=(lock(ref, ACCESS_EXCLUSIVE),) if ref in before and ref.kind in _RELATIONS else (),
        guards=(no_role(role, why, ref), unable(role, belongs, ref)) if role else (),
    )
    return kind.gone(change, before, step) if gone else kind.made(change, step)
