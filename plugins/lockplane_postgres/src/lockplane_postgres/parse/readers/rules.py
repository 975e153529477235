"""Rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Raw, field

from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.mentions import Mentions, Scope
from lockplane_postgres.parse.readers.constraints import OnTable
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, RangeVar, Tree, plain

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class Rule(Tree, frozen=True):
    name: str = field(name="rulename")
    relation: RangeVar
    event: str
    where: Raw = field(name="whereClause", default=NOTHING)
    actions: Raw = NOTHING
    replace: bool = False


def create_rule(tree: Rule, draft: Draft) -> None:
    """CREATE RULE; what it is on stands first in what it requires."""
    table = OnTable(*draft.path(tree.relation))
    draft.declare(table.below(tags.RULE, tree.name))
    draft.require_relation(tree.relation)
    draft.say("or_replace", when=tree.replace)
    if tree.event == "CMD_SELECT":
        draft.lacks("a table that becomes a view (ON SELECT)")
    # It may be that of a view, whose columns are declared nowhere.
    scope = Scope(dict.fromkeys(("new", "old")))
    mentions = Mentions(draft)
    mentions.read(tree.where, scope)
    actions: Any = plain(tree.actions)
    mentions.look(actions, scope)


READINGS = {"RuleStmt": Reading(verb="create", tree=Rule, read=create_rule)}
