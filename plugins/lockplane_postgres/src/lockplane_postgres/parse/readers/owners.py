"""OWNER TO: a part of the schema where a project manages owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_postgres.kinds import tags
from lockplane_postgres.kinds.owner import owner_ref
from lockplane_postgres.parse.readers.roles import RoleSpec, require_role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.ref import Ref
    from lockplane_postgres.parse.draft import Draft

OWNERS = "owners"
"""The word of the setting `manage`."""
RELATIONS = (tags.TABLE, tags.VIEW, tags.MATERIALIZED_VIEW, tags.FOREIGN_TABLE, tags.SEQUENCE)
"""What ALTER TABLE may name, whatever it is."""
ROUTINES = (tags.FUNCTION, tags.AGGREGATE)
"""What ALTER ROUTINE may name."""


def give(about: Iterable[Ref], role: RoleSpec, draft: Draft) -> None:
    """An object goes to a role; `about` are the refs that it may have."""
    draft.say("rights")
    draft.manages(OWNERS, "who owns what (OWNER TO)")
    require_role(role, draft)
    for ref in about:
        draft.declare(owner_ref(ref))
