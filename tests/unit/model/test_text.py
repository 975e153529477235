"""Server text is found wherever a body holds it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from lockplane_core.model.node import Body
from lockplane_core.model.text import SqlText, map_text


class Part(msgspec.Struct, frozen=True):
    """A part of a body."""

    name: str
    text: SqlText = ""


class Tree(msgspec.Struct, frozen=True):
    """A part that holds parts like itself."""

    text: SqlText
    below: tuple[Tree, ...] = ()


class Everything(Body, frozen=True, kw_only=True):
    """Every way to hold text."""

    plain: str = "plain"
    number: int = 1
    own: SqlText = "x"
    perhaps: SqlText | None = None
    several: tuple[SqlText, ...] = ()
    any_order: frozenset[SqlText] = frozenset()
    by_name: Mapping[str, SqlText] = {}
    part: Part | None = None
    parts: tuple[Part, ...] = ()
    tree: Tree | None = None


class Plain(Body, frozen=True):
    """No text of a server."""

    name: str = "x"


def test_text_is_changed_at_every_depth_and_nothing_else_is() -> None:
    body = Everything(
        several=("x",),
        any_order=frozenset({"x"}),
        by_name={"x": "x"},
        part=Part("x", "x"),
        parts=(Part("x", "x"),),
        tree=Tree("x", (Tree("x"),)),
    )
    assert map_text(body, str.upper) == Everything(
        own="X",
        several=("X",),
        any_order=frozenset({"X"}),
        by_name={"x": "X"},
        part=Part("x", "X"),
        parts=(Part("x", "X"),),
        tree=Tree("X", (Tree("X"),)),
    )


def test_a_body_without_text_is_handed_back_as_it_is() -> None:
    body = Plain()
    assert map_text(body, str.upper) is body


def test_a_body_that_nobody_claims_is_handed_back_as_it_is() -> None:
    body = msgspec.Raw(b'{"text":"x"}')
    assert map_text(body, str.upper) is body
