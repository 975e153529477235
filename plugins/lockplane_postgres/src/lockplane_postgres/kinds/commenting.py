"""Commenting: COMMENT ON, which the kind of what a comment is about writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.step import Step
from lockplane_postgres.kinds.refs import about
from lockplane_postgres.kinds.tags import (
    COLUMN,
    COMMENT,
    FOREIGN_TABLE,
    INDEX,
    MATERIALIZED_VIEW,
    SEQUENCE,
    TABLE,
    VIEW,
)
from lockplane_postgres.locks import ACCESS_SHARE, SHARE_UPDATE_EXCLUSIVE, existing
from lockplane_postgres.quote import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.change import Change
    from lockplane_core.model.node import Node
    from lockplane_core.model.step import Lock
    from lockplane_postgres.kinds.naming import Naming

_RELATIONS = frozenset({TABLE, INDEX, SEQUENCE, VIEW, MATERIALIZED_VIEW, FOREIGN_TABLE})


def rendered(
    kind: Naming, changes: Iterable[Change], before: Catalog, after: Catalog
) -> list[Step]:
    """The steps for the comments on objects of a kind."""
    return [
        _step(kind, change, before, after)
        for change in changes
        if change.ref.kind == COMMENT and about(change).kind == kind.tag
    ]


def _step(kind: Naming, change: Change, before: Catalog, after: Catalog) -> Step:
    """`COMMENT ON …`; a comment goes by IS NULL."""
    ref = about(change)
    gone = change.action == "drop"
    verb, words = {
        "create": ("Set", "on"),
        "alter": ("Change", "on"),
        "drop": ("Remove", "from"),
    }[change.action]
    node = before[ref] if gone else after[ref]
    text_ = "NULL" if gone else literal(change.new.body.text)
    step = Step(
        description=f"{verb} comment {words} {ref.noun} {kind.spoken(ref)}",
        sql=(f"COMMENT ON {kind.commented(node)} IS {text_}",),
        locks=_comment_locks(node, before),
    )
    return kind.gone(change, before, step) if gone else kind.made(change, step)


def _comment_locks(node: Node, before: Catalog) -> tuple[Lock, ...]:
    """Relations alone are locked: the one, or the one that it is part of (objectaddress.c)."""
    if node.ref.kind in _RELATIONS:
        return existing(before, SHARE_UPDATE_EXCLUSIVE, node.ref)
    if node.parent is None:
        return ()
    mode = SHARE_UPDATE_EXCLUSIVE if node.ref.kind == COLUMN else ACCESS_SHARE
    return existing(before, mode, node.parent)
