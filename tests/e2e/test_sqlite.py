"""Scenarios S: SQLite, where a changed table is rebuilt and nothing in it may be lost."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lockplane_core.testing.shell import Shell

    Sql = Callable[..., list[tuple[Any, ...]]]

FIRST = """\
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL UNIQUE,
  age INTEGER CHECK (age > 0),
  created_at TEXT DEFAULT CURRENT_TIMESTAMP,
  slot TEXT DEFAULT (datetime('now'))
);
CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
CREATE INDEX posts_title ON posts(title);
CREATE TABLE m (a INT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID;
"""
SECOND = FIRST.replace("age INTEGER CHECK (age > 0)", "age TEXT NOT NULL DEFAULT '1'").replace(
    "user_id INTEGER, title TEXT",
    "user_id INTEGER REFERENCES users(id) ON DELETE CASCADE, title TEXT, extra TEXT",
)
ROWS = "insert into users(email,age) values('a',1),('b',2); insert into posts values(1,1,'t')"
FORMS = ("app.db", "file:app.db", "sqlite://app.db", "sqlite://./app.db")


@pytest.fixture
def lite(lockplane: Shell) -> Shell:
    """The program beside a SQLite database that is not there yet."""
    lockplane.env |= {"DATABASE_URL": "app.db", "SHADOW_DATABASE_URL": ":memory:"}
    lockplane.write("s1.lp.sql", FIRST)
    lockplane.write("s2.lp.sql", SECOND)
    return lockplane


@pytest.fixture
def sql(tmp_path: Path) -> Sql:
    """Look at, or change, the database behind the program's back."""

    def run(statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(tmp_path / "app.db", isolation_level=None)) as connection:
            *others, last = (part for part in statement.split(";") if part.strip())
            for part in others:
                connection.execute(part)
            return connection.execute(last).fetchall()

    return run


@pytest.fixture
def filled(lite: Shell, sql: Sql) -> Shell:
    """The first schema is there, with rows."""
    lite("apply", "--auto-approve", "--to", "s1.lp.sql").succeeded()
    sql(ROWS)
    return lite


def schema(sql: Sql) -> list[tuple[Any, ...]]:
    """The schema as SQLite keeps it."""
    return sql("select type, name, tbl_name, sql from sqlite_schema order by 2")


def test_s1_a_new_database_is_empty(lite: Shell) -> None:
    assert lite("introspect").succeeded().json["tables"] == []


def test_s2_the_schema_is_kept_word_for_word(lite: Shell, sql: Sql) -> None:
    lite.save("current.json", "introspect")
    words = ("--from", "current.json", "--to", "s1.lp.sql")
    done = lite.save("m1.json", "plan", *words, "--validate")
    assert "pg_catalog" not in done.out
    assert "CASCADE" not in done.out
    lite("apply", "--plan", "m1.json").succeeded()
    text = "\n".join(str(row[3]) for row in schema(sql))
    for words_kept in (
        "UNIQUE",
        "CHECK (age > 0)",
        "AUTOINCREMENT",
        "WITHOUT ROWID",
        "PRIMARY KEY (a, b)",
        "DEFAULT CURRENT_TIMESTAMP",
        "datetime('now')",
    ):
        assert words_kept in text


@pytest.mark.parametrize("form", FORMS)
def test_s3_every_form_of_address_is_the_same_database(filled: Shell, form: str) -> None:
    assert filled("plan", "--from", form, "--to", "s1.lp.sql").succeeded().json["steps"] == []


def test_s4_nothing_to_do_leaves_no_stray_file(filled: Shell) -> None:
    before = sorted(path.name for path in filled.folder.iterdir())
    words = ("apply", "--auto-approve", "--from", "app.db", "--to", "s1.lp.sql", "--validate")
    assert filled(*words).succeeded().json["steps_applied"] == 0
    assert sorted(path.name for path in filled.folder.iterdir()) == before
    assert before == ["app.db", "s1.lp.sql", "s2.lp.sql"]


def test_s5_a_rebuild_keeps_rows_indexes_and_columns_of_the_same_plan(
    filled: Shell, sql: Sql
) -> None:
    filled.save("before.json", "introspect")
    filled.save("f.json", "plan", "--from", "before.json", "--to", "s2.lp.sql", "--validate")
    filled.save("r.json", "rollback", "--plan", "f.json", "--from", "before.json")
    filled("apply", "--plan", "f.json").succeeded()
    assert filled("plan", "--from", "app.db", "--to", "s2.lp.sql").json["steps"] == []
    assert sql("select count(*) from users") == [(2,)]
    assert sql("select count(*) from posts") == [(1,)]
    assert sql("select count(*) from sqlite_master where name='posts_title'") == [(1,)]
    assert sql("pragma foreign_key_check") == []
    assert sql("select seq from sqlite_sequence where name='users'") == [(2,)]
    filled("apply", "--plan", "r.json", "--allow-data-loss").succeeded()
    assert filled("diff", "before.json", "app.db").succeeded().json == {}
    assert sql("select count(*) from users") == [(2,)]
    assert sql("select count(*) from posts") == [(1,)]


def test_s5_triggers_and_views_survive_a_rebuild(lite: Shell, sql: Sql) -> None:
    beside = (
        "CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);\n"
        "CREATE VIEW grown AS SELECT id FROM users WHERE age > 17;\n"
        "CREATE TRIGGER told AFTER INSERT ON users\n"
        "BEGIN INSERT INTO log(what) VALUES ('new'); END;\n"
    )
    lite.write("s1.lp.sql", FIRST + beside)
    lite.write("s2.lp.sql", SECOND + beside)
    lite("apply", "--auto-approve", "--to", "s1.lp.sql").succeeded()
    sql(ROWS)
    lite("apply", "--auto-approve", "--to", "s2.lp.sql").succeeded()
    names = {row[1] for row in schema(sql)}
    assert {"grown", "told"} <= names
    sql("insert into users(email, age) values ('c', 3)")
    assert sql("select count(*) from log") == [(3,)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a INTEGER PRIMARY KEY, b TEXT, c INT", "a INTEGER PRIMARY KEY, c INT"),
        ("a INTEGER PRIMARY KEY, b TEXT UNIQUE", "a INTEGER PRIMARY KEY"),
        ("a INT, b INT, c INT, PRIMARY KEY (a, b)", "a INT, c INT, PRIMARY KEY (a)"),
        ("a INTEGER PRIMARY KEY", "a INTEGER PRIMARY KEY, b TEXT DEFAULT CURRENT_TIMESTAMP"),
        ("a INTEGER PRIMARY KEY", "a INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT 'x'"),
        ("a INTEGER PRIMARY KEY, b INT", "a INTEGER PRIMARY KEY, b INT REFERENCES t(a)"),
    ],
    ids=["column", "unique column", "key member", "default", "not null", "foreign key"],
)
def test_s6_a_changed_table_converges_and_goes_back(
    lite: Shell, sql: Sql, before: str, after: str
) -> None:
    lite.write("a.lp.sql", f"CREATE TABLE t ({before});\n")
    lite.write("b.lp.sql", f"CREATE TABLE t ({after});\n")
    agreed = ("--auto-approve", "--allow-data-loss")
    lite("apply", *agreed, "--to", "a.lp.sql").succeeded()
    sql("insert into t(a) values (1)")
    lite.save("plan.json", "plan", "--to", "b.lp.sql")
    lite("apply", "--plan", "plan.json", "--allow-data-loss").succeeded()
    assert lite("plan", "--to", "b.lp.sql").succeeded().json["steps"] == []
    assert sql("select a from t") == [(1,)]
    lite("rollback", "--plan", "plan.json", "--execute", *agreed).succeeded()
    assert lite("plan", "--to", "a.lp.sql").succeeded().json["steps"] == []


def test_s6_a_dropped_table_and_a_column_that_rows_can_not_have(filled: Shell) -> None:
    filled.write("less.lp.sql", FIRST.partition("CREATE TABLE m")[0])
    words = ("apply", "--auto-approve", "--to", "less.lp.sql")
    filled(*words).refused("--allow-data-loss", "Drop table m")
    filled(*words, "--allow-data-loss").succeeded()
    text = FIRST.partition("CREATE TABLE m")[0].replace(
        "title TEXT", "title TEXT, must TEXT NOT NULL"
    )
    filled.write("must.lp.sql", text)
    done = filled("plan", "--to", "must.lp.sql", "--validate").refused(
        "Cannot add NOT NULL column 'must' without a DEFAULT value"
    )
    assert done.out == ""


def test_s7_words_of_postgres_are_translated_with_a_notice(project: Shell, tmp_path: Path) -> None:
    words = ("--db", "app.db", "--to", "schema.lp.sql")
    done = project("plan", *words, "--validate").succeeded()
    assert "schema.lp.sql" in done.err
    assert "NOW()" in done.err
    project("apply", "--auto-approve", *words).succeeded()
    assert project("plan", *words).succeeded().json["steps"] == []
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection:
        row = "insert into users(id, email) values (1, 'a') returning created_at"
        assert connection.execute(row).fetchall()[0][0].startswith("20")


def test_s8_a_failing_step_leaves_the_file_as_it_was(filled: Shell, sql: Sql) -> None:
    plan = {
        "steps": [
            {"description": "Add a", "sql": "ALTER TABLE users ADD COLUMN a int"},
            {"description": "Break", "sql": "ALTER TABLE nosuch ADD COLUMN x int"},
        ]
    }
    filled.write("broken.json", json.dumps(plan))
    before = schema(sql)
    for more in ([], ["--skip-shadow"]):
        done = filled("apply", "--plan", "broken.json", *more).refused("step 2", "Break")
        assert done.json["success"] is False
        assert schema(sql) == before


def test_s9_memory_is_empty_and_a_shadow_file_is_never_opened(lite: Shell) -> None:
    assert lite("introspect", "--db", ":memory:").succeeded().json["tables"] == []
    lite.write("shadow.db", b"mine")
    lite("plan", "--to", "s1.lp.sql", "--validate", "--shadow-db", "shadow.db").succeeded()
    assert (lite.folder / "shadow.db").read_bytes() == b"mine"
    assert sorted(path.name for path in lite.folder.iterdir()) == [
        "s1.lp.sql",
        "s2.lp.sql",
        "shadow.db",
    ]


def test_s10_a_plan_runs_only_once_and_only_on_its_state(filled: Shell, sql: Sql) -> None:
    filled.save("f.json", "plan", "--to", "s2.lp.sql")
    sql("create table stray(i int)")
    filled("apply", "--plan", "f.json").refused("expected", "found")
    sql("drop table stray")
    filled("apply", "--plan", "f.json").succeeded()
    assert filled("apply", "--plan", "f.json").refused("already").json["success"] is False


def test_s10_a_locked_database_is_busy_after_a_bounded_wait(filled: Shell, tmp_path: Path) -> None:
    filled.save("f.json", "plan", "--to", "s2.lp.sql")
    with closing(sqlite3.connect(tmp_path / "app.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = filled("apply", "--plan", "f.json", "--wait", "1").refused("locked", code=75)
    assert done.json["error"]["code"] == "busy"


def test_s11_a_file_that_is_no_database_says_so(lite: Shell) -> None:
    lite.write("other.db", "hello, this is text and not a database at all\n" * 10)
    lite("introspect", "other.db").refused("other.db", "is not an SQLite database")


def test_s11_planning_never_makes_the_file(lite: Shell) -> None:
    lite("plan", "--to", "s1.lp.sql", "--validate").succeeded()
    assert not (lite.folder / "app.db").exists()


def test_a_script_does_by_hand_what_apply_does(filled: Shell, tmp_path: Path, sql: Sql) -> None:
    written = filled("plan", "--to", "s2.lp.sql", "--format", "sql").succeeded().out
    script = written.replace("\n.bail on\n", "\n")  # a library has no commands of the shell
    with closing(sqlite3.connect(tmp_path / "app.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(script)
    assert filled("plan", "--to", "s2.lp.sql").succeeded().json["steps"] == []
    assert sql("select (select count(*) from users), (select count(*) from posts)") == [(2, 1)]


def test_verbose_logs_what_is_read_and_run(lite: Shell) -> None:
    done = lite("apply", "-v", "--auto-approve", "--to", "s1.lp.sql").succeeded()
    assert "event=read form=schema source=s1.lp.sql" in done.err
    assert "event=execute" in done.err
    assert "CREATE INDEX posts_title" in done.err
    assert done.json["success"] is True


def test_doctor_looks_at_the_file(filled: Shell) -> None:
    done = filled("doctor").succeeded()
    assert "✓ database: SQLite 3." in done.out
    assert "✓ shadow: scratches are made on" in done.out
