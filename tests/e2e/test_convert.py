"""Converting both ways: files and folders, and nothing lost in between."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lockplane_core.testing.shell import Shell

RICH = """\
CREATE TABLE a (x INT, y INT, z VARCHAR(20) DEFAULT 'it''s', PRIMARY KEY (x, y)) WITHOUT ROWID;
CREATE TABLE b (
  id INTEGER PRIMARY KEY AUTOINCREMENT, n NUMERIC(10,2) DEFAULT (1 + 2),
  u TEXT COLLATE NOCASE UNIQUE, k INT CHECK (k > 0), ax INT, ay INT, g INT AS (ax + 1) STORED,
  CONSTRAINT b_a_fk FOREIGN KEY (ax, ay) REFERENCES a (x, y) ON DELETE CASCADE
);
CREATE TABLE "Order" (id INTEGER PRIMARY KEY, "group" TEXT);
CREATE INDEX b_lower ON b (lower(u)) WHERE k > 1;
CREATE VIEW v AS SELECT id, "group" FROM "Order";
CREATE TRIGGER tr AFTER INSERT ON b BEGIN UPDATE b SET k = 1 WHERE id = new.id; END;
"""


@pytest.fixture
def shop(lockplane: Shell) -> Shell:
    """A rich SQLite schema."""
    lockplane.write("lockplane.toml", 'dialect = "sqlite"\n')
    lockplane.write("rich.lp.sql", RICH)
    return lockplane


def read(shop: Shell, name: str) -> str:
    """The text of a file."""
    return (shop.folder / name).read_text("utf-8")


def convert(shop: Shell, source: str, target: str, *words: str) -> None:
    """From one place to another."""
    shop("convert", "--input", source, "--output", target, *words).succeeded()


def test_n9_files_and_folders_say_the_same_in_sql_and_json(shop: Shell) -> None:
    convert(shop, "rich.lp.sql", "rich.json")
    convert(shop, "rich.json", "back.lp.sql")
    convert(shop, "rich.json", "folder/")
    convert(shop, "back.lp.sql", "back.json")
    convert(shop, "folder", "folder.json")
    assert read(shop, "rich.json") == read(shop, "back.json") == read(shop, "folder.json")
    names = sorted(path.name for path in (shop.folder / "folder").iterdir())
    assert names == [
        "table_Order.lp.sql",
        "table_a.lp.sql",
        "table_b.lp.sql",
        "view_v.lp.sql",
    ]
    for source in ("rich.json", "back.lp.sql", "folder", "back.json"):
        assert shop("diff", "rich.lp.sql", source).succeeded().json == {}
        shop("validate", "schema", source).succeeded()
    assert shop("plan", "--from", "rich.json", "--to", "folder").json["steps"] == []


def test_n9_the_written_sql_runs_as_it_is(shop: Shell) -> None:
    script = shop("convert", "-i", "rich.lp.sql", "--to", "sql").succeeded().out
    with closing(sqlite3.connect(shop.folder / "app.db")) as connection:
        connection.executescript(script)
    assert shop("diff", "app.db", "rich.lp.sql").succeeded().json == {}


def test_a_file_of_any_name_is_what_it_is_said_to_be(shop: Shell) -> None:
    convert(shop, "rich.lp.sql", "rich.txt")
    convert(shop, "rich.txt", "back.lp.sql", "--from", "json")
    shop.write("dump.txt", RICH)
    convert(shop, "dump.txt", "back2.lp.sql", "--from", "sql")
    assert read(shop, "back.lp.sql") == read(shop, "back2.lp.sql")
    assert shop("diff", "json:rich.txt", "sql:dump.txt").succeeded().json == {}
    shop("convert", "-i", "rich.txt").refused("json:rich.txt")
    shop("convert", "-i", "rich.lp.sql", "--from", "json").refused("rich.lp.sql", "not valid JSON")
    shop("convert", "-i", "json:no.txt").refused("no.txt", "No such file")


def test_the_answer_goes_to_stdout_or_to_a_file_and_never_over_the_input(shop: Shell) -> None:
    printed = shop("convert", "-i", "rich.lp.sql").succeeded()
    assert shop("convert", "-i", "rich.lp.sql", "-o", "-").out == printed.out
    assert not (shop.folder / "-").exists()
    done = shop("convert", "-i", "rich.lp.sql", "-o", "rich.json").succeeded()
    assert (done.out, done.err) == ("", "✓ Converted rich.lp.sql to json: rich.json\n")
    assert read(shop, "rich.json") == printed.out
    shop("convert", "-i", "rich.lp.sql", "-o", "rich.lp.sql").refused("is the input", code=2)
    shop("convert", "-i", "rich.json", "--to", "json", "-o", "d/").refused("a folder", code=2)
    assert read(shop, "rich.lp.sql") == RICH
    shop("introspect", "rich.lp.sql", "-o", "again.json").succeeded()
    assert read(shop, "again.json") == printed.out
    shop("diff", "rich.json", "rich.lp.sql", "-o", "diff.json").succeeded()
    assert read(shop, "diff.json") == "{}\n"


@pytest.mark.parametrize("dialect", ["postgres", "sqlite"])
def test_a_script_in_the_wrong_order_says_so_and_is_read(lockplane: Shell, dialect: str) -> None:
    """Each of its statements declares, so that the order means nothing."""
    lines = ["CREATE INDEX i ON t (a);", "CREATE TABLE t (a INT);"]
    lockplane.write("app.sql", "\n".join(lines))
    lockplane.write("app.lp.sql", "\n".join(reversed(lines)))
    done = lockplane("diff", "sql:app.sql", "app.lp.sql", "--dialect", dialect).succeeded()
    assert done.json == {}
    assert "app.sql:1:1" in done.err
    lockplane.write("app.sql", "\n".join([*lines, "DELETE FROM t;"]))
    lockplane("diff", "sql:app.sql", "app.lp.sql", "--dialect", dialect).refused("Line 1")
