"""Script: any SQL script, as psql or pg_dump writes it, as single statements for a server.

Nothing is reordered. What only psql understands is left out with a notice, or refused where the
script would mean something else without it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from lockplane_core.model.finding import Finding, ordered
from lockplane_core.model.node import Span
from lockplane_core.model.statement import Document, Parsed, Statement
from lockplane_postgres.parse.errors import CODE, ID, cleaned
from lockplane_postgres.parse.lex import tokens
from lockplane_postgres.parse.meta import read_command
from lockplane_postgres.parse.names import Taken
from lockplane_postgres.parse.places import Places
from lockplane_postgres.parse.readers.subscriptions import is_apart
from lockplane_postgres.parse.split import Nesting
from lockplane_postgres.parse.statements import Reader
from lockplane_postgres.parse.tree import statements_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockplane_postgres.parse.lex import Token
    from lockplane_postgres.parse.meta import Command

NOTICE = "left_out"
_DATA_END = "\\."
_WAY_OUT = "Run the script with psql on a database of its own, and give that as the source."
_ACTION = 3
"""Where ALTER SUBSCRIPTION name says what it does."""
_RUNNING = frozenset({"DISABLE", "ENABLE", "REFRESH", "SKIP"})
_MOVING = frozenset({"OWNER", "RENAME"})
_REACHES = "would reach another server (say WITH (connect = false) where one is made)"
_PSQL_VARIABLES = frozenset({"DBNAME", "ENCODING", "HOST", "PORT", "USER", "VERSION"})


class Note(NamedTuple):
    """Something that is not sent to a server: its line, what it is, and whether it is a risk."""

    line: int
    words: str
    risky: bool = False
    why: str = "can not be done without psql"


class Script(NamedTuple):
    """Statements with the lines that they start in; what was left out, and what is refused."""

    statements: tuple[tuple[str, int], ...]
    notices: tuple[Note, ...]
    refused: tuple[Note, ...]


def read_script(text: str) -> Script:
    """A script as single statements."""
    places = Places("", text)
    reader = _Reader(text, places)
    statements = tuple(
        (text[start:end], places.spot(start).line) for start, end in reader.statements()
    )
    return Script(statements, tuple(reader.notices), tuple(reader.refused))


def parse_script(document: Document) -> Parsed:
    """A script as statements, with findings for what is left out (info) or refused (error)."""
    text, faults = cleaned(document.text)
    places = Places(document.name, text)
    reader, readable = _Reader(text, places), Reader(places, Taken())
    statements = [
        statement
        for start, end in reader.statements()
        for statement in _read(text, start, end, readable)
    ]
    findings = [fault.finding(places.spot(fault.position)) for fault in faults]
    findings += [_finding(note, document.name, is_error=False) for note in reader.notices]
    findings += [_finding(note, document.name, is_error=True) for note in reader.refused]
    return Parsed(tuple(statements), tuple(ordered(findings)))


def _read(text: str, start: int, end: int, reader: Reader) -> Iterator[Statement]:
    """What a statement says; one that does not parse is for the server to refuse."""
    from pglast.parser import ParseError

    base, stop = reader.places.bytes_before(start), reader.places.bytes_before(end)
    try:
        yield from reader.read(statements_of(text[start:end]), base, stop)
    except (ParseError, RecursionError):
        span = reader.places.spot(start)
        yield Statement(verb="other", sql=text[start:end], span=span, position=reader.count)
        reader.count += 1


def _finding(note: Note, file: str, *, is_error: bool) -> Finding:
    span = Span(file, note.line)
    if is_error:
        message = f"{note.words} {note.why}"
        return Finding(
            id=ID, code=CODE, severity="error", message=message, span=span, suggestion=_WAY_OUT
        )
    return Finding(id=NOTICE, severity="info", message=f"left out: {note.words}", span=span)


class _Reader:
    """Reads a script as psql does, line for line where psql does so."""

    def __init__(self, text: str, places: Places) -> None:
        self.text = text
        self.places = places
        self.position = 0
        self.variables: set[str] = set(_PSQL_VARIABLES)
        self.notices: list[Note] = []
        self.refused: list[Note] = []

    def statements(self) -> Iterator[tuple[int, int]]:
        """Start and end, in characters, of each statement that a server is to run."""
        while self.position < len(self.text):
            found = self._next()
            if found and not (self._copies(found) or self._subscribes(found)):
                self._look_for_variables(found)
                yield found[0].start, found[-1].end

    def _next(self) -> list[Token]:
        """The tokens of the next statement; none where a command stands instead."""
        found: list[Token] = []
        nesting = Nesting(self.text)
        for token in tokens(self.text, self.position):
            if token.kind == "comment":
                continue
            if self._is(token, "\\"):
                return self._command(token, found)
            if nesting.ends_at(token):
                self.position = token.end
                return found
            found.append(token)
        self.position = len(self.text)
        return found

    # -- commands of psql --------------------------------------------------------------------

    def _command(self, backslash: Token, before: list[Token]) -> list[Token]:
        """Take a command; what stands before it is a statement if the command sends it."""
        end = self.text.find("\n", backslash.end)
        self.position = len(self.text) if end < 0 else end + 1
        if self.text[backslash.end : backslash.end + 1] == ";":  # ends no line
            self.position = backslash.end + 1
            return before
        command = read_command(self.text[backslash.end : self.position].rstrip())
        self._note(command, backslash.start)
        if command.name == "set":
            self.variables.update(command.arguments.split()[:1])
        return before

    def _note(self, command: Command, at: int) -> None:
        note = Note(self.places.spot(at).line, str(command), command.risky)
        if command.fate == "refused":
            self.refused.append(note)
        elif command.fate == "left_out":
            self.notices.append(note)
        elif command.fate == "stops":
            self.position = len(self.text)

    def _look_for_variables(self, found: Sequence[Token]) -> None:
        """`:name` and `:'name'` are replaced by psql where such a variable is set."""
        for colon, name in pairwise(found):
            if not self._is(colon, ":") or colon.end != name.start:
                continue
            word = self.text[name.start : name.end].strip("'\"")
            if word in self.variables and self.text[colon.start - 1 : colon.start] != ":":
                line = self.places.spot(colon.start).line
                self.refused.append(Note(line, f"the variable :{word}"))

    # -- rows --------------------------------------------------------------------------------

    def _copies(self, found: Sequence[Token]) -> bool:
        """Leave out COPY from or to psql itself, with the rows that follow it."""
        words = [self.text[token.start : token.end].lower() for token in found]
        if words[0] != "copy":
            return False
        pairs = list(pairwise(words))
        line = self.places.spot(found[0].start).line
        if ("from", "stdin") in pairs:
            at = found[pairs.index(("from", "stdin"))].start
            subject = self.text[found[0].end : at].strip()
            self.notices.append(Note(line, f"{self._skip_rows()} rows for {subject} (COPY)"))
            return True
        if ("to", "stdout") in pairs:
            self.notices.append(Note(line, "COPY … TO STDOUT"))
            return True
        return False

    def _subscribes(self, found: Sequence[Token]) -> bool:
        """Refuse what would reach for the server of a publisher; leave out what is no schema."""
        words = [self.text[token.start : token.end].upper() for token in found]
        if words[1:2] != ["SUBSCRIPTION"] or words[0] not in ("ALTER", "CREATE", "DROP"):
            return False
        line, said = self.places.spot(found[0].start).line, " ".join(words[:2])
        action = words[3] if len(words) > _ACTION else ""
        if words[0] == "ALTER" and action in _RUNNING:
            note = Note(line, f"{said} … {action}, as whether it runs is no schema")
            self.notices.append(note)
            return True
        if (words[0] == "ALTER" and action in _MOVING) or is_apart(
            self.text[found[0].start : found[-1].end]
        ):
            return False
        self.refused.append(Note(line, said, why=_REACHES))
        return True

    def _skip_rows(self) -> int:
        """Go past the rows that begin in the next line, and count them."""
        start = self.text.find("\n", self.position) + 1 or len(self.text)
        position = start
        while position < len(self.text):
            end = self.text.find("\n", position)
            end = len(self.text) if end < 0 else end
            if self.text[position:end].rstrip("\r") == _DATA_END:
                self.position = end
                return self.text.count("\n", start, position)
            position = end + 1
        self.position = len(self.text)
        return self.text.count("\n", start)

    def _is(self, token: Token, sign: str) -> bool:
        return token.kind == "sign" and self.text[token.start] == sign
