"""Translating: PostgreSQL's words in schema files, where SQLite has others for the same.

Only what SQLite refuses, or takes for something else, is translated. A type such as UUID or
VARCHAR(20) is one to SQLite too, and stays: a database may have it, and would be rebuilt for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lockplane_core.errors import InvalidSource
from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span
from lockplane_core.model.statement import Document, Edit
from lockplane_sqlite.affinity import affinity
from lockplane_sqlite.ddl.cursor import split
from lockplane_sqlite.quote import fold, words
from lockplane_sqlite.splitting import Piece, pieces
from lockplane_sqlite.tokens import Lines, Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SERIAL = words("SERIAL BIGSERIAL SMALLSERIAL SERIAL4 SERIAL8 SERIAL2")
_CALLS = {
    "NOW": "CURRENT_TIMESTAMP",
    "TRANSACTION_TIMESTAMP": "CURRENT_TIMESTAMP",
    "STATEMENT_TIMESTAMP": "CURRENT_TIMESTAMP",
    "CLOCK_TIMESTAMP": "CURRENT_TIMESTAMP",
    "GEN_RANDOM_UUID": "(lower(printf('%s-%s-4%s-%s%s-%s', hex(randomblob(4)), hex(randomblob(2)),"
    " substr(hex(randomblob(2)), 2), substr('89AB', 1 + (random() & 3), 1),"
    " substr(hex(randomblob(2)), 2), hex(randomblob(6)))))",
}
_CALLS["UUID_GENERATE_V4"] = _CALLS["GEN_RANDOM_UUID"]
_CLOCKS = words("CURRENT_TIMESTAMP CURRENT_TIME CURRENT_DATE")
_SERVER_WORDS = words("CURRENT_USER SESSION_USER USER CURRENT_ROLE LOCALTIME LOCALTIMESTAMP")
_STRICT_TYPES = words("INT INTEGER REAL TEXT BLOB ANY")
_STRICT_NAMES = {
    "BOOLEAN": "INTEGER",
    "BOOL": "INTEGER",
    "BYTEA": "BLOB",
    **dict.fromkeys(
        words("DATE TIME TIMESTAMP TIMESTAMPTZ TIMETZ UUID JSON JSONB INET CIDR"), "TEXT"
    ),
}
_BEFORE_TABLES = words("TABLE EXISTS ON FROM JOIN INTO UPDATE REFERENCES INDEX VIEW")


class _Edit(NamedTuple):
    start: int
    end: int
    text: str
    notice: str


def translate(document: Document) -> tuple[Document, tuple[str, ...]]:
    """The document in SQLite's words, line for line, and a notice for each change.

    Raises `InvalidSource` that names every place with no counterpart.
    """
    found = _Translating(document)
    found.run()
    if found.problems:
        first = found.problems[0]
        raise InvalidSource(f"{first.span}: {first.message}", found.problems)
    edits = sorted(set(found.edits))
    if not edits:
        return document, ()
    text, place, made = "", 0, []
    for edit in edits:
        lost = document.text[edit.start : edit.end].count("\n")
        written = edit.text + "\n" * lost
        text += document.text[place : edit.start]
        made.append(Edit(len(text), len(written), edit.start, edit.end))
        text += written
        place = edit.end
    text += document.text[place:]
    translated = Document(document.name, text, document.text, tuple(made))
    return translated, tuple(edit.notice for edit in edits)


class _Translating:
    """One document, piece by piece."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines = Lines(document.text)
        self.edits: list[_Edit] = []
        self.problems: list[Finding] = []
        self.base = 0

    def run(self) -> None:
        for piece in pieces(self.document.text):
            self.base = piece.start
            words = [token.upper for token in piece.tokens[:4]]
            self._schema_public(piece.tokens)
            if words[:2] in (["CREATE", "TABLE"], ["ALTER", "TABLE"]) or words[2:3] == ["TABLE"]:
                self._expressions(piece.tokens)
                for column in _columns(piece):
                    self._column(column, piece)
            if "INDEX" in words:
                self._index(piece.tokens)

    # -- what stands anywhere --------------------------------------------------------------

    def _schema_public(self, tokens: Sequence[Token]) -> None:
        for number, token in enumerate(tokens[1:-1], 1):
            is_name = tokens[number - 1].upper in _BEFORE_TABLES and tokens[number + 1].upper == "."
            if is_name and fold(token.value) == "public":
                self._replace(token, tokens[number + 1], "", "the schema public is left out")

    def _expressions(self, tokens: Sequence[Token]) -> None:
        for number, token in enumerate(tokens):
            following = [t.upper for t in tokens[number + 1 : number + 3]]
            if token.upper in _CALLS and following == ["(", ")"]:
                self._call(token, tokens, number)
            elif token.upper in _CLOCKS and following[:1] == ["("]:
                end = _closing(tokens, number + 1)
                self._replace(tokens[number + 1], tokens[end], "", "a clock has no precision here")
            elif token.upper == "NEXTVAL" and following[:1] == ["("]:
                self._problem(token, "SQLite has no sequences")
            elif tokens[number - 1].upper == "DEFAULT" and token.upper in _SERVER_WORDS:
                self._problem(token, f"SQLite has no {token.upper}")
            if token.upper == ":" and following[:1] == [":"]:
                self._cast(tokens, number)

    def _call(self, token: Token, tokens: Sequence[Token], number: int) -> None:
        wanted = _CALLS[token.upper]
        short = "an expression of randomblob()" if "randomblob" in wanted else wanted
        notice = f"{token.text}() is written as {short}"
        self._replace(token, tokens[number + 2], wanted, notice)

    def _cast(self, tokens: Sequence[Token], number: int) -> None:
        end = number + 2
        while (
            end < len(tokens)
            and tokens[end].kind in ("word", "name")
            and (
                end == number + 2
                or tokens[end].upper in _TYPE_WORDS
                or tokens[end].text.startswith("[")
            )
        ):
            end += 1
        if end < len(tokens) and tokens[end].upper == "(":
            end = _closing(tokens, end) + 1
        self._replace(tokens[number], tokens[end - 1], "", "a cast is left out")

    # -- columns ---------------------------------------------------------------------------

    def _column(self, tokens: Sequence[Token], piece: Piece) -> None:
        words = [token.upper for token in tokens]
        is_key = "PRIMARY" in words or fold(tokens[0].value) in _keys(piece)
        if words[1] in _SERIAL:
            self._counting(tokens, is_key=is_key)
        identity = _identity(words)
        if identity is not None:
            start, end = identity
            if end < len(words) and words[end] == "(":
                end = _closing(tokens, end) + 1
            self._counting(tokens, is_key=is_key)
            notice = "an identity is what INTEGER PRIMARY KEY is"
            self._replace(tokens[start], tokens[end - 1], "", notice)
        if any(token.text == "[]" for token in tokens[1:4]) or "ARRAY" in words[1:4]:
            self._problem(tokens[1], f"SQLite has no arrays: column {tokens[0].value}")
        elif _is_strict(piece) and identity is None and words[1] not in _SERIAL:
            self._strict(tokens)

    def _counting(self, tokens: Sequence[Token], *, is_key: bool) -> None:
        """A column that counts by itself: in SQLite only the rowid does."""
        if not is_key:
            self._problem(tokens[1], "in SQLite only an INTEGER PRIMARY KEY counts by itself")
        elif tokens[1].upper != "INTEGER":
            notice = f"{tokens[1].text} is written as INTEGER, which counts by itself as a key"
            self._replace(tokens[1], tokens[_type_end(tokens)], "INTEGER", notice)

    def _strict(self, tokens: Sequence[Token]) -> None:
        """A type that a STRICT table refuses."""
        if tokens[1].kind != "word" or tokens[1].upper in (*_STRICT_TYPES, *_CLAUSES):
            return
        end = _type_end(tokens)
        wanted = _STRICT_NAMES.get(tokens[1].upper) or affinity(tokens[1].upper)
        if wanted == "NUMERIC":
            self._problem(tokens[1], f"a STRICT table has no type {tokens[1].text}")
            return
        spelled = self.document.text[self.base + tokens[1].start : self.base + tokens[end].end]
        self._replace(tokens[1], tokens[end], wanted, f"{spelled} is {wanted} in a STRICT table")

    def _index(self, tokens: Sequence[Token]) -> None:
        for number, token in enumerate(tokens[:-1]):
            if token.upper == "USING":
                method = tokens[number + 1]
                if method.upper == "BTREE":
                    self._replace(token, method, "", "USING btree goes without saying")
                else:
                    self._problem(method, f"SQLite has no {method.text} indexes")

    # -- results ---------------------------------------------------------------------------

    def _replace(self, first: Token, last: Token, text: str, notice: str) -> None:
        start, end = self.base + first.start, self.base + last.end
        line, _ = self.lines.at(start)
        self.edits.append(_Edit(start, end, text, f"{self.document.name}:{line}: {notice}"))

    def _problem(self, token: Token, message: str) -> None:
        line, column = self.lines.at(self.base + token.start)
        self.problems.append(
            Finding(
                id="not_in_sqlite",
                severity="error",
                message=message,
                span=Span(self.document.name, line, column),
                suggestion="Write it as SQLite has it, or plan for PostgreSQL.",
            )
        )


_TYPE_WORDS = words("PRECISION VARYING WITH WITHOUT TIME ZONE")
_CLAUSES = words("CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES AS GENERATED")


def _columns(piece: Piece) -> Iterator[Sequence[Token]]:
    """The tokens of each column that a CREATE or ALTER TABLE defines, its type among them."""
    words = [token.upper for token in piece.tokens]
    if words[0] == "ALTER":
        place = words.index("ADD") + 1 if "ADD" in words else len(words)
        place += words[place : place + 1] == ["COLUMN"]
        items = [piece.tokens[place:]]
    elif "(" in words:
        opening = words.index("(")
        items = list(split(piece.tokens[opening + 1 : _closing(piece.tokens, opening)]))
    else:
        items = []
    for item in items:
        if len(item) > 1 and item[0].upper not in (
            "CONSTRAINT",
            "PRIMARY",
            "UNIQUE",
            "CHECK",
            "FOREIGN",
        ):
            yield item


def _type_end(tokens: Sequence[Token]) -> int:
    """The place of the last token of the type of a column."""
    end = 1
    while end + 1 < len(tokens) and tokens[end + 1].upper in _TYPE_WORDS:
        end += 1
    is_sized = end + 1 < len(tokens) and tokens[end + 1].upper == "("
    return _closing(tokens, end + 1) if is_sized else end


def _keys(piece: Piece) -> frozenset[str]:
    """The folded name of the one column of a `PRIMARY KEY (…)`."""
    words = [token.upper for token in piece.tokens]
    for number in range(len(words) - 4):
        if words[number : number + 3] == ["PRIMARY", "KEY", "("] and words[number + 4] == ")":
            return frozenset({fold(piece.tokens[number + 3].value)})
    return frozenset()


def _identity(words: Sequence[str]) -> tuple[int, int] | None:
    """The places of GENERATED … AS IDENTITY."""
    for number in range(len(words)):
        for form in (("GENERATED", "ALWAYS"), ("GENERATED", "BY", "DEFAULT")):
            whole = (*form, "AS", "IDENTITY")
            if tuple(words[number : number + len(whole)]) == whole:
                return number, number + len(whole)
    return None


def _is_strict(piece: Piece) -> bool:
    depth = 0
    for token in piece.tokens:
        depth += {"(": 1, ")": -1}.get(token.upper, 0)
        if not depth and token.upper == "STRICT":
            return True
    return False


def _closing(tokens: Sequence[Token], opening: int) -> int:
    """The place of the parenthesis that closes the one at `opening`; the last token if none."""
    depth = 0
    for number in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[number].upper, 0)
        if not depth:
            return number
    return len(tokens) - 1
