"""What an editor relies on: exact places, stable codes, and an answer whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lockplane_core.testing.shell import Shell

FILES = {
    "a.lp.sql": """\
-- Größe: ü
CREATE TABLE users (
  id BIGINT PRIMARY KEY, /* ü */ email TEXT,
  "e mail" TEXT, email TEXT
);
""",
    "b.lp.sql": """\
CREATE TABLE posts (
  at TIMESTAMP DEFAULT now(), who BIGINT REFERENCES nobody(id),
  PRIMARY KEY (at)
);
CREATE TABLE IF NOT EXISTS drafts (id BIGINT PRIMARY KEY);
CREATE TABLE "no ""key" (a INT);
""",
}
SAID = {
    ("a.lp.sql", "duplicate_column", "email"),
    ("b.lp.sql", "invalid_fk_table", "nobody"),
    ("b.lp.sql", "no_primary_key", '"no ""key"'),
}


@pytest.fixture(params=["postgres", "sqlite"])
def project(request: pytest.FixtureRequest, lockplane: Shell) -> Shell:
    """Files with faults, for each product; `now()` is no SQLite, and is translated."""
    lockplane.env["LOCKPLANE_TEST_DIALECT"] = request.param
    for name, text in FILES.items():
        lockplane.write(f"schema/{name}", text)
    (lockplane.folder / "elsewhere").mkdir()
    return lockplane


def asked(project: Shell, source: str = "schema") -> list[dict[str, Any]]:
    """The issues, as an editor asks for them: the whole path, from a folder of its own."""
    path = project.folder / source
    command = ("validate", "sql", "--format", "json", "--dialect")
    here = project.folder
    project.folder = here / "elsewhere"
    done = project(*command, project.env["LOCKPLANE_TEST_DIALECT"], path).refused()
    project.folder = here
    assert done.err == ""
    issues: list[dict[str, Any]] = done.json["issues"]
    return issues


def marked(project: Shell, issue: dict[str, Any]) -> str:
    """The text of a file that an issue underlines; it is never more than a line here."""
    lines = (project.folder / "schema" / issue["file"]).read_text("utf-8").split("\n")
    assert issue["line"] == issue["end_line"]
    return str(lines[issue["line"] - 1][issue["column"] - 1 : issue["end_column"] - 1])


def test_e1_what_is_wrong_is_underlined_exactly(project: Shell) -> None:
    issues = asked(project)
    found = {
        (issue["file"].rpartition("/")[2], issue["code"], marked(project, issue))
        for issue in issues
        if not issue["code"].startswith("non_declarative")
    }
    assert found == SAID
    assert all(issue["file"].startswith(str(project.folder)) for issue in issues)
    twice = next(issue for issue in issues if issue["code"] == "duplicate_column")
    assert (twice["line"], twice["column"], twice["severity"]) == (4, 18, "error")
    assert twice["rule"] == "LP101"


def test_e1_a_syntax_error_is_underlined_too(project: Shell) -> None:
    project.write(
        "schema/c.lp.sql", "CREATE TABLE t (\n  a INT,,\n  b INT\n);\nCREATE TABLE u (é INT,);\n"
    )
    issues = [
        issue for issue in asked(project, "schema/c.lp.sql") if issue["code"] == "syntax_error"
    ]
    assert [(issue["line"], marked(project, issue)) for issue in issues] == [(2, ","), (5, ")")]


def test_e1_what_the_grammar_gives_no_place_to_is_underlined_at_its_name(lockplane: Shell) -> None:
    """PostgreSQL's parser does not say where the name of an index stands."""
    text = """CREATE TABLE t (id INT PRIMARY KEY);\n-- "i x"\nCREATE INDEX/*ü*/"i x" ON t (b);\n"""
    lockplane.write("i.lp.sql", text)
    (issue,) = lockplane("validate", "sql", "--format", "json", "i.lp.sql").json["issues"]
    assert issue["code"] == "invalid_index_column"
    assert [issue[key] for key in ("line", "column", "end_column")] == [3, 18, 23]


def test_e1_an_error_at_the_end_of_a_file_has_a_place(project: Shell) -> None:
    project.write("schema/c.lp.sql", "CREATE TABLE t (a INT PRIMARY KEY")
    (issue,) = asked(project, "schema/c.lp.sql")
    assert issue["code"] == "syntax_error"
    assert (issue["line"], issue["end_line"]) == (1, 1)
    assert issue["column"] <= issue["end_column"] <= 34


def test_e1_what_can_not_be_read_at_all_is_an_answer_too(project: Shell) -> None:
    project.write("schema/c.lp.sql", b"CREATE TABLE \xff;")
    for source, words in (("schema", "UTF-8"), ("nowhere.lp.sql", "No such file")):
        (issue,) = asked(project, source)
        assert words in issue["message"]
        assert (issue["line"], issue["column"], issue["severity"]) == (1, 1, "error")


def test_e1_json_has_places_as_well(lockplane: Shell) -> None:
    lockplane.write("s.json", '{"tables": [\n  {"name": "t",\n   "columns": {}}\n]}')
    (issue,) = lockplane("validate", "schema", "--format", "json", "s.json").json["issues"]
    place = [issue[key] for key in ("line", "column", "end_line", "end_column")]
    assert place == [3, 15, 3, 16]
    lockplane.write("p.json", '{"steps": [{"description": "x", "sql": ""}]}')
    (issue,) = lockplane("validate", "plan", "--format", "json", "p.json").json["issues"]
    assert [issue["column"], issue["end_column"]] == [40, 42]


def test_e1_a_hundred_files_are_one_answer(lockplane: Shell) -> None:
    """How long that takes is a benchmark; here each file must be in it."""
    for number in range(100):
        lockplane.write(f"schema/{number:03}.lp.sql", f"CREATE TABLE t{number} (a INT);\n")
    found = lockplane("validate", "sql", "--format", "json", "schema").succeeded().json
    files = [issue["file"] for issue in found["issues"]]
    assert files == [f"schema/{number:03}.lp.sql" for number in range(100)]
