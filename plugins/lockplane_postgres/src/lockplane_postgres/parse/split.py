"""Split: a text as statements, by tokens alone, so that broken ones do no harm to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockplane_postgres.parse.lex import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KIND_OF_OBJECT = frozenset({
    "access", "aggregate", "cast", "collation", "constraint", "conversion", "database", "default",
    "domain", "event", "extension", "foreign", "function", "global", "group", "index", "language",
    "local", "materialized", "operator", "or", "policy", "procedure", "publication", "recursive",
    "role", "rule", "schema", "sequence", "server", "statistics", "subscription", "system",
    "table", "tablespace", "temp", "temporary", "text", "transform", "trigger", "trusted", "type",
    "unique", "unlogged", "user", "view",
})  # fmt: skip
_OPENINGS = {
    "create": _KIND_OF_OBJECT,
    "alter": _KIND_OF_OBJECT,
    "drop": _KIND_OF_OBJECT,
    "comment": frozenset({"on"}),
}
_PRIVILEGES = frozenset({"grant", "revoke"})
_HEADER = 3
"""Words of the next statement that a broken one may swallow before the parser minds."""
_OPENING_WORDS = len(("CREATE", "OR", "REPLACE", "FUNCTION"))
_BLOCK_WORD_SIZES = frozenset(map(len, ("BEGIN", "CASE", "END")))


class Piece(NamedTuple):
    """What should be one statement: its tokens without comments, its semicolon included."""

    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end

    @property
    def closed(self) -> bool:
        """Whether its last quote or comment ends."""
        return self.tokens[-1].closed


class Opening(NamedTuple):
    """Where, at the start of a line, another statement seems to begin; `header` ends its words."""

    start: int
    header: int


def pieces(text: str, start: int = 0) -> Iterator[Piece]:
    """The pieces of a text; between them is nothing but white space and comments."""
    while (piece := next_piece(text, start)) is not None:
        yield piece
        start = piece.end


def next_piece(text: str, start: int) -> Piece | None:
    """The first piece at or after `start`.

    A semicolon ends it, as in psql, except in a body `BEGIN ATOMIC … END` and between the
    parentheses of a rule; in any other parentheses a semicolon is an error that should not
    reach further than its own statement.
    """
    found: list[Token] = []
    nesting = Nesting(text)
    for token in tokens(text, start):
        if token.kind == "comment" and token.closed:
            continue
        found.append(token)
        if nesting.ends_at(token):
            break
    return Piece(tuple(found)) if found else None


class Nesting:
    """How deep a semicolon stands; it is fed with the tokens of one statement in turn."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.opening: list[str] = []
        self.depth = 0
        self.routine = self.rule = False

    def ends_at(self, token: Token) -> bool:
        """Whether the statement ends with this token."""
        if token.kind == "word":
            self._word(token)
        elif token.kind == "sign":
            sign = self.text[token.start]
            if self.rule and sign in "()":
                self.depth += 1 if sign == "(" else -1
            return sign == ";" and self.depth <= 0
        return False

    def _word(self, token: Token) -> None:
        noting = len(self.opening) < _OPENING_WORDS
        if noting or (self.routine and token.end - token.start in _BLOCK_WORD_SIZES):
            word = self.text[token.start : token.end].lower()
            if noting:
                self._note(word)
            if self.routine:
                self._block(word, token.end)

    def _note(self, word: str) -> None:
        """Remember the first words, which say whether this is a routine or a rule."""
        self.opening.append(word)
        if self.opening[0] == "create":
            subject = [word for word in self.opening[1:] if word not in ("or", "replace")]
            self.routine = subject[:1] in (["function"], ["procedure"])
            self.rule = subject[:1] == ["rule"]

    def _block(self, word: str, end: int) -> None:
        if (word == "begin" and self._atomic_follows(end)) or (word == "case" and self.depth):
            self.depth += 1
        elif word == "end" and self.depth:
            self.depth -= 1

    def _atomic_follows(self, end: int) -> bool:
        following = (token for token in tokens(self.text, end) if token.kind != "comment")
        token = next(following, None)
        return token is not None and self.text[token.start : token.end].lower() == "atomic"


def openings(text: str, piece: Piece) -> list[Opening]:
    """Where inside a piece other statements seem to begin.

    That is a line that begins, no further to the right than the piece itself does, with words
    such as CREATE TABLE.
    """
    indent = _column(text, piece.start)
    granting = text[piece.start : piece.tokens[0].end].lower() == "alter"
    found = []
    for number, token in enumerate(piece.tokens[1:], 1):
        if token.kind == "word" and _leads_line(text, token.start, indent):
            words = [text[t.start : t.end].lower() for t in piece.tokens[number : number + 2]]
            # ALTER DEFAULT PRIVILEGES … GRANT is one statement, often on two lines
            if _opens(words) and not (granting and words[0] in _PRIVILEGES):
                last = piece.tokens[min(number + _HEADER, len(piece.tokens)) - 1]
                found.append(Opening(token.start, last.end))
    return found


def opening_inside(text: str, token: Token, indent: int) -> int | None:
    """Where inside a quote or comment a line seems to begin a statement."""
    start = text.find("\n", token.start, token.end) + 1
    while start:
        following = text.find("\n", start, token.end) + 1
        line = text[start : following or token.end]
        bare = line.lstrip(" \t")
        margin = len(line) - len(bare)
        if margin <= indent and _opens(bare.lower().split(maxsplit=2)[:2]):
            return start + margin
        start = following
    return None


def indent_of(text: str, piece: Piece) -> int:
    """How far to the right a piece begins."""
    return _column(text, piece.start)


def _opens(words: Sequence[str]) -> bool:
    if not words:
        return False
    if words[0] in _PRIVILEGES:
        return True
    return len(words) > 1 and words[1] in _OPENINGS.get(words[0], ())


def _column(text: str, position: int) -> int:
    return position - (text.rfind("\n", 0, position) + 1)


def _leads_line(text: str, position: int, indent: int) -> bool:
    line = text.rfind("\n", 0, position) + 1
    return position - line <= indent and not text[line:position].strip()
