"""JSON that people read and write: where a value stands, and a layout for reading."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH = 100
_DEEP = 3
_BLANK = " \t\r\n"
_decoder = json.JSONDecoder(parse_int=str)  # int() refuses more than 4300 digits (CVE-2020-10735)
_quoted = json.encoder.encode_basestring
_scalar = lru_cache(typed=True)(json.JSONEncoder(ensure_ascii=False).encode)


def pretty(value: Any) -> str:
    """`value` indented by two; flat lists, and what is deep down, on one line if they fit."""
    return _laid_out(value, 0) + "\n"


def _laid_out(value: Any, depth: int) -> str:
    """From the inside out: what does not fit on one line keeps all around it from doing so."""
    if isinstance(value, str):
        return _quoted(value)
    if not isinstance(value, (dict, list, tuple)):
        return _scalar(value)
    if isinstance(value, dict):
        items, (opening, closing) = _members(value, depth + 1), "{}"
    else:
        items, (opening, closing) = [_laid_out(item, depth + 1) for item in value], "[]"
    if not items or (_may_be_flat(value, depth) and _fits(items, depth)):
        return f"{opening}{', '.join(items)}{closing}"
    inner, outer = "  " * (depth + 1), "  " * depth
    lines = f",\n{inner}".join(items)
    return f"{opening}\n{inner}{lines}\n{outer}{closing}"


def _members(value: dict[str, Any], depth: int) -> list[str]:
    return [f"{_quoted(key)}: {_laid_out(item, depth)}" for key, item in value.items()]


def _may_be_flat(value: Any, depth: int) -> bool:
    if depth >= _DEEP:
        return True
    return not isinstance(value, dict) and not any(isinstance(item, dict) for item in value)


def _fits(items: list[str], depth: int) -> bool:
    """Whether all of them fit on one line, with brackets, commas and the indent."""
    width = sum(map(len, items)) + 2 * len(items) + 2 * depth
    return width <= _WIDTH and not any("\n" in item for item in items)


def fault(text: str) -> tuple[str, int, int]:
    """Why `text` is no JSON, and at which line and column."""
    try:
        _decoder.decode(text)
    except json.JSONDecodeError as error:
        is_cut = error.pos >= len(text.rstrip())
        return "it ends too early" if is_cut else error.msg, error.lineno, error.colno
    except RecursionError:
        return "nested too deeply", 1, 1
    return _beyond(text)


def _beyond(text: str) -> tuple[str, int, int]:
    """Why msgspec refuses what Python's own reader takes: half a pair, a number out of range."""
    data = text.encode(errors="surrogatepass")
    try:
        msgspec.json.decode(data)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at ")
        return reason, *place(text, parts(path.strip("`")))
    except msgspec.DecodeError as error:
        reason, _, byte = str(error).removesuffix(")").partition(" (byte ")
        before = data[: int(byte) if byte.isdecimal() else 0]
        return reason, *_line_and_column(text, len(before.decode(errors="ignore")))
    return "not valid JSON", 1, 1


def place(text: str, path: Sequence[str | int]) -> tuple[int, int]:
    """Line and column of the value at `path`, or of the nearest one above it that is there."""
    at = _skip(text, 0)
    for part in path:
        try:
            found = _member(text, at, part)
        except RecursionError:
            break
        if found is None:
            break
        at = found
    return _line_and_column(text, at)


def _line_and_column(text: str, at: int) -> tuple[int, int]:
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def _member(text: str, at: int, part: str | int) -> int | None:
    """Where the member `part` of the object or list that begins at `at` begins."""
    is_object = text[at : at + 1] == "{"
    if not is_object and text[at : at + 1] != "[":
        return None
    at, number = _skip(text, at + 1), 0
    while text[at : at + 1] not in ("}", "]", ""):
        key: str | int = number
        if is_object:
            key, at = _decoder.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if key == part:
            return at
        _, at = _decoder.raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at : at + 1] == "," else at
        number += 1
    return None


def token_end(text: str, at: int) -> int:
    """Where the scalar, or the bracket, at `at` ends."""
    if text[at : at + 1] in ("{", "["):
        return at + 1
    try:
        return _decoder.raw_decode(text, at)[1]
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
