"""Subscriptions, as far as they connect to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import (
    Options,
    Tree,
    TypeName,
    decoder,
    options,
    statements_of,
    texts,
)

if TYPE_CHECKING:
    from lockplane_postgres.parse.draft import Draft
    from lockplane_postgres.parse.tree import Option

_CREATE = "CreateSubscriptionStmt"
_NO = frozenset({"false", "off", "0"})
"""defGetBoolean(), the only ones that it takes (define.c)."""


class Subscription(Tree, frozen=True):
    """CREATE, ALTER and DROP SUBSCRIPTION."""

    name: str = field(name="subname")
    kind: str = ""
    options: Options = ()


def create_subscription(tree: Subscription, draft: Draft) -> None:
    """CREATE SUBSCRIPTION; one that connects as it is made is none that a scratch could make."""
    ref = Ref(tags.SUBSCRIPTION, (tree.name,))
    draft.declare(ref)
    draft.require(Ref(tags.SUBSCRIBER, ref.path))
    if not _is_off(options(tree.options).get("connect")):
        draft.lacks("a subscription that connects at once (write WITH (connect = false, …))")


def alter_subscription(tree: Subscription, draft: Draft) -> None:
    """ALTER SUBSCRIPTION: what it is, CREATE says; whether it runs, no schema."""
    draft.require(Ref(tags.SUBSCRIPTION, (tree.name,)))
    if tree.kind in ("ALTER_SUBSCRIPTION_ENABLED", "ALTER_SUBSCRIPTION_REFRESH"):
        draft.lacks("whether a subscription runs (ENABLE, DISABLE, REFRESH)")
    else:
        draft.lacks("ALTER SUBSCRIPTION (say it in CREATE SUBSCRIPTION)")


def drop_subscription(tree: Subscription, draft: Draft) -> None:
    """DROP SUBSCRIPTION."""
    draft.drop(Ref(tags.SUBSCRIPTION, (tree.name,)))


def _is_off(option: Option | None) -> bool:
    value = option.value if option is not None else None
    if not isinstance(value, dict):
        return False
    ((tag, node),) = value.items()
    if tag == "TypeName":  # the grammar takes any bare word for the name of a type
        return texts(msgspec.convert(node, TypeName).names)[-1].lower() in _NO
    return not node if tag == "Integer" else str(node.get("sval", "")).lower() in _NO


def is_apart(sql: str) -> bool:
    """Whether a statement makes a subscription, and connects to nobody for it."""
    from pglast.parser import ParseError

    try:
        found = statements_of(sql)
    except (ParseError, RecursionError):
        return False
    trees = [decoder(Subscription).decode(raw.tree) for raw in found if raw.tag == _CREATE]
    return bool(trees) and all(_is_off(options(tree.options).get("connect")) for tree in trees)


READINGS = {
    _CREATE: Reading(verb="create", tree=Subscription, read=create_subscription),
    "AlterSubscriptionStmt": Reading(verb="alter", tree=Subscription, read=alter_subscription),
    "DropSubscriptionStmt": Reading(verb="drop", tree=Subscription, read=drop_subscription),
}
