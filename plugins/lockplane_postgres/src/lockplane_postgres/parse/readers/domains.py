"""Domains: CREATE DOMAIN and ALTER DOMAIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Raw, field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.mentions import Mentions, Scope
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import (
    NOTHING,
    Collate,
    Constraint,
    Tree,
    TypeName,
    Words,
    WrappedConstraint,
    decoder,
    texts,
)
from lockplane_postgres.parse.type_names import describe

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft

_SCOPE = Scope(hidden=frozenset({"value"}))


class CreateDomain(Tree, frozen=True):
    name: Words = field(name="domainname")
    type: TypeName = field(name="typeName")
    constraints: tuple[WrappedConstraint, ...] = ()
    collation: Collate | None = field(name="collClause", default=None)


class AlterDomain(Tree, frozen=True):
    name: Words = field(name="typeName")
    subtype: str = ""
    constraint: str = field(name="name", default="")
    what: Raw = field(name="def", default=NOTHING)
    behavior: str = ""
    missing_ok: bool = False


def create_domain(tree: CreateDomain, draft: Draft) -> None:
    """CREATE DOMAIN, and the checks that it declares within."""
    path = draft.qualified(texts(tree.name))
    draft.declare_type(Ref(tags.DOMAIN, path))
    type_ = describe(tree.type, draft.schema)
    if type_.ref is not None:
        draft.require(type_.ref, tree.type.location)
    if tree.collation is not None:
        draft.require_collation(tree.collation)
    for wrapped in tree.constraints:
        _constraint(wrapped.constraint, path, draft)


def alter_domain(tree: AlterDomain, draft: Draft) -> None:
    """ALTER DOMAIN."""
    path = draft.qualified(texts(tree.name))
    draft.require(Ref(tags.DOMAIN, path))
    draft.say("cascade", when=tree.behavior == "DROP_CASCADE")
    draft.say("if_exists", when=tree.missing_ok)
    if tree.subtype == "C":
        _constraint(decoder(WrappedConstraint).decode(tree.what).constraint, path, draft)
    elif tree.subtype == "X":
        draft.drop(Ref(tags.DOMAIN_CHECK, (*path, tree.constraint)))
    elif tree.subtype == "V":
        draft.require(Ref(tags.DOMAIN_CHECK, (*path, tree.constraint)))
    else:
        Mentions(draft).read(tree.what, _SCOPE)


def _constraint(constraint: Constraint, domain: tuple[str, str], draft: Draft) -> None:
    """A check is a node of its own; default and NOT NULL are facts of the domain."""
    if constraint.type == "CONSTR_CHECK":
        name = constraint.name or draft.taken.choose_constraint(*domain, (), "check")
        ref = Ref(tags.DOMAIN_CHECK, (*domain, name))
        draft.declare(ref, constraint.location)
        draft.taken.constraint(ref)
    Mentions(draft).read(constraint.expression, _SCOPE)


READINGS = {
    "CreateDomainStmt": Reading(verb="create", role="type", tree=CreateDomain, read=create_domain),
    "AlterDomainStmt": Reading(verb="alter", role="type", tree=AlterDomain, read=alter_domain),
}
