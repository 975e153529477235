"""Tokens: SQLite's words, names, literals and signs, with their places.

The lexer is sqlglot's, told what SQLite's tokens are; sqlglot's grammar is not used, since it is
another one than SQLite's.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import TokenType
from sqlglot.tokens import Tokenizer

from lockplane_sqlite.quote import is_plain, upper

if TYPE_CHECKING:
    from collections.abc import Sequence

TokenKind = Literal["word", "name", "string", "number", "blob", "sign"]


class Token(NamedTuple):
    """One token: `text` as it is written, `upper` of a bare word, from `start` up to `end`."""

    kind: TokenKind
    text: str
    upper: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """What a name or string stands for, without its quotes."""
        opening = self.text[0]
        if self.kind not in ("name", "string") or opening not in "\"'`[":
            return self.text
        closing = "]" if opening == "[" else opening
        return self.text[1:-1].replace(closing * 2, closing)

    @property
    def names(self) -> bool:
        """Whether it can be the name of something."""
        return self.kind in ("word", "name", "string")


class Unterminated(Exception):
    """A quote at `offset` that nothing closes; `tokens` are those before it."""

    def __init__(self, offset: int, tokens: Sequence[Token]) -> None:
        super().__init__(offset)
        self.offset = offset
        self.tokens = tuple(tokens)


class _Lexer(Tokenizer):
    """sqlglot's tokenizer with SQLite's quotes and operators, and no keywords."""

    QUOTES = ["'"]  # noqa: RUF012 - the base class declares it so; also below
    IDENTIFIERS = ['"', ("[", "]"), "`"]  # noqa: RUF012
    HEX_STRINGS = [("x'", "'"), ("X'", "'")]  # noqa: RUF012
    STRING_ESCAPES = ["'"]  # noqa: RUF012
    NESTED_COMMENTS = False
    COMMANDS = set()  # noqa: RUF012
    KEYWORDS = {  # noqa: RUF012
        "||": TokenType.DPIPE,
        "->": TokenType.ARROW,
        "->>": TokenType.DARROW,
        "<<": TokenType.LT_AT,
        ">>": TokenType.AT_GT,
        "<=": TokenType.LTE,
        ">=": TokenType.GTE,
        "==": TokenType.EQ,
        "!=": TokenType.NEQ,
        "<>": TokenType.NEQ,
    }


_KINDS: dict[TokenType, TokenKind] = {
    TokenType.VAR: "word",
    TokenType.IDENTIFIER: "name",
    TokenType.STRING: "string",
    TokenType.NATIONAL_STRING: "string",
    TokenType.NUMBER: "number",
    TokenType.HEX_STRING: "blob",
}
_QUOTES = "\"'`["
_NEAR = 200
"""Characters in which a token and the next one are looked for, before all that follows is read."""


@cache
def _lexer() -> _Lexer:
    return _Lexer(dialect="sqlite")


def scan(text: str) -> list[Token]:
    """The tokens of a text, without comments and white space. Raises `Unterminated`."""
    try:
        return _lexed(text)
    except TokenError:
        found = [_token(text, raw.token_type, raw.start, raw.end + 1) for raw in _lexer().tokens]
        raise Unterminated(_open_quote(text, found), found) from None


def _lexed(text: str) -> list[Token]:
    try:
        return _tokens(text)
    except TokenError:
        if "/*" in text:  # SQLite lets the end of the text close a comment
            with suppress(TokenError):
                return _tokens(text + "*/")
            _tokens(text)  # once more, so that the lexer stands where the text itself is broken
        raise


def _tokens(text: str) -> list[Token]:
    return [_token(text, raw.token_type, raw.start, raw.end + 1) for raw in _lexer().tokenize(text)]


def _token(text: str, found: TokenType, start: int, end: int) -> Token:
    kind = _KINDS.get(found, "sign")
    spelled = text[start:end]
    return Token(kind, spelled, upper(spelled) if kind == "word" else spelled, start, end)


def _open_quote(text: str, found: Sequence[Token]) -> int:
    """The first quote after the last good token that is not inside a comment."""
    start = at = found[-1].end if found else 0
    while at < len(text):
        if text[at] in _QUOTES:
            return at
        at = behind_comment(text, at) or at + 1
    return start


def behind_comment(text: str, at: int) -> int | None:
    """Where the comment that begins at `at` ends, if one does."""
    closing = {"--": "\n", "/*": "*/"}.get(text[at : at + 2])
    if closing is None:
        return None
    end = text.find(closing, at + 2)
    return len(text) if end < 0 else end + len(closing)


def end_of(text: str, start: int) -> int:
    """Where the token at `start` ends; `start` where none begins. What is not closed runs on."""
    if text[start : start + 1].isspace():
        return start
    for size in (_NEAR, len(text)):
        rest = text[start : start + size]
        try:
            found = scan(rest)
        except Unterminated as problem:
            found = list(problem.tokens)
        if found and found[0].start:
            return start  # a comment
        # The last token may be cut off, or be a quote that closes further down.
        if len(found) > 1 or size >= len(text) - start:
            return start + found[0].end if found else len(text)
    return start


class Lines:
    """Places in a text: offsets as lines and columns, both from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        self._starts += [number + 1 for number, char in enumerate(text) if char == "\n"]

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


@lru_cache(maxsize=1 << 16)
def canonical(text: str) -> str:
    """A text with one spelling for what SQLite takes for the same.

    White space, comments, the case of bare words and needless quotes do not count. A name in
    double quotes keeps them unless it must be a name: alone it may be a string (SQLite's DQS).
    """
    try:
        tokens = scan(text)
    except Unterminated:
        return text.strip()
    return " ".join(_canonical(tokens, number) for number in range(len(tokens)))


_BEFORE_NAMES = frozenset({".", "FROM", "JOIN", "INTO", "UPDATE", "REFERENCES", "TABLE", "VIEW"})


def _canonical(tokens: Sequence[Token], number: int) -> str:
    token = tokens[number]
    if token.kind != "name":
        return token.upper
    before = tokens[number - 1].upper if number else ""
    after = tokens[number + 1].text if number + 1 < len(tokens) else ""
    must_be_name = token.text[0] in "[`" or before in _BEFORE_NAMES or after == "."
    if must_be_name and is_plain(token.value):
        return upper(token.value)
    return '"' + token.value.replace('"', '""') + '"'
