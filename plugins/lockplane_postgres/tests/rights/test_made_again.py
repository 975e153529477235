"""Owner and privileges are given back to whatever is made again, there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.model.consent import Consent

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane
    from lockplane_postgres.testing_roles import Roles

DATA_LOSS = Consent(allow_data_loss=True)

KEPT = {
    "a view": (
        """
        CREATE TABLE t (id integer, n integer);
        CREATE VIEW v AS SELECT id, n FROM t;
        ALTER VIEW v OWNER TO {bob};
        GRANT SELECT ON v TO {alice}, {carol} WITH GRANT OPTION;
        GRANT SELECT (n), UPDATE (id) ON v TO {runner};
        REVOKE DELETE ON v FROM {bob};
        SET ROLE {carol}; GRANT SELECT ON v TO {alice}; RESET ROLE;
        """,
        "CREATE TABLE t (id integer, n bigint); CREATE VIEW v AS SELECT id, n FROM t;",
    ),
    "a view that everybody reads, of the role that runs the plan": (
        """
        CREATE TABLE t (id integer, n integer);
        CREATE VIEW v AS SELECT id, n FROM t;
        GRANT SELECT ON v TO PUBLIC;
        """,
        "CREATE TABLE t (id integer, n bigint); CREATE VIEW v AS SELECT id, n FROM t;",
    ),
    "a function with the rights of its owner": (
        """
        CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT $1';
        ALTER FUNCTION f(integer) OWNER TO {bob};
        REVOKE ALL ON FUNCTION f(integer) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION f(integer) TO {alice};
        """,
        """
        CREATE FUNCTION f(integer) RETURNS bigint LANGUAGE sql SECURITY DEFINER
        AS 'SELECT $1::bigint';
        """,
    ),
    "a procedure, with what must not be granted by default": (
        """
        CREATE PROCEDURE p(a integer) LANGUAGE sql AS '';
        REVOKE ALL ON PROCEDURE p FROM PUBLIC;
        GRANT EXECUTE ON PROCEDURE p TO {alice};
        ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO {bob};
        """,
        "CREATE PROCEDURE p(b integer) LANGUAGE sql AS '';",
    ),
    "an enum that loses a value": (
        """
        CREATE TYPE e AS ENUM ('a', 'b');
        CREATE TABLE t (id integer, x e);
        ALTER TYPE e OWNER TO {bob};
        REVOKE ALL ON TYPE e FROM PUBLIC;
        GRANT USAGE ON TYPE e TO {alice};
        """,
        "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (id integer, x e);",
    ),
    "what default privileges would give, or take": (
        """
        CREATE TABLE t (id integer, n integer);
        CREATE VIEW v AS SELECT id, n FROM t;
        CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO {alice};
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
        ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
        """,
        """
        CREATE TABLE t (id integer, n bigint); CREATE VIEW v AS SELECT id, n FROM t;
        CREATE FUNCTION f(integer) RETURNS bigint LANGUAGE sql AS 'SELECT $1::bigint';
        """,
    ),
    "what is dropped, and comes back by the undo": (
        """
        CREATE SCHEMA s; ALTER SCHEMA s OWNER TO {bob}; GRANT USAGE ON SCHEMA s TO {alice};
        CREATE TABLE s.t (id serial, n integer, m integer);
        GRANT SELECT (n), REFERENCES (m) ON s.t TO {alice} WITH GRANT OPTION;
        GRANT INSERT ON s.t TO {carol};
        ALTER TABLE s.t OWNER TO {bob};
        GRANT USAGE ON SEQUENCE s.t_id_seq TO {alice};
        CREATE SEQUENCE q; ALTER SEQUENCE q OWNER TO {bob}; GRANT UPDATE ON SEQUENCE q TO {alice};
        CREATE TYPE e AS ENUM ('a'); ALTER TYPE e OWNER TO {carol};
        """,
        "",
    ),
    "columns that come back by the undo": (
        """
        CREATE TABLE t (id integer, n integer, m serial);
        GRANT SELECT (n) ON t TO {alice};
        GRANT UPDATE ON SEQUENCE t_m_seq TO {carol};
        ALTER TABLE t OWNER TO {bob};
        """,
        "CREATE TABLE t (id integer);",
    ),
    "a generated column": (
        """
        CREATE TABLE t (id integer, n integer GENERATED ALWAYS AS (id + 1) STORED);
        GRANT SELECT (n) ON t TO {alice};
        """,
        "CREATE TABLE t (id bigint, n integer GENERATED ALWAYS AS (id + 2) STORED);",
    ),
    "a domain of another type": (
        """
        CREATE DOMAIN d AS integer; CREATE TABLE t (id d);
        ALTER DOMAIN d OWNER TO {bob};
        REVOKE ALL ON DOMAIN d FROM PUBLIC;
        GRANT USAGE ON DOMAIN d TO {alice} WITH GRANT OPTION;
        """,
        "CREATE DOMAIN d AS bigint; CREATE TABLE t (id d);",
    ),
    "a materialized view": (
        """
        CREATE TABLE t (id integer, n integer);
        CREATE MATERIALIZED VIEW m AS SELECT id, n FROM t;
        CREATE INDEX i ON m (n);
        GRANT SELECT ON t TO {bob};
        ALTER MATERIALIZED VIEW m OWNER TO {bob};
        GRANT SELECT (n) ON m TO {alice};
        """,
        """
        CREATE TABLE t (id integer, n bigint);
        CREATE MATERIALIZED VIEW m AS SELECT id, n FROM t;
        CREATE INDEX i ON m (n);
        """,
    ),
    "a hostile name": (
        """
        CREATE SCHEMA "S p"; CREATE TABLE "S p"."T" ("C ol" integer);
        CREATE VIEW "S p"."V.w" AS SELECT "C ol" FROM "S p"."T";
        ALTER VIEW "S p"."V.w" OWNER TO {bob};
        GRANT SELECT ("C ol") ON "S p"."V.w" TO {alice};
        """,
        """
        CREATE SCHEMA "S p"; CREATE TABLE "S p"."T" ("C ol" bigint);
        CREATE VIEW "S p"."V.w" AS SELECT "C ol" FROM "S p"."T";
        """,
    ),
}


@pytest.mark.parametrize("case", KEPT)
def test_owner_and_privileges_are_kept_both_ways(
    lockplane: Lockplane, place: Roles, case: str
) -> None:
    before, after = KEPT[case]
    place.run(before)
    facts = place.facts()
    known = {fact[:2] for fact in facts}
    planned = lockplane.plan(place.url, place.schema(after))

    assert lockplane.apply(place.url, planned.plan, consent=DATA_LOSS).success

    assert planned.plan.steps
    now = place.facts()
    assert [fact for fact in now if fact[:2] in known] == [
        fact for fact in facts if fact[:2] in {fact[:2] for fact in now}
    ]
    undo = lockplane.undo(planned.plan, place.url)
    assert lockplane.apply(place.url, undo, consent=DATA_LOSS).success
    assert place.facts() == facts


def test_a_column_that_goes_takes_its_privileges_along(lockplane: Lockplane, place: Roles) -> None:
    place.run("CREATE VIEW v AS SELECT 1 AS a, 2 AS b; GRANT SELECT (a), SELECT (b) ON v TO {bob};")
    planned = lockplane.plan(place.url, place.schema("CREATE VIEW v AS SELECT 1 AS a;"))

    assert lockplane.apply(place.url, planned.plan, consent=DATA_LOSS).success

    assert [fact[1] for fact in place.facts() if fact[0] == "column"] == ["v.a"]


def test_a_new_serial_column_belongs_to_the_owner_of_its_table(
    lockplane: Lockplane, place: Roles
) -> None:
    place.run("CREATE TABLE t (id integer, old integer); ALTER TABLE t OWNER TO {bob};")
    after = """
    CREATE SEQUENCE q; CREATE TABLE t (id integer, old integer DEFAULT nextval('q'), n serial);
    ALTER SEQUENCE q OWNED BY t.old;
    """
    planned = lockplane.plan(place.url, place.schema(after))

    assert lockplane.apply(place.url, planned.plan, consent=DATA_LOSS).success

    assert {fact[2] for fact in place.facts() if fact[0] == "S"} == {place.roles["bob"]}
