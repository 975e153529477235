"""Lex: the tokens of SQL, also where it is broken.

The server's own scanner stops at the first quote that is not closed; finding all errors of a
file, and reading what psql reads, needs one that goes on. It follows `scan.l` and psql's lexer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

TokenKind = Literal["word", "name", "string", "dollar", "number", "comment", "sign"]

_SPACE = frozenset(" \t\n\r\f\v")
_DIGITS = frozenset("0123456789")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_TAG = _LETTERS | _DIGITS
_WORD = _TAG | {"$"}
_ASCII_END = "\x7f"


class Token(NamedTuple):
    """A token from `start` up to `end`, in characters.

    A `word` is a keyword or a plain identifier, a `name` one in double quotes, a `dollar` a
    string in dollar quotes, a `sign` one character of anything else. What is not `closed` runs
    to the end of the text.
    """

    kind: TokenKind
    start: int
    end: int
    closed: bool = True


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens from `start` on, comments included; what lies between them is white space."""
    position, size = start, len(text)
    while position < size:
        char = text[position]
        if char in _SPACE:
            position += 1
            continue
        token = _token(text, position, char)
        yield token
        position = token.end


def _token(text: str, at: int, char: str) -> Token:
    if char in _LETTERS or char > _ASCII_END:
        return _word(text, at, char)
    if char in "'\"":
        return _quoted(text, at, at, escapes=False)
    if char in _DIGITS:
        return Token("number", at, _number_end(text, at))
    if char == "$":
        return _dollar(text, at)
    return _sign_or_comment(text, at)


def _sign_or_comment(text: str, at: int) -> Token:
    match text[at : at + 2]:
        case "--":
            return Token("comment", at, _line_end(text, at))
        case "/*":
            return _block_comment(text, at)
        case _:
            return Token("sign", at, at + 1)


def _word(text: str, at: int, char: str) -> Token:
    following = text[at + 1 : at + 2]
    if following == "'" and char in "eEbBxXnN":
        return _quoted(text, at, at + 1, escapes=char in "eE")
    if following == "&" and char in "uU" and text[at + 2 : at + 3] in ("'", '"'):
        return _quoted(text, at, at + 2, escapes=False)
    end, size = at + 1, len(text)
    while end < size and ((char := text[end]) in _WORD or char > _ASCII_END):
        end += 1
    return Token("word", at, end)


def _quoted(text: str, start: int, quote_at: int, *, escapes: bool) -> Token:
    """A string or name whose opening quote is at `quote_at`; a doubled quote stands for one."""
    quote = text[quote_at]
    kind: TokenKind = "string" if quote == "'" else "name"
    position = quote_at + 1
    while True:
        end = text.find(quote, position)
        if escapes:
            slash = text.find("\\", position, None if end < 0 else end)
            if slash >= 0:
                position = slash + 2
                continue
        if end < 0:
            return Token(kind, start, len(text), closed=False)
        if text[end + 1 : end + 2] != quote:
            return Token(kind, start, end + 1)
        position = end + 2


def _dollar(text: str, at: int) -> Token:
    """A string in dollar quotes, a parameter, or a lone dollar sign."""
    end, size = at + 1, len(text)
    while end < size and (text[end] in _TAG or text[end] > _ASCII_END):
        end += 1
    if text[at + 1 : at + 2] in _DIGITS:
        return Token("number", at, end)
    if text[end : end + 1] != "$":
        return Token("sign", at, at + 1)
    tag = text[at : end + 1]
    close = text.find(tag, end + 1)
    if close < 0:
        return Token("dollar", at, size, closed=False)
    return Token("dollar", at, close + len(tag))


def _block_comment(text: str, at: int) -> Token:
    """A comment in `/* */`; they nest (manual, 4.1.5)."""
    depth, position = 1, at + 2
    while depth:
        end = text.find("*/", position)
        if end < 0:
            return Token("comment", at, len(text), closed=False)
        inner = text.find("/*", position, end)
        depth += 1 if inner >= 0 else -1
        position = (inner if inner >= 0 else end) + 2
    return Token("comment", at, position)


def _line_end(text: str, at: int) -> int:
    """Where a line ends; the scanner takes a lone carriage return for an end, too."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    carriage = text.find("\r", at, end)
    return end if carriage < 0 else carriage


def _number_end(text: str, at: int) -> int:
    end, size = at + 1, len(text)
    while end < size and (text[end] in _WORD or (text[end] == "." and text[end - 1] != ".")):
        end += 1
    return end
