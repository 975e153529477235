"""What is read from SQL without a server: statements, syntax errors, risks, canonical forms.

The grammar is PostgreSQL's own, through pglast, which is imported when it is first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockplane_core.model.statement import Document, Parsed, Statement
    from lockplane_postgres.parse.scripts import Script

__all__ = ["canonical", "class_of", "parse", "risks", "script", "split_script"]


def parse(document: Document) -> Parsed:
    """The statements of a schema file, and every syntax error in it; never raises."""
    from lockplane_postgres.parse.documents import parse_document

    return parse_document(document)


def script(document: Document) -> Parsed:
    """The statements of a script of any origin, in its own order, as a server takes them.

    What is left out (rows for COPY, commands of psql) is named in findings of severity info;
    what only psql can do is an error.
    """
    from lockplane_postgres.parse.scripts import parse_script

    return parse_script(document)


def split_script(text: str) -> Script:
    """A script of any origin as single statements with their lines, and what was left out."""
    from lockplane_postgres.parse.scripts import read_script

    return read_script(text)


def class_of(sql: str) -> Statement:
    """What a single statement is and says; one that does not parse is of verb `other`."""
    from lockplane_postgres.parse.documents import classify

    return classify(sql)


def risks(sql: str) -> tuple[str, ...]:
    """What in a script reaches beyond its own database, in words and with lines."""
    from lockplane_postgres.parse.risk import find_risks

    return find_risks(sql)


def canonical(text: str) -> str:
    """An expression, query or statement in a form that survives being read back by a server.

    For fingerprints alone; never raises.
    """
    from lockplane_postgres.parse.canon import canonical_form

    return canonical_form(text)
