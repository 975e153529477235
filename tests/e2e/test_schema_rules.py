"""Guards and checks of schema files, through the parsers of both dialects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.engine import declarative
from lockplane_core.model.statement import Document

if TYPE_CHECKING:
    from pathlib import Path

DIALECTS = ("postgres", "sqlite")

RULES = """\
CREATE TABLE a (id BIGINT PRIMARY KEY, x TEXT, x TEXT);
CREATE TABLE IF NOT EXISTS b (id BIGINT PRIMARY KEY);
CREATE TABLE c (v INT, r BIGINT REFERENCES missing(id), s BIGINT REFERENCES a(nope));
CREATE INDEX ix ON a(nosuch);
CREATE INDEX dup ON a(x); CREATE INDEX dup ON b(id);
DROP TABLE a;
ALTER TABLE b DROP COLUMN id;
TRUNCATE TABLE b;
DELETE FROM b;
DELETE FROM b WHERE id = 1;
BEGIN;
"""
REPLACED = """\
CREATE OR REPLACE VIEW v AS SELECT 1;
CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ select 1; $$;
"""
FOUND = [
    (1, "error", "duplicate_column"),
    (2, "error", "non_declarative_if_not_exists"),
    (3, "error", "invalid_fk_column"),
    (3, "error", "invalid_fk_table"),
    (3, "warning", "no_primary_key"),
    (4, "error", "invalid_index_column"),
    (5, "error", "duplicate_index"),
    (6, "error", "dangerous_drop_table"),
    (7, "error", "dangerous_drop_column"),
    (8, "error", "dangerous_truncate"),
    (9, "error", "dangerous_delete_all"),
    (10, "error", "non_declarative_dml"),
    (11, "error", "non_declarative_transaction"),
]
FOUND_REPLACED = [
    (12, "error", "non_declarative_or_replace"),
    (13, "error", "non_declarative_or_replace"),
]


def found(dialect: str, path: Path) -> list[tuple[int, str, str]]:
    """Line, severity and id of each finding in a schema file."""
    with Lockplane(load_registry(), Settings(dialect=dialect)) as lockplane:
        findings = lockplane.validate_sql(str(path))
    return sorted((f.span.line, f.severity, f.id) for f in findings if f.span)


def test_every_offence_of_one_file_is_found_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rules.lp.sql"
    path.write_text(RULES + REPLACED, encoding="utf-8")
    assert found("postgres", path) == FOUND + FOUND_REPLACED


def test_sqlite_finds_the_same_in_what_its_language_has(tmp_path: Path) -> None:
    path = tmp_path / "rules.lp.sql"
    path.write_text(RULES, encoding="utf-8")
    assert found("sqlite", path) == FOUND


def test_names_that_sqlite_takes_for_one_are_one(tmp_path: Path) -> None:
    path = tmp_path / "names.lp.sql"
    path.write_text(
        "CREATE TABLE Users (Id INTEGER PRIMARY KEY, eMail TEXT);\n"
        "CREATE TABLE posts (id INTEGER PRIMARY KEY, author INT REFERENCES USERS (ID));\n"
        "CREATE INDEX by_mail ON users (EMAIL);\n"
        "ALTER TABLE users ADD COLUMN email TEXT;\n"
        "CREATE INDEX BY_MAIL ON posts (Author);\n",
        encoding="utf-8",
    )
    assert found("sqlite", path) == [
        (4, "error", "duplicate_column"),
        (5, "error", "duplicate_index"),
    ]


def test_names_that_differ_in_case_alone_are_two_in_postgres(tmp_path: Path) -> None:
    path = tmp_path / "names.lp.sql"
    path.write_text(
        'CREATE TABLE "Users" ("Id" int PRIMARY KEY, id int);\n'
        "CREATE TABLE posts (\n"
        "  id int PRIMARY KEY,\n"
        "  a int REFERENCES users,\n"
        '  b int REFERENCES "Users"\n'
        ");\n",
        encoding="utf-8",
    )
    assert found("postgres", path) == [(4, "error", "invalid_fk_table")]


def test_findings_of_a_folder_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "1.lp.sql").write_text("CREATE TABLE p (id int PRIMARY KEY);", encoding="utf-8")
    (tmp_path / "2.lp.sql").write_text(
        "CREATE TABLE q (id int PRIMARY KEY, p int REFERENCES p, o int REFERENCES o);",
        encoding="utf-8",
    )
    with Lockplane(load_registry(), Settings(dialect="postgres")) as lockplane:
        (finding,) = lockplane.validate_sql(str(tmp_path))
    assert finding.id == "invalid_fk_table"
    assert finding.span is not None
    assert finding.span.file.endswith("2.lp.sql")


EXAMPLES = [rule for rule in declarative.RULES if rule.bad]


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: rule.id)
def test_the_example_of_a_guard_is_refused(rule: declarative.Rule) -> None:
    """By each dialect that takes it for SQL, and by one at least."""
    registry = load_registry()
    refused = []
    for name in DIALECTS:
        parsed = registry.dialect(name).parse(Document("a.lp.sql", rule.bad))
        if not parsed.errors:
            refused.append([f.id for f in declarative.findings(parsed.statements)])
    assert refused
    assert all(rule.id in ids for ids in refused)
