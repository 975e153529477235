"""Schema JSON: what many kinds write there, the comment and the tablespace among it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.model.node import Body, Node
from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds.refs import comment_ref
from lockplane_postgres.kinds.tags import COMMENT, PLACEMENT
from lockplane_postgres.quote import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog


class CommentBody(Body, frozen=True, kw_only=True):
    """The text of a comment; its node is a child of what it is about."""

    text: str


class PlacementBody(Body, frozen=True, kw_only=True):
    """The tablespace that something is in; its node is a child of that."""

    tablespace: str


COMMENT_FIELD = ("comment", str | None, None)
PLACEMENT_FIELD = ("tablespace", str | None, None)
"""In `tree_fields` of a kind that has files (`placed`)."""
ROOT_FIELDS = (("schema", str, PUBLIC), COMMENT_FIELD)
"""`tree_fields` of a kind that lives in a schema."""


def text(value: object) -> str:
    """A value of schema JSON that must be a text."""
    return msgspec.convert(value, str)


def comment_of(node: Node, catalog: Catalog) -> dict[str, str]:
    """The comment on a node, as a field of schema JSON."""
    found = next(iter(catalog.children(node.ref, COMMENT)), None)
    return {"comment": found.body.text} if found else {}


def beside(node: Node, catalog: Catalog) -> dict[str, str]:
    """The comment on a node and the tablespace that it is in, as fields of schema JSON."""
    found = next(iter(catalog.children(node.ref, PLACEMENT)), None)
    return comment_of(node, catalog) | ({"tablespace": found.body.tablespace} if found else {})


def nodes_beside(ref: Ref, comment: object, tablespace: object) -> Iterator[Node]:
    """The reverse of `beside`."""
    if comment is not None:
        yield comment_node(ref, comment)
    if tablespace is not None:
        body = PlacementBody(tablespace=text(tablespace))
        yield Node(ref=Ref(PLACEMENT, ref.path), parent=ref, body=body)


def comment_node(ref: Ref, words: object) -> Node:
    """The comment that schema JSON gives an object."""
    return Node(ref=comment_ref(ref), parent=ref, body=CommentBody(text=text(words)))
