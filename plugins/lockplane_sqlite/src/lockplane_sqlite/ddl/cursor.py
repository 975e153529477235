"""Cursor: a place among tokens, for readers that take them one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_sqlite.tokens import scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_sqlite.tokens import Token


class Unreadable(Exception):
    """A statement is not of the form that its reader knows; `offset` is where it stops."""

    def __init__(self, offset: int, wanted: str) -> None:
        super().__init__(f"expected {wanted} at offset {offset}")
        self.offset = offset


class Name(msgspec.Struct, frozen=True):
    """A name without its quotes, and where it stands."""

    text: str
    at: int


class Cursor:
    """Tokens of `text` and a place among them."""

    def __init__(self, text: str, tokens: Sequence[Token] | None = None) -> None:
        self.text = text
        self.tokens = scan(text) if tokens is None else tokens
        self.place = 0

    @property
    def at(self) -> int:
        """The offset of the next token; the end of the text after the last."""
        return self.tokens[self.place].start if self.place < len(self.tokens) else len(self.text)

    @property
    def is_done(self) -> bool:
        """Whether no token is left."""
        return self.place >= len(self.tokens)

    def peek(self, ahead: int = 0) -> str:
        """The next token, bare words in capitals; empty at the end."""
        place = self.place + ahead
        return self.tokens[place].upper if place < len(self.tokens) else ""

    def take(self) -> Token:
        """The next token. Raises `Unreadable` at the end."""
        if self.is_done:
            raise Unreadable(len(self.text), "more")
        self.place += 1
        return self.tokens[self.place - 1]

    def accept(self, *words: str) -> bool:
        """Take these words, or none of them."""
        if any(self.peek(number) != word for number, word in enumerate(words)):
            return False
        self.place += len(words)
        return True

    def one_of(self, *words: str) -> str:
        """Take one of these words, or nothing; what was taken."""
        return self.take().upper if self.peek() in words else ""

    def expect(self, *words: str) -> None:
        """Take these words. Raises `Unreadable`."""
        if not self.accept(*words):
            raise Unreadable(self.at, " ".join(words))

    def name(self) -> Name:
        """Take a name. Raises `Unreadable`."""
        if self.is_done or not self.tokens[self.place].names:
            raise Unreadable(self.at, "a name")
        token = self.take()
        return Name(token.value, token.start)

    def qualified(self) -> tuple[str, Name]:
        """Take a name with or without its schema; the schema and the name."""
        first = self.name()
        if self.accept("."):
            return first.text, self.name()
        return "", first

    def group(self) -> tuple[Token, ...]:
        """Take a parenthesis with all that it holds, and return what it holds."""
        self.expect("(")
        start, depth = self.place, 1
        while depth:
            depth += _DEPTHS.get(self.take().upper, 0)
        return tuple(self.tokens[start : self.place - 1])

    def names(self) -> tuple[Name, ...]:
        """Take a list of names in parentheses; what else stands beside a name is left out."""
        return tuple(Cursor(self.text, item).name() for item in split(self.group()))

    def rest(self) -> tuple[Token, ...]:
        """Take all that is left."""
        start, self.place = self.place, len(self.tokens)
        return tuple(self.tokens[start:])

    def verbatim(self, tokens: Sequence[Token]) -> str:
        """The text from the first of these tokens to the last, as it is written."""
        return self.text[tokens[0].start : tokens[-1].end] if tokens else ""


_DEPTHS = {"(": 1, ")": -1}


def split(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    """Tokens cut at the commas that are in no parenthesis."""
    found: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += _DEPTHS.get(token.upper, 0)
        if token.upper == "," and not depth:
            found.append([])
        else:
            found[-1].append(token)
    return [tuple(item) for item in found if item]
