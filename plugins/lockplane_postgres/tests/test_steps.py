"""What steps say: descriptions, effects, and locks as the server really takes them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lockplane_core.algebra.order import ordered
from lockplane_core.algebra.segment import segments
from lockplane_core.algebra.undo import undo
from lockplane_core.app import load_registry
from lockplane_core.model.scope import Scope
from lockplane_core.plugins.stages import Stages
from lockplane_core.testing import read_cases
from lockplane_core.testing.dialect import VARIABLE
from lockplane_postgres import addresses
from lockplane_postgres.kinds.tags import TABLE
from lockplane_postgres.testing import database, lacking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.catalog import Catalog
    from lockplane_core.model.ref import Ref
    from lockplane_core.model.step import Step
    from lockplane_core.testing import Case
    from lockplane_postgres.session import PgSession

REGISTRY = load_registry()
DIALECT = REGISTRY.dialect("postgres")
STAGES = Stages(REGISTRY, DIALECT)
KINDS = REGISTRY.kinds("postgres")
ANNOTATION = "-- lockplane: renamed_from"
CASES = [
    case
    for case in read_cases(Path(__file__).parent / "cases")
    if not (case.refused or case.manage or ANNOTATION in case.before + case.after)
]
"""Without settings, whose SQL names a database. Without renames: plans are made of two databases
here, which know of no annotations, and rows may forbid to drop and create instead. The laws of the
kit run them."""
FEW = CASES if os.environ.get(VARIABLE) == "all" else CASES[::5]
"""Each fifth: forward and back by turns."""
STRENGTH = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
]
TELLING = STRENGTH.index("ShareUpdateExclusiveLock")
"""Weaker ones stand in nobody's way but that of DDL, and need not be said."""
LOCKS = """
SELECT l.relation, l.mode FROM pg_locks l
WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation'
"""


@pytest.fixture
def target(admin: str) -> Iterator[PgSession]:
    """The database that stands at the after side."""
    with database(admin) as url:
        session = addresses.connect(url, "apply")
        yield session
        session.close()


def introspected(session: PgSession) -> Catalog:
    return STAGES.introspect(session, Scope())


def planned(before: Catalog, after: Catalog) -> list[Step]:
    changes = STAGES.diff(before, after)
    return ordered(STAGES.render(changes, before, after), KINDS)


def test_the_words_of_the_original(session: PgSession, target: PgSession) -> None:
    session.execute(
        """
        CREATE TABLE users (id integer PRIMARY KEY, age integer, n integer DEFAULT 1, x text);
        CREATE TABLE gone (id integer); CREATE INDEX old ON users (age);
        CREATE TABLE f (id integer, CONSTRAINT away FOREIGN KEY (id) REFERENCES users);
        """
    )
    target.execute(
        """
        CREATE SCHEMA audit; CREATE TABLE audit.log (id integer);
        CREATE TABLE users (id integer PRIMARY KEY, age bigint NOT NULL, n integer, email text);
        CREATE INDEX new ON users (email);
        CREATE TABLE f (id integer, CONSTRAINT f_fkey FOREIGN KEY (id) REFERENCES users);
        """
    )
    before, after = introspected(session), introspected(target)
    steps = planned(before, after)
    back = undo(steps, STAGES.render(STAGES.diff(after, before), after, before), KINDS)

    assert {step.description for step in steps} == {
        "Create schema audit",
        "Create table audit.log",
        "Add column email to table users",
        "Change type of users.age from integer to bigint",
        "Require non-null in users.age",
        "Change default of users.n",
        "Drop column x from table users",
        "Create index new on table users",
        "Drop index old from table users",
        "Add foreign key f_fkey to table f",
        "Drop foreign key away from table f",
        "Drop table gone",
    }
    assert {item.step.description for item in back} == {
        "Rollback: Drop schema audit",
        "Rollback: Drop table audit.log",
        "Rollback: Drop column email from table users",
        "Rollback: Change type of users.age back to integer",
        "Rollback: Allow nulls in users.age",
        "Rollback: Restore default for users.n",
        "Rollback: Add column x to table users",
        "Rollback: Drop index new",
        "Rollback: Create index old on table users",
        "Rollback: Add foreign key away to table f",
        "Rollback: Drop foreign key f_fkey from table f",
        "Rollback: Create table gone",
    }


def test_what_loses_breaks_reads_and_rewrites_says_so(
    session: PgSession, target: PgSession
) -> None:
    session.execute("CREATE TABLE t (a integer, b integer, c varchar(9), d numeric(8,3), e text)")
    target.execute(
        "CREATE TABLE t (a bigint, b integer NOT NULL, c varchar(20), d numeric(8,1), s serial);"
        "CREATE INDEX i ON t (b)"
    )
    steps = planned(introspected(session), introspected(target))

    assert {step.description: set(step.effects) for step in steps} == {
        "Add column s to table t": {"rewrite"},
        "Change type of t.a from integer to bigint": {"rewrite", "breaking"},
        "Require non-null in t.b": {"scan"},
        "Change type of t.c from character varying(9) to character varying(20)": set(),
        "Change type of t.d from numeric(8,3) to numeric(8,1)": {"rewrite", "data_loss"},
        "Drop column e from table t": {"data_loss", "breaking"},
        "Create index i on table t": {"scan"},
    }


def test_a_table_is_never_made_anew(session: PgSession, target: PgSession) -> None:
    session.execute("CREATE TABLE t (a integer PRIMARY KEY, b text, c serial)")
    target.execute("CREATE UNLOGGED TABLE t (b varchar(4) NOT NULL, a text, c bigint PRIMARY KEY)")
    session.execute("INSERT INTO t VALUES (1, 'x', 1)")
    steps = planned(introspected(session), introspected(target))
    before = DIALECT.identities(session)
    run(session, steps)

    after = DIALECT.identities(session)
    assert {ref: now for ref, now in after.items() if before.get(ref, now) != now} == {}
    assert session.query("SELECT a, b, c FROM t") == [("1", "x", 1)]


@pytest.mark.parametrize("case", FEW, ids=lambda case: case.name)
def test_the_locks_are_those_that_the_server_takes(
    session: PgSession, target: PgSession, case: Case
) -> None:
    """For every table that was there before, the strongest lock that keeps somebody out."""
    skip_unless_possible(session, case)
    session.execute(f"{case.before};{case.seed}")
    target.execute(case.after or "SELECT 1")
    before, after = introspected(session), introspected(target)
    tables = {
        int(oid): ref for ref, oid in DIALECT.identities(session).items() if ref.kind == TABLE
    }

    for segment in segments(planned(before, after)):
        with DIALECT.segment(session, segment):
            held: dict[Ref, int] = {}
            said: dict[Ref, int] = {}
            for step in segment.steps:
                for sql in step.sql:
                    session.execute(sql)
                for lock in step.locks:
                    raise_to(said, lock.ref, mode_of(lock.mode))
                for oid, mode in session.query(LOCKS):
                    if oid in tables:
                        raise_to(held, tables[oid], STRENGTH.index(mode))
                assert telling(said) == telling(held), f"{step.description}: {step.sql}"


def skip_unless_possible(session: PgSession, case: Case) -> None:
    needs = set(case.needs.split()) - DIALECT.capabilities
    reasons = [reason for need in sorted(needs) if (reason := lacking(need, session))]
    if reasons:
        pytest.skip("; ".join(reasons))


def mode_of(words: str) -> int:
    return STRENGTH.index("".join(word.capitalize() for word in words.split()) + "Lock")


def raise_to(modes: dict[Ref, int], ref: Ref, mode: int) -> None:
    modes[ref] = max(mode, modes.get(ref, 0))


def telling(modes: dict[Ref, int]) -> dict[Ref, str]:
    return {
        ref: STRENGTH[mode] for ref, mode in modes.items() if ref.kind == TABLE and mode >= TELLING
    }


def run(session: PgSession, steps: list[Step]) -> None:
    for segment in segments(steps):
        with DIALECT.segment(session, segment):
            for step in segment.steps:
                session.script(step.sql)
