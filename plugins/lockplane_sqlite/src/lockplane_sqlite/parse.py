"""Parsing: a schema file as statements, with every error that SQLite finds in it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from lockplane_core.model.finding import Finding
from lockplane_core.model.node import Span
from lockplane_core.model.statement import Document, Parsed, Statement
from lockplane_core.spi.patience import Patience
from lockplane_sqlite.describing import Describer
from lockplane_sqlite.splitting import Piece, ended, pieces, resumption
from lockplane_sqlite.tokens import Lines, Unterminated, scan
from lockplane_sqlite.validity import SYNTAX_ERROR, Problem, Validator

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from lockplane_sqlite.tokens import Token

_SYNTAX_CODE = "LP001"


def parse(document: Document) -> Parsed:
    """The statements of a schema file, and all errors in one pass."""
    validator = Validator()
    try:
        return _Parsing(document).run(validator)
    finally:
        validator.close()


def script(document: Document) -> Parsed:
    """The statements of a script as they are; commands of the shell (`.mode`) are left out."""
    parsing = _Parsing(document)
    text, commands = _without_commands(document.text)
    for piece in pieces(text):
        if piece.open_quote is not None:
            problem = Problem(SYNTAX_ERROR, "this quote is never closed", piece.open_quote)
            parsing.report(piece, problem)
        parsing.statements.append(parsing.describe(piece))
    notices = [parsing.notice(line, offset) for line, offset in commands]
    return Parsed(tuple(parsing.statements), (*parsing.errors, *notices))


def risks(sql: str) -> tuple[str, ...]:
    """What in a script reaches beyond its own database."""
    try:
        tokens = scan(sql)
    except Unterminated as problem:
        tokens = list(problem.tokens)
    words = [token.upper for token in tokens]
    found = []
    if "ATTACH" in words:
        found.append("ATTACH opens another file")
    if "VACUUM" in words and "INTO" in words:
        found.append("VACUUM INTO writes another file")
    if "LOAD_EXTENSION" in words:
        found.append("load_extension runs code from a library")
    return tuple(found)


class _Parsing:
    """One document on its way into statements and findings."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lines = Lines(document.original or document.text)
        self.statements: list[Statement] = []
        self.errors: list[Finding] = []
        self.patience = Patience()

    def run(self, validator: Validator) -> Parsed:
        start: int | None = 0
        while start is not None:
            start = self._from(start, validator)
        return Parsed(tuple(self.statements), tuple(self.errors))

    def _from(self, start: int, validator: Validator) -> int | None:
        """Take statements until one has swallowed others; where those begin, or None."""
        for piece in pieces(self.document.text, start, self.patience):
            found = self.describe(piece)
            problem = None if found.unsupported else validator.problem(piece)
            if problem is None:
                self.statements.append(found)
                continue
            if problem.id == SYNTAX_ERROR:
                again = resumption(self.document.text, piece.start, piece.end)
                if again is not None:
                    self._swallowed(piece, again, validator)
                    return self._patiently(again)
            self.report(piece, problem)
        return None

    def _patiently(self, start: int) -> int | None:
        """Where to read on; None, which is reported, after too many such statements."""
        if self.patience.lasts(len(self.document.text) - start):
            return start
        finding = Finding(
            id=SYNTAX_ERROR,
            severity="error",
            message=Patience.MESSAGE,
            code=_SYNTAX_CODE,
            span=self.span(start),
            suggestion=Patience.WAY_OUT,
        )
        self.errors.append(finding)
        return None

    def _swallowed(self, piece: Piece, end: int, validator: Validator) -> None:
        """Report the statement that holds others, as if it ended where the first of them begins."""
        front = next(pieces(self.document.text[piece.start : end]), piece)
        problem = validator.problem(front) or Problem(
            SYNTAX_ERROR, "syntax error at end of statement", front.tokens[-1].start
        )
        self.report(piece, problem)

    # -- findings --------------------------------------------------------------------------

    def describe(self, piece: Piece) -> Statement:
        """A piece as a statement."""
        describer = Describer(piece, lambda at: self.span(piece.start + at))
        return describer.statement(len(self.statements))

    def span(self, offset: int) -> Span:
        """A place in the document."""
        line, column = self.lines.at(self.document.in_file(offset))
        return Span(self.document.name, line, column)

    def report(self, piece: Piece, problem: Problem) -> None:
        """Note what is wrong with a piece."""
        finding = Finding(
            id=problem.id,
            severity="error",
            message=problem.message,
            code=_SYNTAX_CODE if problem.id == SYNTAX_ERROR else "",
            span=self.span(piece.start + problem.at),
        )
        self.errors.append(finding)

    def notice(self, line: str, offset: int) -> Finding:
        """Note a line that only the shell understands."""
        return Finding(
            id="shell_command",
            severity="info",
            message=f"left out: {line.split(maxsplit=1)[0]} is a command of the sqlite3 shell",
            span=self.span(offset),
        )


def _without_commands(text: str) -> tuple[str, list[tuple[str, int]]]:
    """The text with blanks for lines that begin with a dot between statements."""
    found: list[tuple[str, int]] = []
    parts: list[str] = []
    between = _Between(text)
    for start, line in _lines(text):
        ending = text[start + len(line) : start + len(line) + 1]
        if line.startswith(".") and between.holds(start):
            found.append((line, start))
            between.go_on(start + len(line))
            line = " " * len(line)  # noqa: PLW2901 - what stands in its place
        parts += (line, ending)
    return "".join(parts), found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    offset = 0
    for line in text.split("\n"):
        yield offset, line
        offset += len(line) + 1


class _Between:
    """Tells which places of a text are between statements; asked from front to back."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.go_on(0)

    def go_on(self, start: int) -> None:
        """Look at nothing before `start`, which is between statements."""
        self.start = self.end = self.open = start
        self.tokens: Sequence[Token] = ()
        self.ends: Collection[Token | None] = ()

    def holds(self, at: int) -> bool:
        """Whether no statement is open at `at`."""
        if at > self.end:  # twice as far as asked, so that a long statement is not read for each
            self._read(self.start + 2 * (at - self.start))
        number = bisect_left(self.tokens, at - self.start, key=lambda token: token.start)
        return at <= self.open and (not number or self.tokens[number - 1] in self.ends)

    def _read(self, end: int) -> None:
        part = self.text[self.start : end]
        self.end, self.open = end, end
        try:
            self.tokens = scan(part)
        except Unterminated as problem:
            self.tokens, self.open = problem.tokens, self.start + problem.offset
        self.ends = {semicolon for _, semicolon in ended(self.tokens)}
