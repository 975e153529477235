"""Sequences as DDL writes them, and those that columns own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.counting import sequence_clauses
from lockplane_postgres.kinds.refs import role_ref
from lockplane_postgres.kinds.tags import SEQUENCE, TABLE
from lockplane_postgres.quote import qualified, quote

if TYPE_CHECKING:
    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.node import Node


def create_sequence(node: Node) -> str:
    """`CREATE SEQUENCE`, with its owner."""
    body = node.body
    words = ["CREATE UNLOGGED SEQUENCE" if body.unlogged else "CREATE SEQUENCE"]
    words.append(qualified(*node.ref.path))
    if body.type != "bigint":
        words.append(f"AS {body.type}")
    words += sequence_clauses(body)
    if body.owned_by:
        words.append(owned_by(node))
    return " ".join(words)


def create_unowned(node: Node) -> str:
    """`CREATE SEQUENCE` before its owner exists."""
    free = msgspec.structs.replace(node.body, owned_by=None)
    return create_sequence(msgspec.structs.replace(node, body=free))


def created(node: Node, before: Catalog) -> tuple[str, ...]:
    """The sequence with its owner; given to it later where another role has the table."""
    if not other_owner(node, before):
        return (create_sequence(node),)
    return (create_unowned(node), *own_sequence(node, before))


def own_sequence(sequence: Node, before: Catalog) -> tuple[str, ...]:
    """`ALTER SEQUENCE … OWNED BY`."""
    owned = f"ALTER SEQUENCE {qualified(*sequence.ref.path)} {owned_by(sequence)}"
    return (*handed_over(sequence, before), owned)


def owned_by(node: Node) -> str:
    """The clause that says which column owns it."""
    owner = node.body.owned_by
    if owner is None:
        return "OWNED BY NONE"
    table, column = owner
    return f"OWNED BY {qualified(node.ref.path[0], table)}.{quote(column)}"


def handed_over(sequence: Node, before: Catalog) -> tuple[str, ...]:
    """What a new sequence needs before its column can own it: one role has both (55000)."""
    name = qualified(*sequence.ref.path)
    return tuple(
        f"ALTER SEQUENCE {name} OWNER TO {quote(role.name)}"
        for role in other_owner(sequence, before)
    )


def other_owner(sequence: Node, before: Catalog) -> tuple[Ref, ...]:
    """The role that owns the table of a sequence, where that is not the one that makes it."""
    if sequence.body.owned_by is None:
        return ()
    table = before.get(Ref(TABLE, (sequence.ref.path[0], sequence.body.owned_by[0])))
    kept = table.kept if table else None
    return () if kept is None or kept.owner == kept.reader else (role_ref(kept.owner),)


def owned_sequences(column: Ref, before: Catalog, after: Catalog) -> list[Node]:
    """The sequences that a new column owns and that come with it."""
    return [node for node in after.children(column, SEQUENCE) if node.ref not in before]
