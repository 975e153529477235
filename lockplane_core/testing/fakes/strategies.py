"""Random schemas of the fake product, for property tests with hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

_RELATIONS = ("a", "b", "c", "attic/d")
_TYPES = st.sampled_from(("text", "number"))
_CHECKS = st.sampled_from(("", " check big > 0", " check small > 1"))
_LABELS = st.sampled_from(("", " label x", " label y"))


@st.composite
def schemas(draw: Callable[[st.SearchStrategy[str]], str]) -> str:
    """A schema file: shelves with boxes that refer to one another, and views over them."""
    shelves = [name for name in _RELATIONS if draw(_maybe("x", ""))]
    keys = [name for name in shelves if draw(_maybe("k", ""))]
    lines = [line for name in shelves for line in _shelf(draw, name, keys)]
    lines += ["create box lobby.m text"] if draw(_maybe("", "x")) else []
    lines.sort(key=lambda line: " of " in line)
    boxes = [line.split()[2] for line in lines if line.startswith("create box")]
    free = [name for name in (*_RELATIONS, "v", "w") if name not in shelves]
    lines += [line for name in free for line in _view(draw, name, boxes)]
    return "".join(f"{line}\n" for line in lines)


def _maybe(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


def _shelf(draw: Callable[[st.SearchStrategy[str]], str], name: str, keys: list[str]) -> list[str]:
    lines = [f"create shelf {name}{draw(_LABELS)}"]
    if name in keys:
        lines.append(f"create box {name}.key {draw(_TYPES)}{draw(_CHECKS)}")
    lines += [
        f"create box {name}.{box} {draw(_TYPES)}{draw(_CHECKS)}"
        for box in ("m", "n")
        if draw(_maybe("", "x"))
    ]
    for other in keys:
        # What a box refers to follows from its name, since it can not be changed.
        if draw(_maybe("", "x")):
            box = f"to_{other.replace('/', '_')}"
            lines.append(f"create box {name}.{box} {draw(_TYPES)} of {other}.key{draw(_CHECKS)}")
    return lines


def _view(draw: Callable[[st.SearchStrategy[str]], str], name: str, boxes: list[str]) -> list[str]:
    if not boxes or not draw(_maybe("", "x")):
        return []
    one, other = draw(st.sampled_from(boxes)), draw(st.sampled_from(boxes))
    return [f"create view {name} as {one} + {other}"]
