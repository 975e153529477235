from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.model.ref import Ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.plan import Plan
    from lockplane_core.model.step import Step
    from lockplane_postgres.session import PgSession

_ORDER = [
    "ACCESS SHARE",
    "ROW SHARE",
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
]
_KINDS = {
    "r": "postgres.table",
    "p": "postgres.table",
    "v": "postgres.view",
    "m": "postgres.materialized_view",
    "S": "postgres.sequence",
}
_BEFORE = """
CREATE DOMAIN amount AS integer;
CREATE DOMAIN ruled AS integer;
ALTER DOMAIN ruled ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID;
CREATE DOMAIN swapped AS integer;
CREATE TABLE held (a amount, r ruled, s swapped);
CREATE MATERIALIZED VIEW held_too AS SELECT a FROM held;
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE SEQUENCE counted;
CREATE TABLE person (id integer PRIMARY KEY, mood mood DEFAULT 'a', n integer);
CREATE TABLE pet (id integer PRIMARY KEY, name text);
CREATE VIEW names AS SELECT name FROM pet;
CREATE VIEW moods AS SELECT mood FROM person;
CREATE MATERIALIZED VIEW other AS SELECT id FROM pet;
CREATE MATERIALIZED VIEW stored AS SELECT id, name FROM pet;
CREATE MATERIALIZED VIEW filled AS SELECT id FROM pet WITH NO DATA;
CREATE MATERIALIZED VIEW emptied AS SELECT id FROM pet;
CREATE INDEX old ON stored (id);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER stays BEFORE INSERT ON pet FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER goes BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION f();
CREATE POLICY goes ON person USING (id IN (SELECT id FROM pet));
CREATE POLICY stays ON pet USING (true);
CREATE POLICY told ON pet USING (true);
"""
_AFTER = """
CREATE DOMAIN amount AS integer NOT NULL DEFAULT 3 CONSTRAINT b CHECK (VALUE < 5);
CREATE DOMAIN ruled AS integer CONSTRAINT c CHECK (VALUE > 0);
CREATE DOMAIN swapped AS bigint;
CREATE TABLE held (a amount, r ruled, s swapped);
CREATE MATERIALIZED VIEW held_too AS SELECT a FROM held;
COMMENT ON DOMAIN amount IS 'how much';
COMMENT ON CONSTRAINT c ON DOMAIN ruled IS 'a rule';
CREATE TYPE mood AS ENUM ('b', 'a');
CREATE SEQUENCE counted CACHE 7 OWNED BY pet.id;
CREATE TABLE person (id integer PRIMARY KEY, mood mood DEFAULT 'a', n integer);
CREATE TABLE pet (id integer PRIMARY KEY, name text);
ALTER TABLE pet ALTER name SET STORAGE main, ALTER name SET STATISTICS 5;
ALTER MATERIALIZED VIEW stored ALTER name SET STORAGE main;
CREATE VIEW names AS SELECT name, id FROM pet;
CREATE VIEW moods AS SELECT mood FROM person;
CREATE VIEW more AS SELECT name FROM names;
CREATE MATERIALIZED VIEW other AS SELECT id AS pet FROM pet;
CREATE MATERIALIZED VIEW stored WITH (fillfactor = 70) AS SELECT id, name FROM pet;
CREATE MATERIALIZED VIEW filled AS SELECT id FROM pet;
CREATE MATERIALIZED VIEW emptied AS SELECT id FROM pet WITH NO DATA;
CREATE INDEX new ON stored (id);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER stays AFTER INSERT ON pet FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE pet DISABLE TRIGGER stays;
CREATE TRIGGER comes BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION f();
CREATE POLICY comes ON person USING (id IN (SELECT id FROM pet));
CREATE POLICY stays ON pet USING (id IN (SELECT id FROM person));
CREATE POLICY told ON pet USING (true);
COMMENT ON POLICY told ON pet IS 'to all';
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
COMMENT ON TABLE person IS 'people';
COMMENT ON COLUMN person.n IS 'number';
COMMENT ON VIEW names IS 'of pets';
COMMENT ON MATERIALIZED VIEW stored IS 'of pets';
COMMENT ON COLUMN stored.id IS 'the key';
COMMENT ON SEQUENCE counted IS 'one by one';
COMMENT ON CONSTRAINT pet_pkey ON pet IS 'the key';
"""


_HANDED_BEFORE = """
CREATE TABLE person (id integer PRIMARY KEY);
CREATE TABLE whole (a integer, b integer, old integer) PARTITION BY LIST (a);
CREATE TABLE one PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE other PARTITION OF whole DEFAULT;
CREATE TABLE goes PARTITION OF whole FOR VALUES IN (2);
CREATE TABLE comes (
    a integer NOT NULL, n bigint, b bigint NOT NULL DEFAULT 3, CONSTRAINT few CHECK (b > 0)
);
CREATE TABLE dropped PARTITION OF whole FOR VALUES IN (3);
CREATE TABLE parent (a integer, b integer);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE free (a integer) INHERITS (parent);
CREATE TABLE late (a bigint, b integer);
"""
_HANDED_AFTER = """
CREATE TABLE person (id integer PRIMARY KEY);
CREATE TABLE whole (
    a integer PRIMARY KEY, b bigint NOT NULL DEFAULT 3, n bigint REFERENCES person,
    CONSTRAINT few CHECK (b > 0)
) PARTITION BY LIST (a);
CREATE TABLE one PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE other PARTITION OF whole DEFAULT;
CREATE TABLE goes (a integer, b integer, old integer);
CREATE TABLE comes (
    a integer NOT NULL, n bigint, b bigint NOT NULL DEFAULT 3, CONSTRAINT few CHECK (b > 0)
);
ALTER TABLE whole ATTACH PARTITION comes FOR VALUES IN (4);
CREATE INDEX whole_n ON whole (n);
CREATE TABLE parent (a bigint DEFAULT 1, CONSTRAINT few CHECK (a > 0));
CREATE TABLE child () INHERITS (parent);
CREATE TABLE free (a integer, b integer);
CREATE TABLE late (a bigint, b integer, CONSTRAINT few CHECK (a > 0));
ALTER TABLE late INHERIT parent;
"""
_NAMED_BEFORE = """
CREATE TABLE person (id integer PRIMARY KEY);
CREATE TABLE whole (
    a integer PRIMARY KEY, b integer, n integer REFERENCES person, CONSTRAINT few CHECK (b > 0)
) PARTITION BY LIST (a);
CREATE TABLE one PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE goes PARTITION OF whole FOR VALUES IN (2);
CREATE TABLE naming (whole integer REFERENCES whole);
CREATE TABLE parent (a integer, b integer);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE grandchild () INHERITS (child);
"""
_NAMED_AFTER = """
CREATE TABLE person (id integer PRIMARY KEY);
CREATE TABLE whole (
    a integer PRIMARY KEY,
    -- lockplane: renamed_from=b
    c integer,
    n integer REFERENCES person,
    CONSTRAINT few CHECK (c > 0)
) PARTITION BY LIST (a);
CREATE TABLE one PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE goes (
    a integer PRIMARY KEY, c integer, n integer CONSTRAINT whole_n_fkey REFERENCES person,
    CONSTRAINT few CHECK (c > 0)
);
CREATE TABLE naming (whole integer REFERENCES whole);
CREATE TABLE parent (
    a integer,
    -- lockplane: renamed_from=b
    c integer
);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE grandchild () INHERITS (child);
"""
_PAIRS = {
    "of all sorts": (_BEFORE, _AFTER),
    "handed down": (_HANDED_BEFORE, _HANDED_AFTER),
    "renamed, and referred to": (_NAMED_BEFORE, _NAMED_AFTER),
}


@pytest.mark.parametrize("pair", _PAIRS)
def test_each_step_takes_the_locks_that_it_says(
    pair: str, session: PgSession, plan: Callable[[str, str], Plan]
) -> None:
    """On relations that exist before the plan; those of indexes go with their table's."""
    before, after = _PAIRS[pair]
    session.script([before])
    relations = _relations(session)

    for step in plan(before, after).steps:
        with session.transaction():
            session.script(step.sql)
            taken = _taken(session, relations)
        assert _said(step, relations) == taken, step.description


def _relations(session: PgSession) -> dict[int, Ref]:
    rows = session.query(
        "SELECT oid, relkind, relname FROM pg_class "
        "WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND relnamespace = 'public'::regnamespace"
    )
    return {oid: Ref(_KINDS[kind], ("public", name)) for oid, kind, name in rows}


def _taken(session: PgSession, relations: dict[int, Ref]) -> dict[Ref, str]:
    """The strongest lock that this transaction holds on each relation."""
    found: dict[Ref, str] = {}
    rows = session.query(
        "SELECT relation, upper(regexp_replace(regexp_replace(mode, 'Lock$', ''), "
        "'(?<=[a-z])([A-Z])', ' \\1', 'g')) FROM pg_locks WHERE pid = pg_backend_pid()"
    )
    for oid, mode in rows:
        if oid in relations:
            found[relations[oid]] = _stronger(found.get(relations[oid]), mode)
    return _strong(found)


def _said(step: Step, relations: dict[int, Ref]) -> dict[Ref, str]:
    there = set(relations.values())
    found: dict[Ref, str] = {}
    for lock in step.locks:
        if lock.ref in there:
            found[lock.ref] = _stronger(found.get(lock.ref), lock.mode)
    return _strong(found)


def _stronger(one: str | None, other: str) -> str:
    return other if one is None else max(one, other, key=_ORDER.index)


def _strong(found: dict[Ref, str]) -> dict[Ref, str]:
    """Those that keep somebody from something."""
    weak = _ORDER[:3]
    return {ref: mode for ref, mode in found.items() if mode not in weak}
