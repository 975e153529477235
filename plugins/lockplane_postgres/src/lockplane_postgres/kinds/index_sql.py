"""Statements that make and drop indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_postgres.quote import names, qualified, quote

if TYPE_CHECKING:
    from lockplane_core.model.node import Node
    from lockplane_core.model.ref import Ref
    from lockplane_postgres.kinds.index_body import IndexBody


def index_parent(index: Node) -> Ref:
    """The table or materialized view of an index."""
    assert index.parent is not None  # noqa: S101 - narrows the type: every index is on something
    return index.parent


def creation(index: Node, *how: str, name: str = "", partitioned: bool = False) -> str:
    """`CREATE INDEX`, built as `how` says, under another name if one is given."""
    words = ("CREATE UNIQUE INDEX" if index.body.unique else "CREATE INDEX", *how)
    parent = index_parent(index)
    only = "ONLY " if partitioned else ""
    place = f"{quote(name or index.ref.name)} ON {only}{qualified(*parent.path)}"
    return " ".join((*words, place, _using(index.body)))


def dropping(index: Ref, *how: str) -> str:
    """`DROP INDEX`."""
    return " ".join(("DROP INDEX", *how, qualified(index.path[0], index.name)))


def renaming(index: Ref, old: str) -> str:
    """The statement by which an index that was called `old` gets its name."""
    return f"ALTER INDEX {qualified(index.path[0], old)} RENAME TO {quote(index.name)}"


def attaching(part: Ref, whole: Ref, *, name: str = "", whole_name: str = "") -> str:
    """`ATTACH PARTITION`, of indexes that are called otherwise for the time being."""
    index = qualified(whole.path[0], whole_name or whole.name)
    own = qualified(part.path[0], name or part.name)
    return f"ALTER INDEX {index} ATTACH PARTITION {own}"


def _using(body: IndexBody) -> str:
    """What CREATE INDEX writes after the table's name."""
    return f"USING {body.definition}" if body.definition else f"({names(body.columns)})"
