"""Online plans for partitioned tables, as the server sees them."""

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

_PARTITIONS = """
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY LIST (b);
CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN (1);
CREATE TABLE "P 22" PARTITION OF p2 DEFAULT;
"""
BEFORE = f"""
CREATE TABLE other (id integer PRIMARY KEY);
CREATE TABLE p (a integer NOT NULL, b integer NOT NULL, c integer, d text, e integer)
  PARTITION BY RANGE (a);
{_PARTITIONS}
CREATE INDEX p_c ON p (c);
CREATE UNIQUE INDEX p_d ON p (d, a, b);
CREATE INDEX p_gone ON p (b);
CREATE INDEX made_before ON p1 (e);
"""
ROWS = """
INSERT INTO other SELECT generate_series(0, 19);
INSERT INTO p SELECT n, n % 3, n, 't' || n, n FROM generate_series(0, 19) n;
"""
AFTER = f"""
CREATE TABLE other (id integer PRIMARY KEY);
CREATE TABLE p (
  a integer NOT NULL, b integer NOT NULL, c integer NOT NULL CHECK (c >= 0), d text,
  e integer REFERENCES other, PRIMARY KEY (a, b), UNIQUE (c, b, a)
) PARTITION BY RANGE (a);
{_PARTITIONS}
CREATE INDEX p_c ON p (c DESC);
CREATE UNIQUE INDEX p_d ON p (lower(d), a, b);
CREATE INDEX made_before ON p1 (e);
CREATE INDEX p_e ON p (e);
"""
_TAKEN = """
SELECT c.relname::text FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND l.granted AND l.mode = 'AccessExclusiveLock'
  AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text, h.inhparent::regclass::text
FROM pg_index i LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
WHERE i.indrelid::regclass::text LIKE '%p%' AND i.indisvalid
"""


def test_indexes_are_built_by_partition_and_keep_nobody_from_writing(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    steps = lockplane.plan(url, desired).plan.steps

    built = [step.sql[0] for step in steps if "CONCURRENTLY" in step.sql[0]]
    assert len(built) == 3 * 5 - 1  # of five indexes and keys; one was there
    for step in steps:
        if "scan" in step.effects and "other" not in step.sql[0]:
            assert not any("writes" in lock.blocks for lock in step.locks), step.description


def test_each_step_keeps_readers_only_from_what_it_says(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    plan = lockplane.plan(url, desired).plan

    for part in segments(plan.steps):
        with running.segment(standing, part):
            said: set[str] = set()
            for step in part.steps:
                said |= {lock.ref.name for lock in step.locks if "reads" in lock.blocks}
                for sql in step.sql:
                    standing.execute(sql)
                if part.transaction != "outside":
                    taken = {name for (name,) in standing.query(_TAKEN)}
                    assert taken <= said, step.description

    assert lockplane.plan(url, desired).plan.steps == ()


def test_there_and_back_with_the_names_of_the_server(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    before, indexes = lockplane.tree(lockplane.read(url)), sorted(standing.query(_INDEXES))
    plan = lockplane.plan(url, desired).plan
    consent = Consent(allow_data_loss=True)

    assert lockplane.apply(url, plan, consent=consent).success
    assert lockplane.plan(url, desired).plan.steps == ()
    assert ("p1_c_idx", "p_c") in standing.query(_INDEXES)
    assert ("made_before", "p_e") in standing.query(_INDEXES)
    assert lockplane.apply(url, lockplane.undo(plan, url), consent=consent).success

    assert lockplane.tree(lockplane.read(url)) == before
    assert sorted(standing.query(_INDEXES)) == indexes


def test_an_index_stays_until_another_is_there_with_all_its_parts(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    plan = lockplane.plan(url, desired).plan

    for part in segments(plan.steps):
        with running.segment(standing, part):
            for step in part.steps:
                for sql in step.sql:
                    standing.execute(sql)
        assert "p_c" in dict(standing.query(_INDEXES))


def test_after_a_run_that_was_cut_off_a_new_plan_leads_on(
    lockplane: Lockplane, admin: str, desired: str
) -> None:
    number, total = 1, 2
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
        number += 5
    assert number > 20


def test_a_build_that_failed_in_a_partition_is_made_good(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    """The index of the parent is there and not valid, as is that of the partition."""
    standing.execute("INSERT INTO p VALUES (1, 1, 1, 'again', 1)")
    standing.execute("CREATE UNIQUE INDEX p_c_b_a_key ON ONLY p (c, b, a)")
    with pytest.raises(Exception, match="p1_c_b_a_key"):
        standing.execute("CREATE UNIQUE INDEX CONCURRENTLY p1_c_b_a_key ON p1 (c, b, a)")
    standing.execute("DELETE FROM p WHERE d = 'again'")

    plan = lockplane.plan(url, desired).plan
    assert lockplane.apply(url, plan, consent=Consent(skip_shadow=True)).success

    assert lockplane.plan(url, desired).plan.steps == ()


def _run(session: PgSession, plan: Plan, number: int) -> None:
    for part in segments(plan.steps)[:number]:
        with running.segment(session, part):
            for step in part.steps:
                for sql in step.sql:
                    session.execute(sql)
