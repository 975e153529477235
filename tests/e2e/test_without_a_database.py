"""Scenarios N: what works before there is any database."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from lockplane_core.testing.shell import Shell

BEFORE = """
{"tables": [{"name": "users", "columns": [
  {"name": "id", "type": "integer", "nullable": false, "is_primary_key": true},
  {"name": "email", "type": "text", "nullable": false, "is_primary_key": false}]}]}
"""
AFTER = """
{"tables": [
  {"name": "users", "columns": [
    {"name": "id", "type": "integer", "nullable": false, "is_primary_key": true},
    {"name": "email", "type": "text", "nullable": false, "is_primary_key": false},
    {"name": "age", "type": "integer", "nullable": true, "is_primary_key": false}%s]},
  {"name": "posts", "columns": [
    {"name": "id", "type": "integer", "nullable": false, "is_primary_key": true},
    {"name": "title", "type": "text", "nullable": false, "is_primary_key": false}]}]}
"""
FORWARD = """
{"steps": [
  {"description": "Create table posts",
   "sql": "CREATE TABLE posts (id integer NOT NULL, title text NOT NULL)"},
  {"description": "Add column age to table users",
   "sql": "ALTER TABLE users ADD COLUMN age integer"},
  {"description": "Create index idx_users_email",
   "sql": "CREATE UNIQUE INDEX idx_users_email ON users (email)"}]}
"""
BAD = """\
-- comment
CREATE TABLE users (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL
  age INTEGER
);

CREATE TABLE posts (
  id BIGINT PRIMARY KEY,
  title TEXT NOT NULL,
);
"""
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
CREATE OR REPLACE VIEW v AS SELECT 1;
CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ select 1; $$;
"""
RICH = """\
CREATE TABLE a (x INT, y INT, z VARCHAR(20) DEFAULT 'it''s', PRIMARY KEY (x, y));
CREATE TABLE b (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), n NUMERIC(10,2) DEFAULT 1 + 2, s TEXT[] DEFAULT '{}',
  t BOOLEAN DEFAULT true, u TEXT UNIQUE, k INT CHECK (k > 0), e TEXT DEFAULT lower('ABC'), ts TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  ax INT, ay INT, CONSTRAINT b_a_fk FOREIGN KEY (ax, ay) REFERENCES a (x, y) ON DELETE CASCADE);
CREATE TABLE "Order" (id INT PRIMARY KEY, "group" TEXT);
CREATE INDEX b_lower ON b (lower(u)) WHERE t;
"""  # noqa: E501 - the scenario's own text


def test_n1_help_and_version(lockplane: Shell) -> None:
    for words in (["version"], ["--version"], ["help"], []):
        assert lockplane(*words).succeeded().out
    text = lockplane("help").out
    names = ("introspect", "diff", "plan", "apply", "rollback", "convert", "validate", "init")
    for name in (*names, "version", "help"):
        assert f"\n  {name} " in text
    lockplane("nosuch").refused("--help")


def test_n2_a_valid_file_is_praised(project: Shell) -> None:
    done = project("validate", "sql", "schema/users.lp.sql").succeeded()
    assert "✓ Validation 1: PASS" in done.err
    assert "✓ SQL schema is valid: schema/users.lp.sql" in done.err
    assert done.out == ""


def test_n3_a_valid_file_as_json(project: Shell) -> None:
    done = project("validate", "sql", "--format", "json", "schema.lp.sql").succeeded()
    assert done.json == {"valid": True, "issues": []}


def test_n4_a_folder_and_the_help(project: Shell) -> None:
    assert "PASS" in project("validate", "sql", "schema/").succeeded().err
    text = project("validate", "sql", "--help").succeeded().out
    assert "DROP TABLE" in text
    assert "IF NOT EXISTS" in text


def test_n5_syntax_errors_all_in_one_pass_at_their_lines(lockplane: Shell) -> None:
    lockplane.write("bad.lp.sql", BAD)
    done = lockplane("validate", "sql", "bad.lp.sql").refused(
        'Line 5: syntax error at or near "age"',
        'Line 11: syntax error at or near ")"',
        "Found 2 syntax error(s)",
    )
    assert done.out == ""
    found = lockplane("validate", "sql", "--format", "json", "bad.lp.sql").refused().json
    issues = [(issue["line"], issue["severity"], issue["code"]) for issue in found["issues"]]
    assert found["valid"] is False
    assert issues == [(5, "error", "syntax_error"), (11, "error", "syntax_error")]


def test_n6_dangerous_and_undeclarative_statements_at_their_lines(lockplane: Shell) -> None:
    lockplane.write("rules.lp.sql", RULES)
    found = lockplane("validate", "sql", "--format", "json", "rules.lp.sql").refused().json
    issues = {f"{i['line']} {i['severity']} {i['code']}" for i in found["issues"]}
    assert issues >= {
        "1 error duplicate_column",
        "2 error non_declarative_if_not_exists",
        "3 warning no_primary_key",
        "3 error invalid_fk_table",
        "3 error invalid_fk_column",
        "4 error invalid_index_column",
        "5 error duplicate_index",
        "6 error dangerous_drop_table",
        "7 error dangerous_drop_column",
        "8 error dangerous_truncate",
        "9 error dangerous_delete_all",
        "11 error non_declarative_transaction",
        "12 error non_declarative_or_replace",
        "13 error non_declarative_or_replace",
    }
    assert "10 error dangerous_delete_all" not in issues


def test_n7_a_warning_alone_is_valid(lockplane: Shell) -> None:
    lockplane.write("w.lp.sql", "CREATE TABLE t (a INT);\n")
    found = lockplane("validate", "sql", "--format", "json", "w.lp.sql").succeeded().json
    assert found["valid"] is True
    assert found["issues"][0]["code"] == "no_primary_key"


def test_n8_a_folder_is_read_in_order_and_no_further(lockplane: Shell) -> None:
    lockplane.write("w.lp.sql", "CREATE TABLE t (a INT);\n")
    lockplane.write("d/001_p.lp.sql", "CREATE TABLE p (id INT PRIMARY KEY);\n")
    lockplane.write(
        "d/002_q.lp.sql", "CREATE TABLE q (id INT PRIMARY KEY, p_id INT REFERENCES p(id));\n"
    )
    lockplane.write("d/sub/x.lp.sql", "CREATE TABLE nope (id INT PRIMARY KEY);\n")
    lockplane.write("d/plain.sql", "CREATE TABLE no2 (id INT PRIMARY KEY);\n")
    (lockplane.folder / "d/003_link.lp.sql").symlink_to("../w.lp.sql")
    lockplane("convert", "--input", "d/", "--output", "d.json").succeeded()
    tables = lockplane("convert", "--input", "d.json").succeeded().json["tables"]
    assert [table["name"] for table in tables] == ["p", "q"]
    assert tables[1]["foreign_keys"][0]["referenced_table"] == "p"
    lockplane("validate", "sql", "d/").succeeded()
    lockplane.write("d/002_q.lp.sql", "\nCREATE TABLE q (id INT PRIMARY KEY,);\n")
    lockplane("validate", "sql", "d/").refused("d/002_q.lp.sql", "Line 2")


def test_n9_sql_and_json_say_the_same(lockplane: Shell, tmp_path: Path) -> None:
    lockplane.write("rich.lp.sql", RICH)
    for words in (
        ("convert", "--input", "rich.lp.sql", "--output", "rich.json"),
        ("validate", "schema", "rich.json"),
        ("convert", "--input", "rich.json", "--output", "rich2.lp.sql", "--to", "sql"),
        ("convert", "--input", "rich2.lp.sql", "--output", "rich2.json"),
        ("validate", "schema", "rich.lp.sql"),
        ("validate", "sql", "rich2.lp.sql"),
    ):
        lockplane(*words).succeeded()
    assert (tmp_path / "rich.json").read_text() == (tmp_path / "rich2.json").read_text()
    assert lockplane("diff", "rich.lp.sql", "rich2.lp.sql").succeeded().json == {}
    assert lockplane("plan", "--from", "rich.json", "--to", "rich2.lp.sql").json["steps"] == []


def test_n9_the_written_sql_runs_as_it_is(
    lockplane: Shell, sql: object, main: str, tmp_path: Path
) -> None:
    import psycopg

    lockplane.write("rich.lp.sql", RICH)
    text = lockplane("convert", "--input", "rich.lp.sql", "--to", "sql").succeeded().out
    with psycopg.connect(main) as connection:
        connection.execute(text.encode())
    assert lockplane("diff", main, "rich.lp.sql").succeeded().json == {}


def test_n9_a_plan_is_no_schema_and_a_schema_no_plan(lockplane: Shell) -> None:
    lockplane.write("schema.json", BEFORE)
    lockplane.write("plan.json", FORWARD)
    lockplane("validate", "schema", "plan.json").refused("is a plan, not a schema")
    lockplane("validate", "plan", "schema.json").refused("is schema JSON, not a plan")


@pytest.fixture
def readme(lockplane: Shell) -> Shell:
    """The two schemas of the readme's example, and one that is not safe."""
    lockplane.write("current.json", BEFORE)
    lockplane.write("after.json", AFTER % "")
    lockplane.write("forward.json", FORWARD)
    return lockplane


def with_column(shell: Shell, **more: str) -> None:
    """`bad.json`: the example with a column email2 that may not be NULL."""
    fields = "".join(f', "{name}": "{value}"' for name, value in {"type": "text", **more}.items())
    column = f', {{"name": "email2"{fields}, "nullable": false, "is_primary_key": false}}'
    shell.write("bad.json", AFTER % column)


@pytest.mark.parametrize("words", [("plan",), ("init",), ("init", "docker-compose")])
def test_n10_commands_explain_themselves(lockplane: Shell, words: tuple[str, ...]) -> None:
    text = lockplane(*words, "--help").succeeded().out
    assert f"Usage: lockplane {' '.join(words)} " in text
    assert "--help" in text


def test_n11_the_example_of_the_readme(readme: Shell) -> None:
    words = ("plan", "--from", "current.json", "--to", "after.json")
    first = readme(*words).succeeded()
    assert first.descriptions == ["Create table posts", "Add column age to table users"]
    posts, age = (" ".join(step["sql"].split()) for step in first.json["steps"])
    assert "PRIMARY KEY" in posts
    assert age == "ALTER TABLE users ADD COLUMN age integer"
    for _ in range(3):
        assert readme(*words).out == first.out
    report = readme(*words, "--validate").succeeded().err
    for line in (
        "=== Validation Results ===",
        "✓ Validation 1: PASS",
        "✓ Validation 2: PASS",
        "Column 'age' is nullable - safe to add",
        "Reversible: DROP COLUMN users.age",
        "✓ All operations are reversible",
        "✓ All validations passed",
    ):
        assert line in report
    readme.save("migration.json", *words)
    assert "✓" in readme("validate", "plan", "migration.json").succeeded().err
    checked = readme("validate", "plan", "--format", "json", "migration.json").succeeded()
    assert checked.json == {"valid": True, "issues": []}


def test_n11_plans_are_valid_or_say_why_not(readme: Shell) -> None:
    readme("validate", "plan", "forward.json").succeeded()
    readme.write("empty.json", '{"steps": []}')
    readme("validate", "plan", "empty.json").succeeded()
    readme.write("bad.json", '{"steps": [{"description": "x", "sql": ""}]}')
    found = readme("validate", "plan", "--format", "json", "bad.json").refused().json
    assert found["valid"] is False
    assert found["issues"][0]["code"] == "plan_validation_error"


def test_n12_a_column_that_rows_can_not_have_is_not_safe(readme: Shell) -> None:
    with_column(readme)
    words = ("plan", "--from", "current.json", "--to", "bad.json", "--validate")
    done = readme(*words).refused(
        "✗ Validation 1: FAIL",
        "Cannot add NOT NULL column 'email2' without a DEFAULT value",
        "Reversible: DROP COLUMN users.email2",
        "❌ Validation FAILED: Some operations are not safe",
    )
    assert done.out == ""
    with_column(readme, default="'none'")
    readme(*words).succeeded()
    with_column(readme, type="bigserial")
    readme(*words).succeeded()


def test_n13_the_rollback_of_the_readme(readme: Shell) -> None:
    done = readme("rollback", "--plan", "forward.json", "--from", "current.json").succeeded()
    assert done.descriptions == [
        "Rollback: Drop index idx_users_email",
        "Rollback: Drop column age from table users",
        "Rollback: Drop table posts",
    ]
    index, column, table = (" ".join(step["sql"].split()) for step in done.json["steps"])
    assert index == "DROP INDEX idx_users_email"
    assert column == "ALTER TABLE users DROP COLUMN age"
    assert table.startswith("DROP TABLE posts")


def test_n13_the_rollback_of_a_generated_plan(readme: Shell) -> None:
    readme.save("made.json", "plan", "--from", "current.json", "--to", "after.json")
    done = readme("rollback", "--plan", "made.json", "--from", "current.json").succeeded()
    assert done.descriptions == [
        "Rollback: Drop column age from table users",
        "Rollback: Drop table posts",
    ]


def test_a_plan_in_each_format_and_in_a_file(readme: Shell) -> None:
    words = ("plan", "--from", "current.json", "--to", "after.json")
    assert "1. Create table posts" in readme(*words, "--format", "text").succeeded().out
    script = readme(*words, "--format", "sql").succeeded().out
    assert "BEGIN;" in script
    assert script.rstrip().endswith("COMMIT;")
    done = readme(*words, "--out", "plan.json").succeeded()
    assert done.out == ""
    assert (readme.folder / "plan.json").read_text() == readme(*words).out
    assert readme(*words, "--exit-code").code == 3
    assert readme("plan", "--from", "after.json", "--to", "after.json", "--exit-code").code == 0
    assert readme("diff", "current.json", "after.json", "--exit-code").code == 3
    assert readme("diff", "after.json", "after.json", "--exit-code").code == 0


def test_e1_an_editor_gets_json_with_real_paths_from_any_folder(
    project: Shell, tmp_path: Path
) -> None:
    project.write("schema/bad.lp.sql", BAD)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    project.folder = elsewhere
    done = project("validate", "sql", "--format", "json", tmp_path / "schema").refused()
    issue = done.json["issues"][0]
    assert issue["file"] == str(tmp_path / "schema" / "bad.lp.sql")
    assert (issue["line"], issue["column"]) == (5, 3)
    shutil.rmtree(elsewhere)
