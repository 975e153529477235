"""Policies, and the roles that statements name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.readers.constraints import OnTable
from lockplane_postgres.parse.readers.roles import WrappedRole, require_roles
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, RangeVar, Tree

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class Policy(Tree, frozen=True):
    """CREATE POLICY and ALTER POLICY."""

    name: str = field(name="policy_name")
    relation: RangeVar = field(name="table")
    roles: tuple[WrappedRole, ...] = ()
    using: Raw = field(name="qual", default=NOTHING)
    with_check: Raw = NOTHING


def create_policy(tree: Policy, draft: Draft) -> None:
    """CREATE POLICY; its table stands first in what it requires."""
    table = _read(tree, draft)
    draft.declare(table.below(tags.POLICY, tree.name))


def alter_policy(tree: Policy, draft: Draft) -> None:
    """ALTER POLICY."""
    table = _read(tree, draft)
    draft.require(table.below(tags.POLICY, tree.name))


def _read(tree: Policy, draft: Draft) -> OnTable:
    table = OnTable(*draft.path(tree.relation))
    draft.require(draft.table(tree.relation), tree.relation.location)
    table.read(tree.using, draft)
    table.read(tree.with_check, draft)
    require_roles(tree.roles, draft)
    return table


READINGS = {
    "CreatePolicyStmt": Reading(verb="create", role="policy", tree=Policy, read=create_policy),
    "AlterPolicyStmt": Reading(verb="alter", role="policy", tree=Policy, read=alter_policy),
}
