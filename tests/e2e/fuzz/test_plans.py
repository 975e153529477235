"""Plans that Lockplane made and somebody changed, applied to databases of SQLite."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st

from lockplane_core.engine import plan_file
from lockplane_core.errors import LockplaneError
from lockplane_core.model.consent import Consent
from lockplane_core.testing.hostile import Law, folder, json_texts, lockplane

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import DrawFn

SMALL = "CREATE TABLE users (id INTEGER PRIMARY KEY);"
USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);"
LARGE = """\
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, age INTEGER CHECK (age > 0));
CREATE INDEX by_age ON users (age);
CREATE VIEW grown AS SELECT id FROM users WHERE age > 17;
"""
PAIRS = (("", USERS), (USERS, LARGE), (LARGE, USERS), (USERS, SMALL), (LARGE, ""))
SQL = (
    "ALTER TABLE users RENAME TO people", "DROP TABLE users", "COMMIT", "BEGIN", "ROLLBACK",
    "SELECT 1; SELECT 2", "PRAGMA foreign_keys = ON", "CREATE TABLE t (a, a)", "VACUUM", "EXPLAIN",
    "DELETE FROM users", "CREATE TABLE t (", "UPDATE users SET id = NULL", "-- nothing", "SELECT '",
    "CREATE TEMP TABLE t (a)", "PRAGMA writable_schema = ON", "ATTACH ':memory:' AS m", "\0",
    "DETACH main", "SAVEPOINT s", "RELEASE s", "CREATE VIEW users AS SELECT 1",
    "INSERT INTO users (id) VALUES (2)",
)  # fmt: skip


class Given(msgspec.Struct, frozen=True):
    """A plan file, the schema that its database has, and whether its losses are agreed to."""

    before: str
    text: str
    agreed: bool = True


def holds(given: Given) -> None:
    """A plan is refused or run; what is refused or taken back has changed nothing."""
    path = _database(given.before)
    at_first = _state(path)
    api, consent = lockplane("sqlite"), Consent(allow_data_loss=given.agreed, wait=0.1)
    try:
        plan = plan_file.parse_plan(given.text.encode(errors="surrogatepass"), "plan.json")
        result = api.apply(str(path), plan, consent=consent)
    except LockplaneError:
        assert _state(path) == at_first
        return
    assert result.success or result.error, result
    if result.state == "rolled_back":
        assert _state(path) == at_first


def _database(schema: str) -> Path:
    path = folder() / "app.db"
    for old in folder().glob("app.db*"):
        old.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(schema)
        if schema:
            connection.execute("INSERT INTO users (id) VALUES (1)")
        connection.commit()
    return path


def _state(path: Path) -> list[Any]:
    """What a user sees of a database."""
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE '%lockplane%' ORDER BY 1"
        found = connection.execute(query).fetchall()
        has_users = any(name == "users" for name, _ in found)
        return [found, connection.execute("SELECT * FROM users").fetchall() if has_users else []]


@cache
def plans() -> list[tuple[str, str]]:
    """The schema before, and the plan that leads on from it."""
    found, paths = [], [folder() / "before.lp.sql", folder() / "after.lp.sql"]
    for pair in PAIRS:
        for path, schema in zip(paths, pair, strict=True):
            path.write_text(schema, encoding="utf-8")
        plan = lockplane("sqlite").plan(*map(str, paths)).plan
        found.append((pair[0], plan_file.write_plan(plan)))
    return found


@st.composite
def _plans(draw: DrawFn) -> Given:
    before, text = draw(st.sampled_from(plans()))
    tree = json.loads(text)
    for step in tree["steps"]:
        if not draw(st.integers(0, 3)):
            step["sql"] = draw(st.lists(st.sampled_from(SQL), min_size=1, max_size=3))
    text = draw(json_texts([json.dumps(tree)]))
    return Given(before, _signed(text) if draw(st.booleans()) else text, draw(st.booleans()))


def _signed(text: str) -> str:
    """The plan with the digest that it would have; as it is if it is none."""
    try:
        tree = json.loads(text)
        tree.pop("digest", None)
        plan = plan_file._Reading(json.dumps(tree), "plan.json")._converted(dict(tree))
        return json.dumps({**tree, "digest": plan_file.digest(plan)})
    except (AttributeError, LockplaneError, RecursionError, ValueError):
        return text


LAWS = {"plans": Law(_plans(), holds)}


def test_any_plan_is_run_or_refused() -> None:
    LAWS["plans"].tried(40)
