"""Online plans, as the server sees them: what they lock, and what a run that was cut off leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.algebra.segment import segments
from lockplane_core.model.consent import Consent
from lockplane_postgres import addresses, running
from lockplane_postgres.testing import database

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession

BEFORE = """
CREATE TABLE users (id bigint PRIMARY KEY, email text, age integer, name text);
CREATE TABLE posts (id bigint, author bigint, title text);
CREATE INDEX users_age ON users (age);
CREATE INDEX users_name ON users (name);
CREATE UNIQUE INDEX "Posts, by title" ON posts (title);
"""
ROWS = """
INSERT INTO users SELECT g, 'e' || g, g, 'n' || g FROM generate_series(1, 50) g;
INSERT INTO posts SELECT g, g, 't' || g FROM generate_series(1, 50) g;
"""
AFTER = """
CREATE TABLE users (
  id bigint PRIMARY KEY,
  email text NOT NULL UNIQUE,
  age integer CHECK (age >= 0),
  name text,
  CONSTRAINT "named, once" UNIQUE (name, age) INCLUDE (email) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE posts (
  id bigint PRIMARY KEY, author bigint NOT NULL REFERENCES users (id), title text
);
CREATE INDEX users_age ON users (age DESC) WHERE age > 3;
CREATE INDEX posts_author ON posts USING hash (author);
CREATE UNIQUE INDEX "Posts, by title" ON posts (lower(title));
CREATE TABLE tags (id bigint PRIMARY KEY, post bigint REFERENCES posts (id));
"""
_EXCLUSIVE = """
SELECT DISTINCT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND l.granted AND l.mode = 'AccessExclusiveLock'
  AND c.relkind = 'r' AND c.relname IN ('users', 'posts')
"""


def test_no_transaction_keeps_readers_from_two_tables(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    plan = lockplane.plan(url, desired).plan
    parts = segments(plan.steps)

    for part in parts:
        with running.segment(standing, part):
            for step in part.steps:
                for sql in step.sql:
                    standing.execute(sql)
                if part.transaction != "outside":
                    assert len(standing.query(_EXCLUSIVE)) <= 1, step.description

    assert sum(part.transaction == "outside" for part in parts) > 5
    assert lockplane.plan(url, desired).plan.steps == ()


def test_what_reads_rows_keeps_nobody_from_writing(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    for step in lockplane.plan(url, desired).plan.steps:
        if "scan" in step.effects:
            assert not any("writes" in lock.blocks for lock in step.locks), step.description


def test_plan_and_rollback_are_proved_and_run(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    before = lockplane.tree(lockplane.read(url))
    plan = lockplane.plan(url, desired).plan
    consent = Consent(allow_data_loss=True)

    assert lockplane.apply(url, plan, consent=consent).success
    assert lockplane.plan(url, desired).plan.steps == ()
    back = lockplane.undo(plan, url)
    assert any(step.transaction == "outside" for step in back.steps)
    assert lockplane.apply(url, back, consent=consent).success

    assert lockplane.tree(lockplane.read(url)) == before


def test_after_a_run_that_was_cut_off_a_new_plan_leads_on(
    lockplane: Lockplane, admin: str, desired: str
) -> None:
    number, total = 0, 1
    while number < total:
        with database(admin) as url:
            session = addresses.connect(url, "apply")
            session.script([BEFORE, ROWS])
            plan = lockplane.plan(url, desired).plan
            total = len(segments(plan.steps))
            _run(session, plan, number)
            session.close()

            rest = lockplane.plan(url, desired).plan
            done = lockplane.apply(url, rest, consent=Consent(skip_shadow=True))
            assert done.success, (number, done.errors)
            assert lockplane.plan(url, desired).plan.steps == (), number
        number += 4  # each place of the plan is as good as another
    assert number > 8


def test_a_build_that_failed_is_made_good(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    """Two equal rows come between: the index is left invalid, and the next plan replaces it."""
    standing.execute("UPDATE users SET email = 'e1' WHERE id = 2")
    with pytest.raises(Exception, match="e1"):
        standing.execute("CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email)")
    standing.execute("UPDATE users SET email = 'e2' WHERE id = 2")

    plan = lockplane.plan(url, desired).plan
    assert lockplane.apply(url, plan, consent=Consent(skip_shadow=True)).success

    assert lockplane.plan(url, desired).plan.steps == ()


def test_not_null_is_a_constraint_that_is_validated_later(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    ((major,),) = standing.query("SELECT current_setting('server_version_num')::int / 10000")
    said = [sql for step in lockplane.plan(url, desired).plan.steps for sql in step.sql]

    by_name = "ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null" in said
    by_check = any("CHECK (email IS NOT NULL) NOT VALID" in sql for sql in said)
    assert (by_name, by_check) == (major >= 18, major < 18)


def _run(session: PgSession, plan: Plan, number: int) -> None:
    for part in segments(plan.steps)[:number]:
        with running.segment(session, part):
            for step in part.steps:
                for sql in step.sql:
                    session.execute(sql)
