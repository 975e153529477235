"""What CREATE defines by a list of options: collations, aggregates, operators, text search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import field

from lockplane_core.model.ref import Ref
from lockplane_postgres.kinds import tags
from lockplane_postgres.parse.readers.aggregates import create_aggregate
from lockplane_postgres.parse.readers.base_types import create_type
from lockplane_postgres.parse.readers.operators import create_operator
from lockplane_postgres.parse.readers.searches import TAGS, create_search
from lockplane_postgres.parse.readers.targets import words_of
from lockplane_postgres.parse.reading import Reading
from lockplane_postgres.parse.tree import Collate, Define, Tree, Words, options, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_postgres.parse.draft import Draft


class _Names(Tree, frozen=True):
    items: Words = ()


class _Named(Tree, frozen=True):
    list: _Names = field(name="List")


def define(tree: Define, draft: Draft) -> None:
    """CREATE COLLATION, AGGREGATE, OPERATOR, TYPE or TEXT SEARCH."""
    draft.say("if_not_exists", when=tree.if_not_exists)
    draft.say("or_replace", when=tree.replace)
    draft.role = "routine" if tree.kind == "OBJECT_AGGREGATE" else draft.role
    if tree.kind in _READERS:
        _READERS[tree.kind](tree, draft)
    else:
        draft.lacks(words_of(tree.kind))


def _collation(tree: Define, draft: Draft) -> None:
    """CREATE COLLATION, FROM another one or with options."""
    draft.declare(Ref(tags.COLLATION, draft.qualified(texts(tree.names))))
    origin = options(tree.definition).get("from")
    if origin is not None:
        names = msgspec.convert(origin.value, _Named).list.items
        draft.require_collation(Collate(name=names, location=origin.location))


_READERS: dict[str, Callable[[Define, Draft], None]] = {
    "OBJECT_AGGREGATE": create_aggregate,
    "OBJECT_COLLATION": _collation,
    "OBJECT_OPERATOR": create_operator,
    "OBJECT_TYPE": create_type,
    **dict.fromkeys(TAGS, create_search),
}

READINGS = {"DefineStmt": Reading(verb="create", tree=Define, read=define)}
