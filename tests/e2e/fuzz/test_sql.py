"""Schema files and scripts of both dialects."""

from __future__ import annotations

import os
import tomllib
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lockplane_core.engine import sources
from lockplane_core.errors import InvalidSource, LockplaneError
from lockplane_core.model.statement import Document
from lockplane_core.testing.hostile import Law, files, folder, lockplane, moment, stand, texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.finding import Finding
    from lockplane_core.model.node import Span
    from lockplane_core.model.statement import Parsed

ROOT = Path(__file__).parents[3]
CORPUS = os.environ.get("LOCKPLANE_CORPUS", "")
PSQL = """\
\\restrict abc
\\set x 'y'
SET search_path = public;
COPY public.t (a, b) FROM stdin;
1\tx;y
2\t'
\\.
SELECT :x, :'x';
\\echo done \\; \\g
CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;
DO $a$ BEGIN RAISE NOTICE $b$;$b$; END $a$;
"""
SHELL = """\
.mode box
CREATE TABLE t (a);
.read x
CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END;
"""
PIECES = (
    "CREATE TABLE ", "\nCREATE VIEW v AS SELECT ", "CREATE FUNCTION f() ", "BEGIN ATOMIC ", "END;",
    "CASE ", "PRIMARY KEY ", "REFERENCES t(a) ", "DEFAULT ", "CHECK (", "\\restrict x\n", "\\g\n",
    "COPY t FROM stdin;\n", "\\.\n", "\\if\n", ":'x'", "E'\\", "U&'\\00", 'U&"', "x'",
    "$1", "0x", "1_", "(SELECT ", "SELECT 1 UNION ", "NOT ", "- ", "a.", "::int", "[1]", "||",
    "AND a ", "CREATE TRIGGER r ", "WITH RECURSIVE ", "GENERATED ALWAYS AS (", "serial ", "now() ",
    "public.", "COMMENT ON ", "ALTER TABLE t ", "LANGUAGE plpgsql AS ", ".mode\n", "\n.\n",
    "STRICT",
    "nextval(", "OPERATOR(", "CREATE INDEX ON t (", "ANY(ARRAY[", "IN (", "LIKE ", "WITHOUT ROWID",
    "VIRTUAL ", "$a$", "B'",
)  # fmt: skip


def seeds(dialect: str) -> list[str]:
    """What stands in the cases of a dialect, and in the corpus where there is one."""
    found = [PSQL, SHELL, (ROOT / "examples/shop/020_orders.lp.sql").read_text(encoding="utf-8")]
    for path in sorted(ROOT.glob(f"plugins/lockplane_{dialect}/tests/cases/*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            found += [case[key] for key in ("before", "after", "seed") if case.get(key)]
    for path in sorted(Path(CORPUS).rglob("*.sql")) if CORPUS else ():
        found.append(path.read_text(encoding="utf-8", errors="replace")[:20_000])
    return found


def holds(dialect: str, data: bytes) -> None:
    """A file of any bytes is read or refused, and what is told of it stands in it."""
    api, path = lockplane(dialect), folder() / "schema.lp.sql"
    path.write_bytes(data)
    try:
        text = sources.read_document(path).text
    except LockplaneError:
        return
    document = Document(str(path), text)
    stand(text, _validated(api, str(path)))
    product = api.registry.dialect(dialect)
    for parsed in (product.parse(document), product.script(document)):
        _ordered(text, parsed)
        stand(text, parsed.errors)
    for sql in (text, *(statement.sql for statement in parsed.statements)):
        product.canonical(sql)
        product.meaning(sql)
        product.foreign_risks(sql)
    if dialect == "sqlite":  # on its own engine, which needs no server
        for source in (str(path), f"sql:{path}"):
            stand(text, _read(api, source))


def _validated(api: Lockplane, source: str) -> Iterable[Finding]:
    try:
        return api.validate_sql(source)
    except InvalidSource as error:
        return error.findings
    except LockplaneError:
        return ()


def _read(api: Lockplane, source: str) -> Iterable[Finding]:
    try:
        api.tree(api.read(source))
    except InvalidSource as error:
        return error.findings
    except LockplaneError:
        pass
    return ()


def _ordered(text: str, parsed: Parsed) -> None:
    """Statements stand one after the other, as they are written, and so do their parts."""
    end, shown = 0, text.replace("\0", " ").encode(errors="replace").decode()
    offsets = _Offsets(text)
    for number, statement in enumerate(parsed.statements):
        assert statement.position == number, statement
        start = offsets.of(statement.span)
        assert end <= start, (end, start, statement)
        assert statement.sql, statement
        assert statement.sql in (
            text[start : start + len(statement.sql)],
            shown[start : start + len(statement.sql)],
        )
        end = start + len(statement.sql)
        for item in (*statement.declares, *statement.requires, *statement.drops):
            offsets.of(item.span)


class _Offsets:
    """Where spans stand in a text, counted from 0."""

    def __init__(self, text: str) -> None:
        self.sizes = [len(line) for line in text.split("\n")]
        self.starts = list(accumulate((size + 1 for size in self.sizes), initial=0))

    def of(self, span: Span) -> int:
        """Raises `AssertionError` for one that stands outside."""
        assert 1 <= span.line <= len(self.sizes), span
        assert 1 <= span.column <= self.sizes[span.line - 1] + 1, span
        return self.starts[span.line - 1] + span.column - 1


def _law(dialect: str) -> Law:
    contents = texts(seeds(dialect), PIECES)
    return Law(files(contents), lambda data: holds(dialect, data))


LAWS = {dialect: _law(dialect) for dialect in ("postgres", "sqlite")}


@pytest.mark.parametrize("dialect", LAWS)
def test_any_file_is_read_or_refused(dialect: str) -> None:
    LAWS[dialect].tried(60)


ENDLESS = b"\nCREATE VIEW v AS SELECT "
FOUND = [
    ("sqlite", ENDLESS * 700),  # each statement was read to the end of the file, and so again …
    ("postgres", b"CREATE\n" + ENDLESS * 700),
    ("sqlite", b"SELECT 1;\n.mode\n" * 2500),  # for each dot all before it was read
    ("sqlite", b"SELECT\n" + b"\n.\n" * 2500),
    ("sqlite", b"--" + b"'" * 20_000 + b"\n'"),  # each quote in a comment was tried as the open one
    ("sqlite", b"CREATE TABLE [a '\n" * 2000),  # behind each open quote all was read once more
    ("sqlite", b"SELECT 'a\nCREATE x; ' '"),  # a statement seemed to begin ahead of the open quote
    ("postgres", b"\xef\xbb\xbf" * 2 + b"(\\restrict x\n;"),  # all was put a column to the left
]
"""What once broke the law: mostly it took time that grew with the square of the size."""


@pytest.mark.parametrize(("dialect", "data"), FOUND)
def test_what_once_broke_the_law(dialect: str, data: bytes) -> None:
    with moment():
        holds(dialect, data)


@pytest.mark.parametrize("dialect", LAWS)
def test_a_file_without_semicolons_is_given_up_in_so_many_words(dialect: str) -> None:
    text = "CREATE TABLE t (id int" + "\nCREATE TABLE t (id int" * 700
    *some, last = lockplane(dialect).registry.dialect(dialect).parse(Document("f", text)).errors
    assert len(some) >= 10
    assert last.is_error
    assert last.message == "too many statements without an end: from here on the file was not read"


@pytest.mark.parametrize("dialect", LAWS)
def test_a_small_file_without_semicolons_is_read_to_its_end(dialect: str) -> None:
    text = "CREATE TABLE t (id int" + "\nCREATE TABLE t (id int" * 60
    errors = lockplane(dialect).registry.dialect(dialect).parse(Document("f", text)).errors
    assert [error.span.line for error in errors if error.span][-1] == 61


def test_lines_with_a_dot_are_commands_only_between_statements() -> None:
    text = ".mode box\nSELECT '\n.a\n', 1\n.b\n;\n.read x\n.quit\n"
    parsed = lockplane("sqlite").registry.dialect("sqlite").script(Document("f", text))
    lines = [finding.span.line for finding in parsed.errors if finding.span]
    assert lines == [1, 7, 8]
    (statement,) = parsed.statements
    assert statement.sql == "SELECT '\n.a\n', 1\n.b"
