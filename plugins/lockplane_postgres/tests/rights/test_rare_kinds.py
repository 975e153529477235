"""What few databases have gets its owner and privileges back as well when it is made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.model.consent import Consent
from lockplane_postgres.dialect import PostgresDialect
from lockplane_postgres.kinds.registered import KINDS

if TYPE_CHECKING:
    from lockplane_core.app import Lockplane
    from lockplane_core.model.node import Node
    from lockplane_postgres.session import PgSession
    from lockplane_postgres.testing_roles import Roles

F = "CREATE FUNCTION f(integer, integer) RETURNS boolean LANGUAGE sql AS 'SELECT $1 < $2'; "
G = "CREATE FUNCTION g(integer, integer) RETURNS boolean LANGUAGE sql AS 'SELECT $1 > $2'; "
E = "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; "
BTREE = "OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, FUNCTION 1 btint4cmp(integer, integer)"
T = "CREATE TABLE t (a integer, b integer, c integer); "
W = "CREATE FOREIGN DATA WRAPPER w; "

KEPT = {
    "aggregate": (
        "CREATE AGGREGATE a(integer) (SFUNC = int4_sum, STYPE = bigint);",
        "CREATE AGGREGATE a(integer) (SFUNC = int4pl, STYPE = integer);",
        """
        ALTER AGGREGATE a(integer) OWNER TO {bob};
        REVOKE ALL ON FUNCTION a(integer) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION a(integer) TO {alice};
        """,
    ),
    "statistics": (
        T + "CREATE STATISTICS s ON a, b FROM t;",
        T + "CREATE STATISTICS s ON a, c FROM t;",
        "ALTER STATISTICS s OWNER TO {bob};",
    ),
    "operator": (
        F + G + "CREATE OPERATOR <<< (FUNCTION = f, LEFTARG = integer, RIGHTARG = integer);",
        F + G + "CREATE OPERATOR <<< (FUNCTION = g, LEFTARG = integer, RIGHTARG = integer);",
        "ALTER OPERATOR <<< (integer, integer) OWNER TO {bob};",
    ),
    "operator_class": (
        f"CREATE OPERATOR CLASS c FOR TYPE integer USING btree AS OPERATOR 1 <, {BTREE};",
        f"CREATE OPERATOR CLASS c FOR TYPE integer USING btree AS OPERATOR 5 >, {BTREE};",
        "ALTER OPERATOR CLASS c USING btree OWNER TO {bob};",
    ),
    "conversion": (
        "CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;",
        "CREATE DEFAULT CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;",
        "ALTER CONVERSION c OWNER TO {bob};",
    ),
    "text_search_dictionary": (
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple);",
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = snowball, language = 'french');",
        "ALTER TEXT SEARCH DICTIONARY d OWNER TO {bob};",
    ),
    "event_trigger": (
        E + "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION e();",
        E + "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e();",
        "ALTER ROLE {bob} SUPERUSER; ALTER EVENT TRIGGER e OWNER TO {bob};",
    ),
    "publication": (
        T + "CREATE PUBLICATION p;",
        T + "CREATE PUBLICATION p FOR ALL TABLES;",
        "ALTER ROLE {bob} SUPERUSER; ALTER PUBLICATION p OWNER TO {bob};",
    ),
    "foreign_server": (
        W + "CREATE SERVER s FOREIGN DATA WRAPPER w;",
        W + "CREATE SERVER s TYPE 'x' FOREIGN DATA WRAPPER w;",
        """
        GRANT USAGE ON FOREIGN DATA WRAPPER w TO {bob};
        ALTER SERVER s OWNER TO {bob};
        GRANT USAGE ON FOREIGN SERVER s TO {alice} WITH GRANT OPTION;
        """,
    ),
    "foreign_table": (
        W + "CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a integer) SERVER s;",
        W + "CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (a bigint) SERVER s;",
        "ALTER FOREIGN TABLE f OWNER TO {bob}; GRANT SELECT (a) ON f TO {alice};",
    ),
}


def node_of(session: PgSession, kind: str) -> Node:
    (found,) = PostgresDialect().introspect(session, [k() for k in KINDS]).of_kind(kind)
    return found


@pytest.mark.parametrize("kind", KEPT)
def test_it_gets_back_what_it_had(lockplane: Lockplane, place: Roles, kind: str) -> None:
    before, after, rights = KEPT[kind]
    place.run(before)
    place.run(f"GRANT CREATE ON SCHEMA public TO {{bob}}; {rights}")
    had = node_of(place.session, f"postgres.{kind}")

    plan = lockplane.plan(place.url, place.schema(after)).plan
    result = lockplane.apply(place.url, plan, consent=Consent(allow_data_loss=True))

    assert result.success, result
    assert had.ref in {kept.ref for step in plan.steps for kept in step.keeps}
    has = node_of(place.session, f"postgres.{kind}")
    assert has.body != had.body
    assert has.kept == had.kept
    assert has.kept.owner == place.roles["bob"]
