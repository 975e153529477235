"""Extended statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.readers.constraints import OnTable
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import NOTHING, Tree, Words, WrappedRelation, texts

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft


class _Subject(Tree, frozen=True):
    name: str = ""
    expression: Raw = field(name="expr", default=NOTHING)


class _WrappedSubject(Tree, frozen=True):
    subject: _Subject = field(name="StatsElem")


class CreateStatistics(Tree, frozen=True):
    names: Words = field(name="defnames", default=())
    subjects: tuple[_WrappedSubject, ...] = field(name="exprs", default=())
    relations: tuple[WrappedRelation, ...] = ()
    if_not_exists: bool = False


class AlterStatistics(Tree, frozen=True):
    names: Words = field(name="defnames", default=())
    missing_ok: bool = False


def create_statistics(tree: CreateStatistics, draft: Draft) -> None:
    """CREATE STATISTICS; its table stands first in what it requires."""
    (wrapped,) = tree.relations
    table = OnTable(*draft.path(wrapped.relation))
    draft.require_relation(wrapped.relation)
    parts = texts(tree.names)
    if parts:
        draft.declare(Ref(tags.STATISTICS, draft.qualified(parts)))
    draft.say("if_not_exists", when=tree.if_not_exists)
    for item in tree.subjects:
        if item.subject.name:
            draft.require(table.column(item.subject.name), wrapped.relation.location)
        table.read(item.subject.expression, draft)


def alter_statistics(tree: AlterStatistics, draft: Draft) -> None:
    """ALTER STATISTICS … SET STATISTICS."""
    draft.require(Ref(tags.STATISTICS, draft.qualified(texts(tree.names))))
    draft.say("if_exists", when=tree.missing_ok)


READINGS = {
    "CreateStatsStmt": Reading(verb="create", tree=CreateStatistics, read=create_statistics),
    "AlterStatsStmt": Reading(verb="alter", tree=AlterStatistics, read=alter_statistics),
}
