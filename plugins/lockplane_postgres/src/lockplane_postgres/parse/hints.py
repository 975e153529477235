"""Hints: what may be wrong at a syntax error. A hint is only given if the parser agrees.

Each remedy is tried on the statement; it is offered if the statement then parses, or parses
further than by the change alone.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_postgres.parse.lex import Token
    from lockplane_postgres.parse.split import Piece

_LONGEST = 20_000
"""Statements over this many characters get no hints: each try parses them once more."""
_SHORTEST_WORD = 3
_ALIKE = 0.75


class _Remedy(NamedTuple):
    """Put `text` in place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str
    words: str


def hint(text: str, piece: Piece, position: int) -> str:
    """What may help at an error; empty if nothing is sure to."""
    if piece.end - piece.start > _LONGEST:
        return ""
    for remedy in _remedies(text, piece, position):
        if _helps(text, piece, position, remedy):
            return remedy.words
    return ""


def _helps(text: str, piece: Piece, position: int, remedy: _Remedy) -> bool:
    """Whether the statement parses with the remedy, or at least two tokens further."""
    from pglast.parser import ParseError, parse_sql_json

    mended = text[piece.start : remedy.start] + remedy.text + text[remedy.end : piece.end]
    try:
        parse_sql_json(mended)
    except ParseError as error:
        grown = len(remedy.text) - (remedy.end - remedy.start)
        reached = len(mended) if error.args[1] is None else error.args[1]
        return piece.start + reached - grown >= _beyond(piece, position)
    return True


def _beyond(piece: Piece, position: int) -> int:
    """The start of the second token after the one at the error."""
    later = [token.start for token in piece.tokens if token.start > position]
    return later[1] if len(later) > 1 else piece.end + 1


def _remedies(text: str, piece: Piece, position: int) -> Iterator[_Remedy]:
    number = _token_at(piece, position)
    token = piece.tokens[number] if number < len(piece.tokens) else None
    before = piece.tokens[number - 1] if number else None
    sign = text[token.start : token.end] if token else ""
    yield from _backquoted(text, piece)
    if before and text[before.start : before.end] == ",":
        shown = f' before "{sign}"' if sign else ""
        yield _Remedy(before.start, before.end, " ", f"take out the comma{shown}")
    yield from _misspelt(text, piece, number)
    if token and before and sign not in ("", ",", ")", ";"):
        words = f'a comma may be missing before "{sign}"'
        yield _Remedy(before.end, before.end, ",", words)
    if sign == ")" and token:
        yield _Remedy(token.start, token.end, " ", "this parenthesis closes none")
    if sign in ("", ";"):
        at = token.start if token else piece.end
        yield _Remedy(at, at, ")", "a closing parenthesis may be missing")


def _backquoted(text: str, piece: Piece) -> Iterator[_Remedy]:
    sql = text[piece.start : piece.end]
    if any(text[token.start] == "`" for token in piece.tokens if token.kind == "sign"):
        words = "PostgreSQL quotes names with double quotes, not with `"
        yield _Remedy(piece.start, piece.end, sql.replace("`", '"'), words)


def _token_at(piece: Piece, position: int) -> int:
    """The number of the token at or after a place."""
    numbers = (n for n, token in enumerate(piece.tokens) if token.end > position)
    return next(numbers, len(piece.tokens))


def _misspelt(text: str, piece: Piece, number: int) -> Iterator[_Remedy]:
    """Keywords that are spelt much like a word at the error or just before it."""
    for token in reversed(piece.tokens[max(number - 1, 0) : number + 1]):
        if _is_plain_word(text, token):
            word = text[token.start : token.end]
            for keyword in get_close_matches(word.lower(), _keywords(), n=3, cutoff=_ALIKE):
                words = f'"{word}" may be meant as {keyword.upper()}'
                yield _Remedy(token.start, token.end, keyword, words)


def _is_plain_word(text: str, token: Token) -> bool:
    long_enough = token.end - token.start >= _SHORTEST_WORD
    return (
        token.kind == "word"
        and long_enough
        and text[token.start : token.end].lower() not in _keywords()
    )


@cache
def _keywords() -> tuple[str, ...]:
    from pglast import keywords

    return tuple(
        sorted(
            keywords.RESERVED_KEYWORDS
            | keywords.COL_NAME_KEYWORDS
            | keywords.TYPE_FUNC_NAME_KEYWORDS
            | keywords.UNRESERVED_KEYWORDS
        )
    )
