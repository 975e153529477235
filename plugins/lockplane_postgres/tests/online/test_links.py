"""Partitions attached and detached online, as the server sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.algebra.segment import segments
from lockplane_core.errors import LockplaneError
from lockplane_core.model.consent import Consent
from lockplane_postgres import addresses, running
from lockplane_postgres.testing import database

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane
    from lockplane_postgres.session import PgSession

BEFORE = """
CREATE TABLE r (id integer, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE r1 (id integer, day date, PRIMARY KEY (id, day));
CREATE TABLE r2 PARTITION OF r FOR VALUES FROM ('2022-01-01') TO (MAXVALUE);
CREATE TABLE l (id integer, n text) PARTITION BY LIST (n);
CREATE TABLE l1 (id integer, n text);
CREATE TABLE l2 (id integer, n text);
CREATE TABLE rest PARTITION OF l DEFAULT;
CREATE TABLE n (a integer, b integer) PARTITION BY LIST (a);
CREATE TABLE n1 PARTITION OF n FOR VALUES IN (1, NULL) PARTITION BY RANGE (b);
CREATE TABLE n11 PARTITION OF n1 FOR VALUES FROM (1) TO (5);
CREATE TABLE n12 (a integer, b integer);
"""
ROWS = """
INSERT INTO r1 VALUES (1, '2020-05-05');
INSERT INTO r2 VALUES (1, '2022-05-05');
INSERT INTO l1 VALUES (1, 'it''s');
INSERT INTO l2 VALUES (1, NULL);
INSERT INTO rest VALUES (1, 'x');
INSERT INTO n11 VALUES (NULL, 4);
INSERT INTO n12 VALUES (1, 7);
"""
AFTER = """
CREATE TABLE r (id integer, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE r1 PARTITION OF r FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE r2 (id integer, day date, PRIMARY KEY (id, day));
CREATE TABLE l (id integer, n text) PARTITION BY LIST (n);
CREATE TABLE l1 PARTITION OF l FOR VALUES IN ('it''s', 'b');
CREATE TABLE l2 PARTITION OF l FOR VALUES IN (NULL, 'c');
CREATE TABLE rest PARTITION OF l DEFAULT;
CREATE TABLE n (a integer, b integer) PARTITION BY LIST (a);
CREATE TABLE n1 PARTITION OF n FOR VALUES IN (1, NULL) PARTITION BY RANGE (b);
CREATE TABLE n11 (a integer, b integer);
CREATE TABLE n12 PARTITION OF n1 FOR VALUES FROM (5) TO (9);
"""
_SCANS = """
SELECT coalesce(sum(pg_stat_get_xact_numscans(c.oid)), 0) FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
"""


def test_attach_reads_no_rows_and_detach_keeps_nobody_from_the_parent(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    plan = lockplane.plan(url, desired).plan
    said = [sql for step in plan.steps for sql in step.sql]
    assert sum("ATTACH" in sql for sql in said) == 4
    assert sum(sql.endswith("CONCURRENTLY") for sql in said) == 2

    for part in segments(plan.steps):
        with running.segment(standing, part):
            for step in part.steps:
                ((before,),) = standing.query(_SCANS)
                for sql in step.sql:
                    standing.execute(sql)
                if part.transaction != "outside":
                    ((now,),) = standing.query(_SCANS)
                    assert bool(now - before) == ("scan" in step.effects), step.description

    assert lockplane.plan(url, desired).plan.steps == ()


def test_there_and_back(lockplane: Lockplane, url: str, desired: str, standing: PgSession) -> None:
    before = lockplane.tree(lockplane.read(url))
    plan = lockplane.plan(url, desired).plan
    consent = Consent(allow_data_loss=True)

    assert lockplane.apply(url, plan, consent=consent).success
    assert lockplane.plan(url, desired).plan.steps == ()
    assert lockplane.apply(url, lockplane.undo(plan, url), consent=consent).success

    assert lockplane.tree(lockplane.read(url)) == before
    assert standing.query("SELECT count(*) FROM r") == [(1,)]


def test_after_a_run_that_was_cut_off_a_new_plan_leads_on(
    lockplane: Lockplane, admin: str, desired: str
) -> None:
    number, total = 1, 2
    while number < total:
        with database(admin) as url:
            session = addresses.connect(url, "apply")
            session.script([BEFORE, ROWS])
            parts = segments(lockplane.plan(url, desired).plan.steps)
            total = len(parts)
            for part in parts[:number]:
                with running.segment(session, part):
                    for step in part.steps:
                        session.script(step.sql)
            session.close()

            rest = lockplane.plan(url, desired).plan
            done = lockplane.apply(url, rest, consent=Consent(skip_shadow=True))
            assert done.success, (number, done.errors)
            assert lockplane.plan(url, desired).plan.steps == (), number
        number += 4
    assert number > 8


def test_a_detach_that_was_cut_off_is_named_with_the_way_out(
    lockplane: Lockplane, url: str, desired: str, standing: PgSession
) -> None:
    reader = addresses.connect(url, "apply")
    with reader.transaction():
        reader.query("SELECT * FROM r")  # it waits for this
        standing.execute("SET statement_timeout = '300ms'")
        with pytest.raises(LockplaneError):
            standing.execute("ALTER TABLE r DETACH PARTITION r2 CONCURRENTLY")
    standing.execute("RESET statement_timeout")
    reader.close()

    with pytest.raises(LockplaneError, match="FINALIZE"):
        lockplane.plan(url, desired)
    standing.execute("ALTER TABLE r DETACH PARTITION r2 FINALIZE")

    rest = lockplane.plan(url, desired).plan
    assert lockplane.apply(url, rest, consent=Consent(allow_data_loss=True)).success
