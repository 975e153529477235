"""Owner and privileges: never planned, and given back to whatever is made again."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec
import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.errors import Refused, ScratchError, StalePlan
from lockplane_core.model.consent import Consent
from lockplane_postgres import addresses
from lockplane_postgres.dialect import PostgresDialect
from lockplane_postgres.kinds.registered import KINDS
from lockplane_postgres.testing import database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lockplane_core.engine.planner import Planned
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.record import RunResult
    from lockplane_core.model.step import Step
    from lockplane_postgres.session import PgSession

NAMES = ("bob", "alice", "carol", "runner")
FACTS = """
WITH o AS (
  SELECT relname::text AS name, relowner AS owner, relnamespace AS schema, relkind::text AS sort,
         coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner))
         AS acl
  FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'S')
  UNION ALL
  SELECT c.relname || '.' || a.attname, c.relowner, c.relnamespace, 'column', a.attacl
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
  UNION ALL
  SELECT proname, proowner, pronamespace, 'f', coalesce(proacl, acldefault('f', proowner))
  FROM pg_proc
  UNION ALL
  SELECT typname, typowner, typnamespace, 'T', coalesce(typacl, acldefault('T', typowner))
  FROM pg_type WHERE typtype IN ('e', 'd', 'r') OR typtype = 'c' AND typrelid IN (
    SELECT oid FROM pg_class WHERE relkind = 'c')
  UNION ALL
  SELECT nspname, nspowner, oid, 'n', coalesce(nspacl, acldefault('n', nspowner))
  FROM pg_namespace
)
SELECT o.sort, o.name, pg_get_userbyid(o.owner),
       ARRAY(SELECT a::text FROM unnest(o.acl) a ORDER BY 1)
FROM o JOIN pg_namespace n ON n.oid = o.schema
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1, 2
"""


class Place:
    """A database with roles of its own, and what is done there."""

    def __init__(self, url: str, session: PgSession, tmp_path: Path) -> None:
        self.url, self.session, self.folder = url, session, tmp_path
        self.roles = {name: f"{name}_{secrets.token_hex(4)}" for name in NAMES}

    def run(self, sql: str) -> None:
        """Run SQL in which `{bob}` is the role of that name here."""
        self.session.execute(sql.format(**self.roles))

    def facts(self) -> list[tuple[object, ...]]:
        return self.session.query(FACTS)

    def schema(self, sql: str, stem: str = "schema") -> str:
        path = self.folder / f"{stem}.lp.sql"
        path.write_text(sql.format(**self.roles), encoding="utf-8")
        return str(path)

    def as_role(self, name: str) -> str:
        """The address of the database for a session of that role."""
        joint = "&" if "?" in self.url else "?"
        return f"{self.url}{joint}options=-c%20role%3D{self.roles[name]}"


@pytest.fixture
def place(url: str, session: PgSession, tmp_path: Path) -> Iterator[Place]:
    found = Place(url, session, tmp_path)
    for role in found.roles.values():
        session.execute(f"CREATE ROLE {role}")
    yield found
    for role in found.roles.values():
        session.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")


@pytest.fixture(scope="module")
def lockplane() -> Iterator[Lockplane]:
    with Lockplane(load_registry(), Settings(dialect="postgres", schemas=("*",))) as opened:
        yield opened


def applied(lockplane: Lockplane, url: str, plan: Plan) -> RunResult:
    return lockplane.apply(url, plan, consent=Consent(allow_data_loss=True))


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
    lockplane: Lockplane, place: Place, case: str
) -> None:
    before, after = KEPT[case]
    place.run(before)
    facts = place.facts()
    known = {fact[:2] for fact in facts}
    planned = lockplane.plan(place.url, place.schema(after))

    assert applied(lockplane, place.url, planned.plan).success

    assert planned.plan.steps
    now = place.facts()
    assert [fact for fact in now if fact[:2] in known] == [
        fact for fact in facts if fact[:2] in {fact[:2] for fact in now}
    ]
    assert applied(lockplane, place.url, lockplane.undo(planned.plan, place.url)).success
    assert place.facts() == facts


VIEW = """
CREATE TABLE t (id integer, n integer);
CREATE VIEW v AS SELECT id, n FROM t;
ALTER TABLE t OWNER TO {runner};
ALTER VIEW v OWNER TO {bob};
GRANT SELECT ON t TO {bob};
GRANT USAGE, CREATE ON SCHEMA public TO {runner};
"""
OTHER_VIEW = "CREATE TABLE t (id integer, n bigint); CREATE VIEW v AS SELECT id, n FROM t;"


def test_privileges_are_no_difference(lockplane: Lockplane, place: Place) -> None:
    sql = "CREATE TABLE t (id integer); CREATE VIEW v AS SELECT id FROM t;"
    place.run(sql + "GRANT ALL ON t, v TO {alice}; ALTER VIEW v OWNER TO {bob};")

    assert lockplane.diff(place.url, place.schema(sql)) == {}
    assert [str(item) for item in lockplane.read(place.url).catalog.unmodelled] == []


def test_two_databases_that_differ_in_rights_are_said_to(
    lockplane: Lockplane, place: Place, admin: str
) -> None:
    sql = "CREATE TABLE t (id integer); CREATE TABLE u (id integer); CREATE TABLE w (id integer);"
    place.run(sql + "GRANT SELECT ON t TO public; ALTER TABLE u OWNER TO {bob};")
    with database(admin) as other:
        session = addresses.connect(other, "apply")
        session.script([sql])
        session.close()
        found = lockplane.compare(place.url, other)

    assert found.tree == {}
    assert [notice for notice in found.notices if "public.t, " in notice] == [
        "owner or privileges differ, and are left as they are: table public.t, table public.u"
    ]


def test_a_column_that_goes_takes_its_privileges_along(lockplane: Lockplane, place: Place) -> None:
    place.run("CREATE VIEW v AS SELECT 1 AS a, 2 AS b; GRANT SELECT (a), SELECT (b) ON v TO {bob};")
    planned = lockplane.plan(place.url, place.schema("CREATE VIEW v AS SELECT 1 AS a;"))

    assert applied(lockplane, place.url, planned.plan).success

    assert [fact[1] for fact in place.facts() if fact[0] == "column"] == ["v.a"]


def test_a_role_that_may_hand_over_need_not_own(lockplane: Lockplane, place: Place) -> None:
    place.run(VIEW + "GRANT {bob} TO {runner}; GRANT CREATE ON SCHEMA public TO {bob};")
    facts = place.facts()
    runner = place.as_role("runner")
    planned = lockplane.plan(runner, place.schema(OTHER_VIEW))

    assert applied(lockplane, runner, planned.plan).success
    assert place.facts() == facts


REFUSED = {
    "the role is no member": ("", "can not act for {bob}"),
    "the owner may not create": (
        "GRANT {bob} TO {runner}",
        "{bob} may not create anything in schema public any more",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_handed_over_is_refused_beforehand(
    lockplane: Lockplane, place: Place, case: str
) -> None:
    more, words = REFUSED[case]
    place.run(VIEW + more)
    runner = place.as_role("runner")
    planned = lockplane.plan(runner, place.schema(OTHER_VIEW))

    with pytest.raises(Refused) as caught:
        applied(lockplane, runner, planned.plan)

    assert words.format(**place.roles) in str(caught.value)


@pytest.mark.parametrize("change", ["GRANT SELECT ON v TO {alice}", "ALTER VIEW v OWNER TO {bob}"])
def test_a_plan_knows_when_they_have_changed(
    lockplane: Lockplane, place: Place, change: str
) -> None:
    place.run("CREATE TABLE t (id integer, n integer); CREATE VIEW v AS SELECT id, n FROM t;")
    planned = lockplane.plan(place.url, place.schema(OTHER_VIEW))
    place.run(change)

    with pytest.raises(StalePlan, match=r"makes view public\.v again"):
        applied(lockplane, place.url, planned.plan)


def test_a_plan_of_the_owner_is_not_for_another_role(lockplane: Lockplane, place: Place) -> None:
    place.run(VIEW + "GRANT CREATE ON SCHEMA public TO {bob}; GRANT {runner} TO {bob};")
    planned = lockplane.plan(place.as_role("bob"), place.schema(OTHER_VIEW))

    with pytest.raises(StalePlan, match="as the role that applies it"):
        applied(lockplane, place.url, planned.plan)
    assert applied(lockplane, place.as_role("bob"), planned.plan).success


def test_a_plan_between_files_knows_of_nothing_to_keep(lockplane: Lockplane, place: Place) -> None:
    sql = "CREATE TABLE t (id integer, n integer); CREATE VIEW v AS SELECT id, n FROM t;"
    place.run(sql)
    planned = lockplane.plan(place.schema(sql, "old"), place.schema(OTHER_VIEW))
    assert [step.keeps for step in planned.plan.steps if step.keeps] == []

    place.run("GRANT SELECT ON v TO {alice}")
    with pytest.raises(StalePlan, match=r"view public\.v"):
        applied(lockplane, place.url, planned.plan)
    place.run("REVOKE SELECT ON v FROM {alice}")
    assert applied(lockplane, place.url, planned.plan).success


def test_what_is_lost_on_the_way_is_noticed_before_commit(
    lockplane: Lockplane, place: Place
) -> None:
    """A plan whose SQL was tampered with, or a kind that forgets: nothing of it stays."""
    place.run("CREATE TABLE t (id integer, n integer); CREATE VIEW v AS SELECT id, n FROM t;")
    place.run("GRANT SELECT ON v TO {alice}")
    facts = place.facts()
    planned = lockplane.plan(place.url, place.schema(OTHER_VIEW))
    plan = msgspec.structs.replace(
        planned.plan, steps=tuple(_without_grants(step) for step in planned.plan.steps)
    )

    result = applied(lockplane, place.url, plan)

    assert not result.success
    assert result.state == "rolled_back"
    assert "did not stay what they were: view public.v" in result.errors[0]
    assert place.facts() == facts


def _without_grants(step: Step) -> Step:
    sql = tuple(sql for sql in step.sql if not sql.startswith("GRANT"))
    return msgspec.structs.replace(step, sql=sql)


def test_a_new_serial_column_belongs_to_the_owner_of_its_table(
    lockplane: Lockplane, place: Place
) -> None:
    place.run("CREATE TABLE t (id integer, old integer); ALTER TABLE t OWNER TO {bob};")
    after = """
    CREATE SEQUENCE q; CREATE TABLE t (id integer, old integer DEFAULT nextval('q'), n serial);
    ALTER SEQUENCE q OWNED BY t.old;
    """
    planned = lockplane.plan(place.url, place.schema(after))

    assert applied(lockplane, place.url, planned.plan).success

    assert {fact[2] for fact in place.facts() if fact[0] == "S"} == {place.roles["bob"]}


# -- roles, where a scratch is made ----------------------------------------------------------

POLICY = "CREATE TABLE t (id integer); CREATE POLICY p ON t TO {alice} USING (true);"


def test_our_own_server_has_any_role(lockplane: Lockplane, place: Place) -> None:
    place.run("CREATE TABLE t (id integer)")
    planned = lockplane.plan(place.url, place.schema(POLICY))

    assert applied(lockplane, place.url, planned.plan).success
    assert applied(lockplane, place.url, lockplane.undo(planned.plan, place.url)).success


def test_a_named_server_is_not_given_a_role(admin: str, place: Place) -> None:
    sql = "CREATE TABLE t (id integer); CREATE POLICY p ON t TO nobody_there USING (true);"
    settings = Settings(dialect="postgres", schemas=("*",), shadow_database_url=admin)
    with Lockplane(load_registry(), settings) as lockplane:
        with pytest.raises(ScratchError, match="does not have the role nobody_there") as caught:
            lockplane.read(place.schema(sql))
        known = lockplane.read(place.schema(POLICY))

    assert "CREATE ROLE nobody_there" in (caught.value.hint or "")
    assert len(known.catalog.of_kind("postgres.policy")) == 1
    assert place.session.query("SELECT FROM pg_roles WHERE rolname = 'nobody_there'") == []


def test_a_script_may_make_its_roles_and_grant_to_them(lockplane: Lockplane, place: Place) -> None:
    script = place.folder / "dump.sql"
    script.write_text(
        """
        CREATE ROLE maker;
        CREATE TABLE t (id integer);
        ALTER TABLE t OWNER TO maker;
        GRANT SELECT ON t TO reader;
        CREATE POLICY p ON t TO reader USING (true);
        """
    )
    for _ in range(2):
        planned: Planned = lockplane.plan(place.url, f"sql:{script}")
        assert "2 of its statements say who owns or may use what" in "".join(planned.notices)
        assert [step.description for step in planned.plan.steps] == [
            "Create table t",
            "Create policy p on table t",
        ]


ONE_OF_EACH = """
CREATE SCHEMA s; CREATE TABLE t (a integer); CREATE VIEW v AS SELECT a FROM t;
CREATE MATERIALIZED VIEW m AS SELECT a FROM t; CREATE SEQUENCE q;
CREATE FUNCTION f(integer, integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE g(integer) (SFUNC = int4pl, STYPE = integer);
CREATE TYPE e AS ENUM ('x'); CREATE DOMAIN d AS integer; CREATE TYPE c AS (a integer);
CREATE TYPE r AS RANGE (SUBTYPE = integer);
CREATE TRUSTED LANGUAGE l HANDLER plpgsql_call_handler;
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER h FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE n (a integer) SERVER h; CREATE COLLATION o FROM "C";
CREATE PUBLICATION p; CREATE STATISTICS x ON a, (a + 1) FROM t;
GRANT USAGE ON SCHEMA s TO PUBLIC; GRANT SELECT (a) ON t TO PUBLIC;
GRANT SELECT ON t, v, m, n TO PUBLIC; GRANT USAGE ON SEQUENCE q TO PUBLIC;
GRANT EXECUTE ON FUNCTION f(integer, integer), g(integer) TO PUBLIC;
CREATE TYPE b;
CREATE FUNCTION b_in(cstring) RETURNS b LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION b_out(b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE b (INPUT = b_in, OUTPUT = b_out, LIKE = integer);
GRANT USAGE ON TYPE e, d, c, r, b TO PUBLIC; GRANT USAGE ON LANGUAGE l TO PUBLIC;
GRANT USAGE ON FOREIGN DATA WRAPPER w TO PUBLIC; GRANT USAGE ON FOREIGN SERVER h TO PUBLIC;
"""


def test_what_has_privileges_is_what_the_documentation_says(session: PgSession) -> None:
    session.execute(ONE_OF_EACH)
    kinds = [kind() for kind in KINDS if not kind.managed]  # then nodes keep what they have
    catalog = PostgresDialect().introspect(session, kinds)
    given = {
        node.ref.kind
        for node in catalog
        if node.kept and any(grant.grantee == "" for grant in node.kept.grants)
    }
    assert given == {kind.tag for kind in kinds if kind.support().privileges}
