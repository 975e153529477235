"""JSON that people read and write: where a value stands, and a layout for reading."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WIDTH = 100
_DEEP = 3
_BLANK = " \t\r\n"


def pretty(value: Any) -> str:
    """`value` indented by two; flat lists, and what is deep down, on one line if they fit."""
    return _laid_out(value, 0) + "\n"


def _laid_out(value: Any, depth: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list, tuple)) or not value:
        return flat
    if len(flat) + 2 * depth <= _WIDTH and (depth >= _DEEP or _is_flat(value)):
        return flat
    inner, outer = "  " * (depth + 1), "  " * depth
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    items = f",\n{inner}".join(_items(value, depth + 1))
    return f"{opening}\n{inner}{items}\n{outer}{closing}"


def _items(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(item, depth)}"
    else:
        for item in value:
            yield _laid_out(item, depth)


def _is_flat(value: Any) -> bool:
    return not isinstance(value, dict) and not any(isinstance(item, dict) for item in value)


def fault(text: str) -> tuple[str, int, int]:
    """Why `text` is no JSON, and at which line and column."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        is_cut = error.pos >= len(text.rstrip())
        return "it ends too early" if is_cut else error.msg, error.lineno, error.colno
    except RecursionError:
        return "nested too deeply", 1, 1
    return "not valid JSON", 1, 1


def place(text: str, path: Sequence[str | int]) -> tuple[int, int]:
    """Line and column of the value at `path`, or of the nearest one above it that is there."""
    at = _skip(text, 0)
    for part in path:
        found = _member(text, at, part)
        if found is None:
            break
        at = found
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def _member(text: str, at: int, part: str | int) -> int | None:
    """Where the member `part` of the object or list that begins at `at` begins."""
    decoder = json.JSONDecoder()
    is_object = text[at : at + 1] == "{"
    if not is_object and text[at : at + 1] != "[":
        return None
    at, number = _skip(text, at + 1), 0
    while text[at : at + 1] not in ("}", "]", ""):
        key: str | int = number
        if is_object:
            key, at = decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if key == part:
            return at
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at : at + 1] == "," else at
        number += 1
    return None


def token_end(text: str, at: int) -> int:
    """Where the scalar, or the bracket, at `at` ends."""
    if text[at : at + 1] in ("{", "["):
        return at + 1
    try:
        return json.JSONDecoder().raw_decode(text, at)[1]
    except json.JSONDecodeError:
        return at


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def parts(path: str) -> list[str | int]:
    """The parts of a path as msgspec writes it: `$.steps[0].sql`."""
    found: list[str | int] = []
    for piece in path.removeprefix("$").replace("[...]", "[*]").replace("[", ".[").split("."):
        if piece.startswith("["):
            found.append(int(piece[1:-1]) if piece[1:-1].isdigit() else piece[1:-1])
        elif piece:
            found.append(piece)
    return found
