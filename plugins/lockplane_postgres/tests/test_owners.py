"""Owners where a project manages them: the server's own catalogs are the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.errors import InvalidSource, Refused
from lockplane_core.model.consent import Consent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession
    from lockplane_postgres.testing_roles import Place

OWNERS = """
SELECT relkind::text, relname::text, pg_get_userbyid(relowner) FROM pg_class WHERE oid >= 16384
UNION ALL SELECT 'f', proname, pg_get_userbyid(proowner) FROM pg_proc WHERE oid >= 16384
UNION ALL SELECT 't', typname, pg_get_userbyid(typowner) FROM pg_type
WHERE oid >= 16384 AND typname !~ '^_'
UNION ALL SELECT 'n', nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE oid >= 16384
UNION ALL SELECT 'l', collname, pg_get_userbyid(collowner) FROM pg_collation WHERE oid >= 16384
UNION ALL SELECT 'p', pubname, pg_get_userbyid(pubowner) FROM pg_publication
UNION ALL SELECT 'w', fdwname, pg_get_userbyid(fdwowner) FROM pg_foreign_data_wrapper
UNION ALL SELECT 's', srvname, pg_get_userbyid(srvowner) FROM pg_foreign_server
UNION ALL SELECT 'x', stxname, pg_get_userbyid(stxowner) FROM pg_statistic_ext
ORDER BY 1, 2, 3
"""
TABLE = "CREATE TABLE t (id serial PRIMARY KEY, n integer);"
VIEW = TABLE + "CREATE VIEW v AS SELECT id, n FROM t;"
WIDER = VIEW.replace("n integer", "n bigint")
TYPES = "CREATE TYPE e AS ENUM ('x'); CREATE DOMAIN d AS integer; CREATE TYPE c AS (i integer);"
STATISTICS = "CREATE TABLE t (a int, b int); CREATE STATISTICS x ON a, b FROM t;"
FUNCTION = "CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';"
CASES = {
    "a table and its sequence": (TABLE, TABLE + "ALTER TABLE t OWNER TO {a};"),
    "from one to the other": (
        TABLE + "ALTER TABLE t OWNER TO {a};",
        TABLE + "ALTER TABLE t OWNER TO {b};",
    ),
    "a new table": ("", TABLE + "ALTER TABLE t OWNER TO {a};"),
    "a view": (VIEW, VIEW + "ALTER VIEW v OWNER TO {a};"),
    "a view by way of ALTER TABLE": (VIEW, VIEW + "ALTER TABLE v OWNER TO {a};"),
    "a view that is made again": (
        VIEW + "ALTER VIEW v OWNER TO {a};",
        WIDER + "ALTER VIEW v OWNER TO {a};",
    ),
    "a view that is made again for another": (
        VIEW + "ALTER VIEW v OWNER TO {a};",
        WIDER + "ALTER VIEW v OWNER TO {b};",
    ),
    "a materialized view": (
        TABLE + "CREATE MATERIALIZED VIEW m AS SELECT id FROM t;",
        TABLE + "CREATE MATERIALIZED VIEW m AS SELECT id FROM t;"
        "ALTER MATERIALIZED VIEW m OWNER TO {a};",
    ),
    "a sequence": ("CREATE SEQUENCE q;", "CREATE SEQUENCE q; ALTER SEQUENCE q OWNER TO {a};"),
    "a function": (FUNCTION, FUNCTION + "ALTER FUNCTION f(integer) OWNER TO {a};"),
    "a routine": (FUNCTION, FUNCTION + "ALTER ROUTINE f(integer) OWNER TO {a};"),
    "types": (
        TYPES,
        TYPES
        + "ALTER TYPE e OWNER TO {a}; ALTER DOMAIN d OWNER TO {a}; ALTER TYPE c OWNER TO {b};",
    ),
    "a schema": ("CREATE SCHEMA s;", "CREATE SCHEMA s; ALTER SCHEMA s OWNER TO {a};"),
    "a collation": (
        'CREATE COLLATION k FROM "C";',
        'CREATE COLLATION k FROM "C"; ALTER COLLATION k OWNER TO {a};',
    ),
    "a publication": (
        "CREATE PUBLICATION p;",
        "CREATE PUBLICATION p; ALTER PUBLICATION p OWNER TO {a};",
    ),
    "statistics": (
        STATISTICS,
        STATISTICS + "ALTER STATISTICS x OWNER TO {a};",
    ),
}


@pytest.fixture(scope="module")
def lockplane() -> Iterator[Lockplane]:
    settings = Settings(dialect="postgres", schemas=("*",), manage=("owners",))
    with Lockplane(load_registry(), settings) as opened:
        yield opened


def owners(session: PgSession) -> list[tuple[object, ...]]:
    return session.query(OWNERS)


def applied(lockplane: Lockplane, place: Place, plan: Plan) -> None:
    result = lockplane.apply(place.url, plan, consent=Consent(allow_data_loss=True))
    assert result.success, result.errors


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("way", ["there", "back"])
def test_a_plan_leads_to_the_owners_of_the_schema_and_back(
    lockplane: Lockplane, place: Place, name: str, way: str
) -> None:
    first, second = CASES[name] if way == "there" else CASES[name][::-1]
    place.session.script([place.told(first)])
    place.other.script([place.told(second)])
    before, source = owners(place.session), place.schema(second)
    planned = lockplane.plan(place.url, source)
    if "OWNER" not in second:  # what a schema does not say stays
        assert not [step for step in planned.plan.steps if "OWNER" in "".join(step.sql)]
        return
    applied(lockplane, place, planned.plan)
    assert owners(place.session) == owners(place.other)
    assert lockplane.plan(place.url, source).plan.steps == ()
    applied(lockplane, place, lockplane.undo(planned.plan, place.url))
    assert owners(place.session) == before


def test_what_a_schema_does_not_say_stays(lockplane: Lockplane, place: Place) -> None:
    place.session.script([place.told(VIEW + "ALTER VIEW v OWNER TO {a};")])
    assert lockplane.plan(place.url, place.schema(VIEW)).plan.steps == ()
    applied(lockplane, place, lockplane.plan(place.url, place.schema(WIDER)).plan)
    found = place.session.query(
        "SELECT 1 FROM pg_views WHERE viewname = 'v' AND quote_ident"
        f"(viewowner) = $o${place.roles['a']}$o$"
    )
    assert found == [(1,)]


def test_the_role_that_applies_is_an_owner_like_any_other(
    lockplane: Lockplane, place: Place
) -> None:
    place.session.script([place.told(TABLE + "ALTER TABLE t OWNER TO {a};")])
    source = place.schema(TABLE + "ALTER TABLE t OWNER TO {me};")
    planned = lockplane.plan(place.url, source)
    assert [step.description for step in planned.plan.steps] == [
        "Give table t to the role that applies this"
    ]
    applied(lockplane, place, planned.plan)
    assert lockplane.plan(place.url, source).plan.steps == ()
    new = place.schema(
        TABLE + "ALTER TABLE t OWNER TO {me}; CREATE SCHEMA s;ALTER SCHEMA s OWNER TO {me};"
    )
    applied(lockplane, place, lockplane.plan(place.url, new).plan)
    assert lockplane.plan(place.url, new).plan.steps == ()


def test_a_role_that_the_server_lacks_is_named_before_anything_runs(
    lockplane: Lockplane, place: Place
) -> None:
    source = place.schema("CREATE TABLE t (id integer);\nALTER TABLE t OWNER TO nobody_here;")
    planned = lockplane.plan(place.url, source)
    with pytest.raises(Refused, match=r"no role nobody_here.*schema\.lp\.sql:2"):
        lockplane.apply(place.url, planned.plan, consent=Consent())
    assert place.session.query("SELECT 1 FROM pg_class WHERE relname = 't'") == []


def test_owners_are_told_from_privileges(place: Place) -> None:
    source = place.schema(TABLE + "\nALTER TABLE t OWNER TO {a};")
    settings = Settings(dialect="postgres", schemas=("*",), manage=("privileges",))
    with Lockplane(load_registry(), settings) as other, pytest.raises(InvalidSource) as caught:
        other.plan(place.url, source)
    (finding,) = caught.value.findings
    assert (finding.code, finding.span.line if finding.span else 0) == ("LP003", 2)
    assert "manage" in finding.suggestion


def test_both_are_managed_together(place: Place) -> None:
    wanted = TABLE + "ALTER TABLE t OWNER TO {a}; GRANT SELECT ON t TO {b};"
    settings = Settings(dialect="postgres", schemas=("*",), manage=("privileges", "owners"))
    with Lockplane(load_registry(), settings) as both:
        place.session.script([place.told(TABLE)])
        source = place.schema(wanted)
        planned = both.plan(place.url, source)
        applied(both, place, planned.plan)
        place.other.script([place.told(wanted)])
        acl = "SELECT relacl::text FROM pg_class WHERE relname = 't'"
        assert place.session.query(acl) == place.other.query(acl)
        assert both.plan(place.url, source).plan.steps == ()
        applied(both, place, both.undo(planned.plan, place.url))
        assert [r for r in owners(place.session) if str(r[2]) in place.roles["a"]] == []


def test_json_says_who_owns(lockplane: Lockplane, place: Place) -> None:
    sql = place.schema(VIEW + "ALTER VIEW v OWNER TO {a};")
    tree = lockplane.tree(lockplane.read(sql))
    assert [(item["on"], item["of"]) for item in tree["owners"]] == [("view", ["public", "v"])]
    path = place.folder / "schema.json"
    path.write_bytes(msgspec.json.encode(tree))
    assert lockplane.diff(str(path), sql) == {}
