"""Privileges where a project manages them: the server's own catalogs are the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.errors import ConfigError, InvalidSource, Refused
from lockplane_core.model.consent import Consent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lockplane_core.engine.planner import Planned
    from lockplane_postgres.session import PgSession
    from lockplane_postgres.testing_roles import Place

FACTS = """
WITH o(sort, name, acl) AS (
  SELECT relkind::text, relname::text, coalesce(relacl, acldefault(
         CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner))
  FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 's'))
  UNION ALL
  SELECT 'column', c.relname || '.' || a.attname, a.attacl
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.oid >= 16384
  UNION ALL
  SELECT 'f', proname, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
  WHERE pronamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'T', typname, coalesce(typacl, acldefault('T', typowner)) FROM pg_type
  WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
  UNION ALL
  SELECT 'n', nspname, coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace
  WHERE nspname IN ('public', 's')
  UNION ALL
  SELECT 'l', lanname, coalesce(lanacl, acldefault('l', lanowner)) FROM pg_language
  WHERE oid >= 16384
  UNION ALL
  SELECT 'w', fdwname, coalesce(fdwacl, acldefault('F', fdwowner)) FROM pg_foreign_data_wrapper
  UNION ALL
  SELECT 's', srvname, coalesce(srvacl, acldefault('S', srvowner)) FROM pg_foreign_server
  UNION ALL
  SELECT 'd', pg_get_userbyid(defaclrole) || coalesce(nspname, '') || defaclobjtype::text, defaclacl
  FROM pg_default_acl LEFT JOIN pg_namespace n ON n.oid = defaclnamespace
)
SELECT sort, name, ARRAY(SELECT DISTINCT a::text FROM unnest(acl) a ORDER BY 1) AS acl
FROM o WHERE acl <> '{}' ORDER BY 1, 2
"""
TABLE = "CREATE TABLE t (id integer, n integer);"
VIEW = TABLE + "CREATE VIEW v AS SELECT id, n FROM t;"
FUNCTION = "CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';"
WRAPPER = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER x FOREIGN DATA WRAPPER w;"
CASES = {
    "a table": (TABLE, TABLE + "GRANT SELECT, INSERT ON t TO {a}; GRANT SELECT ON t TO PUBLIC;"),
    "grant options": (
        TABLE + "GRANT SELECT, UPDATE ON t TO {a} WITH GRANT OPTION;",
        TABLE + "GRANT SELECT ON t TO {a}; GRANT UPDATE, DELETE ON t TO {a} WITH GRANT OPTION;",
    ),
    "all, and less": (
        TABLE + "GRANT ALL ON t TO {a}; GRANT INSERT ON t TO {b};",
        TABLE + "GRANT SELECT ON t TO {a}; GRANT ALL ON t TO {b} WITH GRANT OPTION;",
    ),
    "what an owner takes from itself": (TABLE, TABLE + "REVOKE DELETE, TRUNCATE ON t FROM {me};"),
    "columns, and the table that they are of": (
        TABLE + "GRANT SELECT, UPDATE ON t TO {a}; GRANT SELECT (id), INSERT (n) ON t TO {a};",
        TABLE + "GRANT SELECT (id), INSERT (n), UPDATE (n) ON t TO {a};",
    ),
    "a table with all that it has is new": (
        "",
        TABLE + "GRANT INSERT ON t TO {a}; GRANT SELECT (id) ON t TO {b} WITH GRANT OPTION;",
    ),
    "a column is new, and one goes": (
        TABLE + "GRANT SELECT (n) ON t TO {a};",
        "CREATE TABLE t (id integer, m text); GRANT SELECT (m) ON t TO {a};",
    ),
    "a view, and its columns": (
        VIEW + "GRANT SELECT (id) ON v TO {a}; GRANT SELECT ON v TO {b};",
        VIEW + "GRANT SELECT (id, n), UPDATE (n) ON v TO {a};",
    ),
    "a view that is made again": (
        VIEW + "GRANT SELECT ON v TO {a}; GRANT ALL ON v TO {b};",
        (
            "CREATE TABLE t (id integer, n bigint); CREATE VIEW v AS SELECT id, n FROM t;"
            "GRANT SELECT, INSERT ON v TO {a}; GRANT SELECT (n) ON v TO {b};"
        ),
    ),
    "a materialized view": (
        TABLE + "CREATE MATERIALIZED VIEW m AS SELECT id FROM t;",
        TABLE + "CREATE MATERIALIZED VIEW m AS SELECT id FROM t; GRANT SELECT ON m TO {a};",
    ),
    "a sequence": ("CREATE SEQUENCE q;", "CREATE SEQUENCE q; GRANT USAGE ON SEQUENCE q TO {a};"),
    "a function without PUBLIC": (
        FUNCTION,
        FUNCTION + "REVOKE ALL ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON ROUTINE f TO {a};",
    ),
    "a function that is made again": (
        FUNCTION + "REVOKE ALL ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO {a};",
        (
            "CREATE FUNCTION f(integer) RETURNS text LANGUAGE sql AS 'SELECT $1::text';"
            "GRANT EXECUTE ON FUNCTION f(integer) TO {b};"
        ),
    ),
    "a procedure and an aggregate": (
        (
            "CREATE PROCEDURE p() LANGUAGE sql AS '';"
            "CREATE AGGREGATE g(integer) (SFUNC = int4pl, STYPE = integer);"
        ),
        (
            "CREATE PROCEDURE p() LANGUAGE sql AS ''; REVOKE ALL ON PROCEDURE p() FROM PUBLIC;"
            "CREATE AGGREGATE g(integer) (SFUNC = int4pl, STYPE = integer);"
            "REVOKE ALL ON FUNCTION g(integer) FROM PUBLIC; GRANT ALL ON FUNCTION g TO {a};"
        ),
    ),
    "schemas": (
        "CREATE SCHEMA s;",
        (
            "CREATE SCHEMA s; GRANT USAGE ON SCHEMA s TO {a}; GRANT ALL ON SCHEMA s TO {b};"
            "REVOKE ALL ON SCHEMA public FROM PUBLIC;"
        ),
    ),
    "types": (
        (
            "CREATE TYPE e AS ENUM ('a', 'b'); CREATE DOMAIN d AS integer;"
            "CREATE TABLE t (x e); GRANT USAGE ON TYPE e TO {a};"
        ),
        (
            "CREATE TYPE e AS ENUM ('b'); CREATE DOMAIN d AS integer; CREATE TABLE t (x e);"
            "REVOKE ALL ON DOMAIN d FROM PUBLIC; REVOKE ALL ON TYPE e FROM PUBLIC;"
            "GRANT USAGE ON TYPE e TO {b};"
        ),
    ),
    "wrappers, servers and foreign tables": (
        WRAPPER + "CREATE FOREIGN TABLE ft (id integer) SERVER x;",
        WRAPPER + "CREATE FOREIGN TABLE ft (id integer) SERVER x; GRANT SELECT ON ft TO {a};"
        "GRANT USAGE ON FOREIGN DATA WRAPPER w TO {a};"
        "GRANT USAGE ON FOREIGN SERVER x TO {b} WITH GRANT OPTION;",
    ),
    "default privileges": (
        "CREATE SCHEMA s; ALTER DEFAULT PRIVILEGES FOR ROLE {a} GRANT SELECT ON TABLES TO {b};",
        (
            "CREATE SCHEMA s;"
            "ALTER DEFAULT PRIVILEGES FOR ROLE {a} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;"
            "ALTER DEFAULT PRIVILEGES FOR ROLE {b} IN SCHEMA s GRANT ALL ON TABLES TO {a}, PUBLIC;"
            "ALTER DEFAULT PRIVILEGES FOR ROLE {b} GRANT USAGE ON SCHEMAS TO {a} WITH GRANT OPTION;"
            "ALTER DEFAULT PRIVILEGES FOR ROLE {b} REVOKE USAGE ON TYPES FROM PUBLIC;"
            "ALTER DEFAULT PRIVILEGES FOR ROLE {b} GRANT USAGE ON SEQUENCES TO {a};"
        ),
    ),
}


@pytest.fixture(scope="module")
def lockplane() -> Iterator[Lockplane]:
    settings = Settings(dialect="postgres", schemas=("*",), manage=("privileges",))
    with Lockplane(load_registry(), settings) as opened:
        yield opened


def facts(session: PgSession) -> list[tuple[object, ...]]:
    return session.query(FACTS)


def applied(lockplane: Lockplane, place: Place, planned: Planned) -> None:
    consent = Consent(allow_data_loss=True)
    result = lockplane.apply(place.url, planned.plan, consent=consent)
    assert result.success, result.errors


def owner_takes(sql: str) -> bool:
    return "{me}" in sql


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("way", ["there", "back"])
def test_a_plan_leads_to_the_privileges_of_the_schema_and_back(
    lockplane: Lockplane, place: Place, name: str, way: str
) -> None:
    first, second = CASES[name] if way == "there" else CASES[name][::-1]
    if owner_takes(first + second):
        # In a file the owner is whoever the file is loaded by.
        source = f"sql:{place.schema(second.replace('{me}', 'CURRENT_USER'))}"
    else:
        source = place.schema(second)
    place.session.script([place.told(first)])
    place.other.script([place.told(second)])
    before = facts(place.session)
    planned = lockplane.plan(place.url, source)
    applied(lockplane, place, planned)
    assert facts(place.session) == facts(place.other)
    assert lockplane.plan(place.url, source).plan.steps == ()
    undo = lockplane.undo(planned.plan, place.url)
    assert lockplane.apply(place.url, undo, consent=Consent(allow_data_loss=True)).success
    assert facts(place.session) == before


def test_what_default_privileges_give_or_take_is_undone(lockplane: Lockplane, place: Place) -> None:
    defaults = (
        "ALTER DEFAULT PRIVILEGES FOR ROLE {me} GRANT ALL ON TABLES TO {a}, PUBLIC;"
        "ALTER DEFAULT PRIVILEGES FOR ROLE {me} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;"
        "ALTER DEFAULT PRIVILEGES FOR ROLE {me} IN SCHEMA public GRANT USAGE ON SEQUENCES TO {b};"
    )
    wanted = VIEW + FUNCTION + "CREATE SEQUENCE q; GRANT SELECT ON t TO {a};"
    place.session.script([place.told(defaults)])
    place.other.script([place.told(wanted + defaults)])
    source = place.schema(wanted + defaults)
    applied(lockplane, place, lockplane.plan(place.url, source))
    assert facts(place.session) == facts(place.other)
    assert lockplane.plan(place.url, source).plan.steps == ()


def test_what_another_role_granted_is_taken_in_its_name(lockplane: Lockplane, place: Place) -> None:
    given = TABLE + "GRANT SELECT ON t TO {a} WITH GRANT OPTION;"
    place.session.script([place.told(given)])
    place.session.script([place.told("SET ROLE {a}; GRANT SELECT ON t TO {b}; RESET ROLE;")])
    planned = lockplane.plan(place.url, place.schema(given))
    assert place.told("SET ROLE {a}") in planned.plan.steps[0].sql
    applied(lockplane, place, planned)
    place.other.script([place.told(given)])
    assert facts(place.session) == facts(place.other)


def test_a_renamed_object_carries_what_is_granted(lockplane: Lockplane, place: Place) -> None:
    place.session.script([place.told(TABLE + "GRANT SELECT ON t TO {a};")])
    table = "-- lockplane: renamed_from=t\nCREATE TABLE u (id integer, n integer);"
    planned = lockplane.plan(place.url, place.schema(table + "GRANT SELECT ON u TO {a};"))
    assert [step.description for step in planned.plan.steps] == ["Rename table t to u"]
    applied(lockplane, place, planned)


def test_the_owner_stays_and_needs_no_grant(lockplane: Lockplane, place: Place) -> None:
    place.session.script(
        [place.told(VIEW + "ALTER VIEW v OWNER TO {a}; GRANT SELECT ON v TO {b};")]
    )
    wanted = (
        "CREATE TABLE t (id integer, n bigint); CREATE VIEW v AS SELECT id, n FROM t;"
        "GRANT ALL ON v TO {a};"
    )
    source = place.schema(wanted)
    applied(lockplane, place, lockplane.plan(place.url, source))
    ((owner,),) = place.session.query(
        "SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class WHERE relname = 'v'"
    )
    assert owner == place.roles["a"]
    assert not [row for row in facts(place.session) if "v" in row and len(row[2]) > 1]  # type: ignore[arg-type]  # a list
    assert lockplane.plan(place.url, source).plan.steps == ()


def test_a_role_that_the_server_lacks_is_named_before_anything_runs(
    lockplane: Lockplane, place: Place
) -> None:
    source = place.schema("CREATE TABLE t (id integer);\nGRANT SELECT ON t TO nobody_here;")
    planned = lockplane.plan(place.url, source)
    with pytest.raises(Refused, match=r"no role nobody_here.*schema\.lp\.sql:2"):
        lockplane.apply(place.url, planned.plan, consent=Consent())
    assert place.session.query("SELECT 1 FROM pg_class WHERE relname = 't'") == []


def test_a_role_that_would_make_tables_is_not_said_to_get_anything(
    lockplane: Lockplane, place: Place
) -> None:
    defaults = "ALTER DEFAULT PRIVILEGES FOR ROLE nobody_here GRANT SELECT ON TABLES TO {a};"
    planned = lockplane.plan(place.url, place.schema(defaults))
    with pytest.raises(Refused, match="no role nobody_here, named as the maker of new tables"):
        lockplane.apply(place.url, planned.plan, consent=Consent())


def test_what_is_taken_is_said_with_the_role(lockplane: Lockplane, place: Place) -> None:
    place.session.script([place.told(TABLE + "GRANT SELECT, UPDATE ON t TO {a};")])
    planned = lockplane.plan(place.url, place.schema(TABLE + "GRANT UPDATE ON t TO {a};"))
    (step,) = planned.plan.steps
    assert step.description == f"Take SELECT from role {place.roles['a'].strip(chr(34))} on table t"
    assert step.effects == ("breaking", "security")


def test_a_plan_file_says_what_was_managed(lockplane: Lockplane, place: Place) -> None:
    planned = lockplane.plan(place.url, place.schema(TABLE + "GRANT SELECT ON t TO {a};"))
    assert planned.plan.scope.manage == ("privileges",)
    with Lockplane(load_registry(), Settings(dialect="postgres", schemas=("*",))) as usual:
        result = usual.apply(place.url, planned.plan, consent=Consent())
        assert result.success
        place.session.execute(place.told("GRANT INSERT ON t TO {b}"))
        assert usual.plan(place.url, place.schema(TABLE)).plan.steps == ()
        place.session.execute(place.told("REVOKE INSERT ON t FROM {b}"))
        undo = usual.undo(planned.plan, place.url)
        assert usual.apply(place.url, undo, consent=Consent(allow_data_loss=True)).success
    assert facts(place.session) == facts(place.other)


def test_nothing_is_compared_unless_it_is_asked_for(lockplane: Lockplane, place: Place) -> None:
    place.session.script([place.told(TABLE + "GRANT SELECT ON t TO {a};")])
    plain = place.schema(TABLE)
    with Lockplane(load_registry(), Settings(dialect="postgres", schemas=("*",))) as usual:
        assert usual.plan(place.url, plain).plan.steps == ()
        with pytest.raises(InvalidSource) as caught:
            usual.plan(place.url, place.schema(TABLE + "GRANT SELECT ON t TO {a};"))
    assert "--manage privileges" in caught.value.findings[0].suggestion
    assert len(lockplane.plan(place.url, place.schema(TABLE)).plan.steps) == 1


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {a}", "name each"),
        ("GRANT SELECT ON t TO CURRENT_USER", "name the role"),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {a}", "say FOR ROLE"),
        ("GRANT USAGE ON LANGUAGE plpgsql TO {a}", "language plpgsql"),
        ("GRANT CONNECT ON DATABASE x TO {a}", "a database"),
    ],
)
def test_what_can_not_be_said_is_refused_with_its_line(
    lockplane: Lockplane, place: Place, sql: str, said: str
) -> None:
    with pytest.raises(InvalidSource, match=said) as caught:
        lockplane.read(place.schema(f"{TABLE}\n{sql};"))
    assert caught.value.findings[0].span is not None
    assert caught.value.findings[0].span.line == 2


def test_files_and_json_written_from_a_database_are_equal_to_it(
    lockplane: Lockplane, place: Place, tmp_path: Path
) -> None:
    _, wanted = CASES["columns, and the table that they are of"]
    more = CASES["default privileges"][1] + FUNCTION + "REVOKE ALL ON FUNCTION f FROM PUBLIC;"
    place.session.script([place.told(wanted + more)])
    state = lockplane.read(place.url)
    folder = tmp_path / "files"
    folder.mkdir()
    for name, sql in lockplane.sql(state):
        (folder / name).write_text(sql, encoding="utf-8")
    assert lockplane.diff(place.url, str(folder)) == {}
    import msgspec

    as_json = tmp_path / "schema.json"
    as_json.write_bytes(msgspec.json.encode(lockplane.tree(state)))
    assert lockplane.diff(place.url, str(as_json)) == {}


def test_a_misspelt_word_is_named_with_the_nearest() -> None:
    settings = Settings(dialect="postgres", manage=("privilege",))
    with Lockplane(load_registry(), settings) as lockplane, pytest.raises(ConfigError) as caught:
        lockplane.read("postgres://nowhere.invalid/x")
    assert "privileges" in caught.value.hint


def test_nothing_is_a_word_that_stands_alone() -> None:
    settings = Settings(dialect="postgres", manage=("none", "privileges"))
    with Lockplane(load_registry(), settings) as lockplane, pytest.raises(ConfigError) as caught:
        lockplane.read("postgres://nowhere.invalid/x")
    assert "manage says 'none' and privileges" in str(caught.value)
    assert "stands alone" in caught.value.hint
