"""Documents: a schema file as statements and syntax errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.model.finding import ordered
from lockplane_core.model.node import Span
from lockplane_core.model.statement import Document, Parsed, Statement
from lockplane_postgres.parse.errors import Fault, cleaned, parts
from lockplane_postgres.parse.names import Taken
from lockplane_postgres.parse.places import Places
from lockplane_postgres.parse.statements import Reader
from lockplane_postgres.parse.tree import statements_of

if TYPE_CHECKING:
    from collections.abc import Iterable


def parse_document(document: Document) -> Parsed:
    """The statements of a document, and every syntax error in it."""
    from pglast.parser import ParseError

    text, faults = cleaned(document.text)
    places = Places(document.name, text)
    reader = Reader(places, Taken())
    try:
        whole = statements_of(text)
    except (ParseError, RecursionError):
        return _by_pieces(text, faults, reader)
    return _parsed(reader.read(whole, 0, places.size), faults, places)


def _by_pieces(text: str, faults: list[Fault], reader: Reader) -> Parsed:
    """What parses by itself, and why the rest does not."""
    statements: list[Statement] = []
    for part in parts(text):
        if isinstance(part, Fault):
            faults.append(part)
        else:
            statements += reader.read_part(part)
    return _parsed(statements, faults, reader.places)


def _parsed(statements: Iterable[Statement], faults: Iterable[Fault], places: Places) -> Parsed:
    findings = [fault.finding(places.spot(fault.position)) for fault in faults]
    return Parsed(tuple(statements), tuple(ordered(findings)))


def classify(sql: str) -> Statement:
    """The first statement of a text; of one that does not parse, the text as it is."""
    found = parse_document(Document("", sql)).statements
    return found[0] if found else Statement(verb="other", sql=sql, span=Span("", 1, 1))
