"""Comments of a schema file, and names as they are written in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.statement import Comment, Document
from lockplane_postgres.parse.lex import Token, tokens
from lockplane_postgres.parse.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator


def comments(document: Document) -> list[Comment]:
    """All comments, by the tokens of the file; one that is never closed is none."""
    text, places = document.text, Places(document.name, document.text)
    found: list[Comment] = []
    waiting: list[Token] = []
    for token in tokens(text):
        if token.kind == "comment" and token.closed:
            waiting.append(token)
        elif waiting:
            found += _told(waiting, places, token)
            waiting.clear()
    return [*found, *_told(waiting, places, None)]


def _told(waiting: list[Token], places: Places, following: Token | None) -> Iterator[Comment]:
    before = places.spot(following.start) if following else None
    for token in waiting:
        line = places.text.rfind("\n", 0, token.start) + 1
        yield Comment(
            text=_words(places.text[token.start : token.end]),
            span=places.spot(token.start),
            before=before,
            alone=not places.text[line : token.start].strip(),
        )


def _words(comment: str) -> str:
    bare = comment[2:-2] if comment.startswith("/*") else comment[2:]
    return bare.strip()


def names_in(text: str) -> tuple[str, ...]:
    """The parts of a qualified name. Raises `ValueError`."""
    found = list(tokens(text))
    signs = [text[token.start : token.end] for token in found[1::2]]
    if len(found) % 2 == 0 or any(sign != "." for sign in signs):
        raise ValueError("that is no name; one with other signs in it goes in double quotes")
    return tuple(_name(text[token.start : token.end], token) for token in found[::2])


def literal_in(text: str) -> str | None:
    """What a string in plain quotes says, if the text is one."""
    found = list(tokens(text))
    if len(found) != 1 or found[0].kind != "string" or not found[0].closed or text[0] != "'":
        return None
    return text[1:-1].replace("''", "'")


def _name(spelled: str, token: Token) -> str:
    """A name as the server reads it: bare ones in small letters, quoted ones as they are."""
    if token.kind == "word":
        return _folded(spelled)
    if token.kind != "name" or not spelled.startswith('"') or not token.closed:
        raise ValueError(f"{spelled} is no name")
    return spelled[1:-1].replace('""', '"')


def _folded(spelled: str) -> str:
    """ASCII letters alone are folded in UTF-8 (downcase_identifier in scansup.c)."""
    return "".join(char.lower() if char.isascii() else char for char in spelled)
