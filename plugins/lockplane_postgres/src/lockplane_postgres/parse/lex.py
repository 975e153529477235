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
        return _quoted(text, at, at)
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
    if following == "'" and char in "eEbBxX":
        return _string(text, at, at + 1, char.lower())
    if following == "&" and char in "uU" and text[at + 2 : at + 3] in ("'", '"'):
        return _quoted(text, at, at + 2)
    end, size = at + 1, len(text)
    while end < size and ((char := text[end]) in _WORD or char > _ASCII_END):
        end += 1
    return Token("word", at, end)


def _quoted(text: str, start: int, quote_at: int) -> Token:
    """A string or name whose opening quote is at `quote_at`."""
    if text[quote_at] == "'":
        return _string(text, start, quote_at, "")
    end = _quote_end(text, quote_at, '"')
    return Token("name", start, len(text) if end is None else end, end is not None)


def _string(text: str, start: int, quote_at: int, form: str) -> Token:
    """A string; `form` is the letter before it. It goes on in the next line (manual, 4.1.2.1)."""
    end = _quote_end(text, quote_at, "'", form)
    while end is not None:
        following = _continuation(text, end)
        if following is None:
            return Token("string", start, end)
        end = _quote_end(text, following, "'", form)
    return Token("string", start, len(text), closed=False)


def _quote_end(text: str, quote_at: int, quote: str, form: str = "") -> int | None:
    """Where a quote ends. In most, a doubled one stands for itself; a backslash escapes in E''."""
    position = quote_at + 1
    while True:
        end = text.find(quote, position)
        slash = text.find("\\", position, None if end < 0 else end) if form == "e" else -1
        if slash >= 0:
            position = slash + 2
        elif end < 0:
            return None
        elif text[end + 1 : end + 2] != quote or form in ("b", "x"):
            return end + 1
        else:
            position = end + 2


def _continuation(text: str, end: int) -> int | None:
    """The quote with which a string goes on after a line break (and comments before it)."""
    has_break = False
    while end < len(text):
        char = text[end]
        if char == "'" and has_break:
            return end
        if text.startswith("--", end):
            end = _line_end(text, end)
        elif char in _SPACE:
            has_break = has_break or char in "\r\n"
            end += 1
        else:
            return None
    return None


def _dollar(text: str, at: int) -> Token:
    """A string in dollar quotes, a parameter, or a lone dollar sign."""
    end, size = at + 1, len(text)
    if text[end : end + 1] in _DIGITS:
        while end < size and text[end] in _DIGITS:
            end += 1
        return Token("number", at, end)
    while end < size and (text[end] in _TAG or text[end] > _ASCII_END):
        end += 1
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
        inner = text.find("/*", position, end + 1)  # of `/*/`, the first two
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
    while end < size and (text[end] in _TAG or (text[end] == "." and text[end - 1] != ".")):
        end += 1
    return end
