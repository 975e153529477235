"""The public functions, and files from the wild."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pglast.parser import ParseError, scan

from lockplane_core.model.statement import Document
from lockplane_postgres import parse
from lockplane_postgres.parse.lex import tokens
from lockplane_postgres.parse.split import pieces

CORPUS = os.environ.get("LOCKPLANE_CORPUS", "")


def test_the_class_of_a_statement_is_that_of_its_first() -> None:
    found = parse.class_of("ALTER TABLE app.t DROP COLUMN a CASCADE; SELECT 1")
    assert (found.verb, found.role) == ("alter", "table")
    assert found.modifiers == {"cascade"}
    assert [item.ref.path for item in found.drops] == [("app", "t", "a")]


@pytest.mark.parametrize("sql", ["", "broken", "-- only a comment"])
def test_what_can_not_be_classed_is_of_no_verb(sql: str) -> None:
    found = parse.class_of(sql)
    assert (found.verb, found.sql) == ("other", sql)


def test_an_empty_document_has_no_statements() -> None:
    for text in ("", "\ufeff", "-- nothing\n", ";;\n"):
        found = parse.parse(Document("f", text))
        assert (found.statements, found.errors) == ((), ())


def test_the_grammar_is_loaded_only_when_it_is_needed() -> None:
    code = (
        "import sys, lockplane_postgres.parse, lockplane_postgres.parse.documents;"
        "sys.exit('pglast' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="LOCKPLANE_CORPUS names no folder")
def test_files_from_the_wild_are_read_without_an_exception() -> None:
    files = sorted(Path(CORPUS).rglob("*.sql"))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        found = parse.parse(Document(str(file), text))
        parse.script(Document(str(file), text))
        parse.risks(text)
        if not found.errors:
            whole = [p for p in pieces(text) if text[p.start : p.end] != ";"]
            assert len(whole) == len(found.statements), file
        same_quotes(text)


def same_quotes(text: str) -> None:
    """Our strings and comments are those of the server's scanner, where it reads the file."""
    try:
        scanned = scan(text)
    except ParseError:
        return
    theirs = [
        (t.start, t.end + 1) for t in scanned if t.name in ("SCONST", "SQL_COMMENT", "C_COMMENT")
    ]
    ours = [(t.start, t.end) for t in tokens(text) if t.kind in ("string", "dollar", "comment")]
    other = [(t.start, t.end + 1) for t in scanned if t.name in ("USCONST", "XCONST", "BCONST")]
    assert ours == sorted(theirs + other)
