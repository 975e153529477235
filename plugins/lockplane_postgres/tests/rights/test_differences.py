"""Owner and privileges are no difference between two schemas; kinds say which have some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_postgres import addresses
from lockplane_postgres.dialect import PostgresDialect
from lockplane_postgres.kinds.registered import KINDS
from lockplane_postgres.testing import database

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane
    from lockplane_postgres.session import PgSession
    from lockplane_postgres.testing_roles import Roles


def test_privileges_are_no_difference(lockplane: Lockplane, place: Roles) -> None:
    sql = "CREATE TABLE t (id integer); CREATE VIEW v AS SELECT id FROM t;"
    place.run(sql + "GRANT ALL ON t, v TO {alice}; ALTER VIEW v OWNER TO {bob};")

    assert lockplane.diff(place.url, place.schema(sql)) == {}
    assert [str(item) for item in lockplane.read(place.url).catalog.unmodelled] == []


def test_two_databases_that_differ_in_rights_are_said_to(
    lockplane: Lockplane, place: Roles, admin: str
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
