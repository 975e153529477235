"""What each statement declares, requires and drops, in refs of the plugin's kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lockplane_core.model.statement import Declared, Parsed, Statement

NAMES = ("relation_name", "type_name", "routine_name")


def said(items: Iterable[Declared], *, names: bool = False) -> list[str]:
    """Refs as words; those of names that come with a thing are left out unless wanted."""
    return [
        f"{d.ref.kind.removeprefix('postgres.')} {'.'.join(d.ref.path)}"
        for d in items
        if names or d.ref.kind.removeprefix("postgres.") not in NAMES
    ]


DECLARES = {
    "CREATE SCHEMA app": ["schema app"],
    "CREATE EXTENSION citext": ["extension citext"],
    "CREATE TYPE mood AS ENUM ('a')": [
        "enum public.mood", "enum_value public.mood.a"],
    "CREATE SEQUENCE app.s": ["sequence app.s"],
    "CREATE TABLE t (id integer)": ["table public.t", "column public.t.id"],
    "CREATE TABLE app.t (id serial)": [
        "table app.t", "column app.t.id", "sequence app.t_id_seq", "default app.t.id"],
    "CREATE TABLE t (a int DEFAULT 1, b int DEFAULT NULL)": [
        "table public.t", "column public.t.a", "default public.t.a", "column public.t.b"],
    "CREATE TABLE t (a int GENERATED ALWAYS AS (1) STORED, b int GENERATED ALWAYS AS IDENTITY)": [
        "table public.t", "column public.t.a", "column public.t.b"],
    "CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE, c int CHECK (c > 0))": [
        "table public.t", "column public.t.a", "column public.t.b", "column public.t.c",
        "check public.t.t_c_check", "primary_key public.t.t_pkey", "unique public.t.t_b_key"],
    "CREATE TABLE t (a int, CONSTRAINT k CHECK (a > 0), EXCLUDE USING gist (a WITH =))": [
        "table public.t", "column public.t.a", "check public.t.k",
        "exclusion public.t.t_a_excl"],
    "CREATE TABLE t (a int REFERENCES u, FOREIGN KEY (a) REFERENCES u (x))": [
        "table public.t", "column public.t.a", "foreign_key public.t.t_a_fkey",
        "foreign_key public.t.t_a_fkey1"],
    "CREATE INDEX i ON app.t (a)": ["index app.t.i"],
    "CREATE INDEX ON t (lower(a), b)": ["index public.t.t_lower_b_idx"],
    "CREATE VIEW app.v AS SELECT 1": ["view app.v"],
    "CREATE FUNCTION f(a int, OUT b text, VARIADIC c mood[]) AS 'x' LANGUAGE sql": [
        "function public.f(integer, public.mood[])"],
    'CREATE PROCEDURE app."P"(INOUT varchar(3)) AS \'\' LANGUAGE sql': [
        'function app."P"(character varying)'],
    "CREATE FUNCTION f() RETURNS TABLE (x int) AS 'x' LANGUAGE sql": ["function public.f()"],
    "CREATE TRIGGER g BEFORE INSERT ON app.t EXECUTE FUNCTION f()": ["trigger app.t.g"],
    "COMMENT ON COLUMN app.t.a IS 'x'": ["comment column.app.t.a"],
    "COMMENT ON TABLE t IS 'x'": ["comment table.public.t"],
    "COMMENT ON FUNCTION f(int) IS 'x'": ["comment function.public.f(integer)"],
    "ALTER TABLE t ADD COLUMN a int UNIQUE DEFAULT 3": [
        "column public.t.a", "default public.t.a", "unique public.t.t_a_key"],
    "ALTER TABLE t ADD CHECK (a > 0), ADD CONSTRAINT k PRIMARY KEY (a)": [
        "check public.t.t_a_check", "primary_key public.t.k"],
    "ALTER TABLE t ADD PRIMARY KEY USING INDEX i": ["primary_key public.t.i"],
    "ALTER TABLE t ALTER a SET DEFAULT 1": ["default public.t.a"],
    "CREATE SCHEMA app CREATE TABLE t (id int) CREATE INDEX i ON t (id)": [
        "schema app", "table app.t", "column app.t.id", "index app.t.i"],
    "CREATE MATERIALIZED VIEW m AS SELECT 1": ["materialized_view public.m"],
    "CREATE TYPE app.c AS (a mood)": ["composite_type app.c", "attribute app.c.a"],
    "CREATE TYPE app.r AS RANGE (SUBTYPE = int)": ["range_type app.r"],
    "CREATE COLLATION app.c FROM d": ["collation app.c"],
    "CREATE DOMAIN app.d AS int CHECK (VALUE > 0) CONSTRAINT k CHECK (VALUE < 9) CHECK (true)": [
        "domain app.d", "domain_check app.d.d_check", "domain_check app.d.k",
        "domain_check app.d.d_check1"],
    "ALTER DOMAIN d ADD CONSTRAINT k CHECK (VALUE > 0)": ["domain_check public.d.k"],
    "COMMENT ON DOMAIN app.d IS 'x'": ["comment domain.app.d"],
    "COMMENT ON CONSTRAINT k ON DOMAIN app.d IS 'x'": ["comment domain_check.app.d.k"],
    "COMMENT ON TYPE app.y IS 'x'": [
        "comment enum.app.y", "comment domain.app.y", "comment composite_type.app.y",
        "comment range_type.app.y", "comment base_type.app.y"],
    "CREATE TABLE t AS SELECT 1": ["table public.t"],
    "CREATE TABLE t (a int) PARTITION BY LIST (a)": ["table public.t", "column public.t.a"],
    "CREATE TABLE app.t PARTITION OF p (CONSTRAINT k CHECK (a > 0)) DEFAULT": [
        "table app.t", "partitions public.p", "partition app.t", "check app.t.k"],
    "ALTER TABLE p ATTACH PARTITION app.t FOR VALUES IN (1)": [
        "partition app.t", "partitions public.p"],
    "CREATE TABLE t () INHERITS (p, q)": ["table public.t", "inheritance public.t"],
    "ALTER TABLE app.t INHERIT p": ["inheritance app.t"],
}  # fmt: skip


@pytest.mark.parametrize("sql", DECLARES)
def test_what_is_declared(sql: str, only: Callable[[str], Statement]) -> None:
    assert said(only(sql).declares) == DECLARES[sql]


REQUIRES = {
    "CREATE TABLE t (a app.mood, b mood[], c text, d pg_catalog.int4)": [
        "type_name app.mood", "type_name public.mood"],
    "CREATE TABLE t (a int REFERENCES app.u (x))": [
        "column public.t.a", "table app.u", "column app.u.x"],
    "CREATE TABLE t (a int, b int, FOREIGN KEY (a, b) REFERENCES u)": [
        "column public.t.a", "column public.t.b", "table public.u"],
    "CREATE TABLE t (a int, PRIMARY KEY (a, nope))": ["column public.t.a", "column public.t.nope"],
    "CREATE TABLE t (a int DEFAULT nextval('app.s'::regclass))": [
        "routine_name public.nextval", "sequence app.s", "relation_name app.s"],
    "CREATE TABLE t (a int DEFAULT pg_catalog.nextval('\"S\"'))": ["sequence public.S"],
    "CREATE TABLE t (a int CHECK (app.ok(a) AND b > 0))": [
        "routine_name app.ok", "column public.t.a", "column public.t.b"],
    "CREATE TABLE t (a int GENERATED ALWAYS AS (f(b)::mood) STORED)": [
        "type_name public.mood", "routine_name public.f", "column public.t.b"],
    "CREATE TABLE t (LIKE app.u)": ["relation_name app.u"],
    "CREATE TABLE t (a int) INHERITS (u)": ["table public.u", "relation_name public.u"],
    "CREATE TABLE t PARTITION OF app.u FOR VALUES FROM (f(1), MINVALUE) TO ('x', 2)": [
        "table app.u", "relation_name app.u", "routine_name public.f"],
    "CREATE TABLE t () PARTITION BY RANGE (a, f(b) COLLATE app.german)": [
        "column public.t.a", "routine_name public.f", "column public.t.b", "collation app.german"],
    "ALTER TABLE p ATTACH PARTITION app.t DEFAULT": [
        "table public.p", "table app.t", "relation_name app.t", "relation_name public.p"],
    "CREATE INDEX i ON ONLY t (a)": [
        "table public.t", "relation_name public.t", "partitions public.t", "column public.t.a"],
    "ALTER TABLE ONLY t ADD PRIMARY KEY (a)": [
        "table public.t", "partitions public.t", "column public.t.a"],
    "ALTER INDEX app.i ATTACH PARTITION app.j": ["relation_name app.i", "relation_name app.j"],
    "ALTER TABLE t INHERIT app.p": [
        "table public.t", "table app.p", "relation_name app.p", "relation_name public.t"],
    "CREATE TABLE t OF app.rec": ["type_name app.rec"],
    "CREATE UNIQUE INDEX ON t (a, f(b)) INCLUDE (c) WHERE d > 0": [
        "table public.t", "relation_name public.t", "column public.t.a", "column public.t.c",
        "routine_name public.f", "column public.t.b", "column public.t.d"],
    "CREATE TRIGGER g BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (NEW.b > 0) EXECUTE FUNCTION f()": [
        "table public.t", "function public.f()", "column public.t.a", "column public.t.b"],
    "CREATE TRIGGER g INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION app.f()": [
        "relation_name public.v", "function app.f()"],
    "CREATE FUNCTION f(a mood DEFAULT g()) RETURNS SETOF app.t LANGUAGE plperl AS ''": [
        "type_name public.mood", "type_name app.t", "routine_name public.g",
        "extension plperl", "language plperl"],
    "CREATE EXTENSION x WITH SCHEMA app": ["schema app"],
    "CREATE SEQUENCE s OWNED BY app.t.id": ["column app.t.id"],
    "ALTER SEQUENCE s OWNED BY t.id": ["sequence public.s", "column public.t.id"],
    "ALTER TABLE app.t ADD FOREIGN KEY (a) REFERENCES u (b)": [
        "table app.t", "column app.t.a", "table public.u", "column public.u.b"],
    "ALTER TABLE t ALTER a TYPE mood USING f(b)": [
        "table public.t", "column public.t.a", "type_name public.mood", "routine_name public.f",
        "column public.t.b"],
    "ALTER TABLE t ALTER a SET NOT NULL": ["table public.t", "column public.t.a"],
    "ALTER TABLE t VALIDATE CONSTRAINT c": ["table public.t", "constraint public.t.c"],
    "ALTER TABLE t DISABLE TRIGGER g": ["table public.t", "trigger public.t.g"],
    "ALTER TYPE mood ADD VALUE 'x'": ["enum public.mood"],
    "ALTER FUNCTION app.f(int) STABLE": ["function app.f(integer)"],
    "COMMENT ON CONSTRAINT c ON app.t IS 'x'": ["constraint app.t.c"],
    "CREATE POLICY p ON app.t TO bob USING (EXISTS (SELECT FROM u WHERE u.a = f(t.a)))": [
        "table app.t", "relation_name public.u", "column public.u.a", "routine_name public.f",
        "column app.t.a", "role_name bob"],
    "ALTER POLICY p ON t TO bob, PUBLIC": ["table public.t", "role_name bob", "policy public.t.p"],
    "CREATE RULE r AS ON INSERT TO app.t DO NOTHING": ["relation_name app.t"],
    "GRANT SELECT ON t TO bob, PUBLIC": ["role_name bob", "relation_name public.t"],
    "GRANT eve TO bob GRANTED BY adam": [
        "role_name bob", "role_name adam", "role_name eve", "role bob"],
    "ALTER DEFAULT PRIVILEGES FOR ROLE eve GRANT SELECT ON TABLES TO bob": [
        "role_name eve", "role_name bob"],
    "ALTER TABLE t OWNER TO bob": ["table public.t", "role_name bob"],
    "ALTER FUNCTION f() OWNER TO bob": ["function public.f()", "role_name bob"],
    "REASSIGN OWNED BY eve TO CURRENT_USER": ["role_name eve"],
    "CREATE SCHEMA AUTHORIZATION bob": ["role_name bob"],
    "ALTER ROLE bob SET work_mem = 1": ["role_name bob", "role bob"],
    "TRUNCATE t, app.u": ["table public.t", "table app.u"],
    "DELETE FROM app.t": ["table app.t"],
    "CREATE TYPE app.c AS (a mood, b text COLLATE german, c app.d[])": [
        "type_name public.mood", "collation public.german", "type_name app.d"],
    "ALTER TYPE app.c ADD ATTRIBUTE b mood, ALTER ATTRIBUTE a TYPE d": [
        "composite_type app.c", "type_name public.mood", "type_name public.d"],
    "CREATE TYPE r AS RANGE (SUBTYPE = mood, COLLATION = app.german, SUBTYPE_DIFF = app.f)": [
        "type_name public.mood", "collation app.german", "routine_name app.f"],
    "CREATE COLLATION c FROM app.d": ["collation app.d"],
    "CREATE TABLE t (a text COLLATE app.german)": ["collation app.german"],
    "CREATE DOMAIN d AS mood": ["type_name public.mood"],
    "CREATE DOMAIN d AS text COLLATE app.german DEFAULT f() CHECK (g(VALUE))": [
        "collation app.german", "routine_name public.f", "routine_name public.g"],
    "ALTER DOMAIN app.d SET DEFAULT f()": ["domain app.d", "routine_name public.f"],
    "ALTER DOMAIN app.d VALIDATE CONSTRAINT k": ["domain app.d", "domain_check app.d.k"],
    "COMMENT ON TYPE app.y IS 'x'": ["type_name app.y"],
}  # fmt: skip


@pytest.mark.parametrize("sql", REQUIRES)
def test_what_is_required(sql: str, only: Callable[[str], Statement]) -> None:
    assert said(only(sql).requires, names=True) == REQUIRES[sql]


DROPS = {
    "DROP TABLE a, app.b": ["table public.a", "table app.b"],
    "DROP INDEX app.i": ["relation_name app.i"],
    "DROP FUNCTION f(int, text)": ["function public.f(integer, text)"],
    "DROP FUNCTION f": ["routine_name public.f"],
    "DROP TRIGGER g ON app.t": ["trigger app.t.g"],
    "DROP TYPE mood": ["type public.mood"],
    "DROP DOMAIN app.d": ["domain app.d"],
    "DROP COLLATION app.c": ["collation app.c"],
    "ALTER TYPE app.c DROP ATTRIBUTE a": ["column app.c.a"],
    "ALTER DOMAIN d DROP CONSTRAINT k": ["domain_check public.d.k"],
    "DROP SCHEMA app": ["schema app"],
    "DROP EXTENSION citext": ["extension citext"],
    "DROP POLICY p ON t": ["policy public.t.p"],
    "DROP MATERIALIZED VIEW m": ["materialized_view public.m"],
    "DROP OWNED BY bob": [],
    "ALTER TABLE t DROP COLUMN a, DROP CONSTRAINT c": [
        "column public.t.a", "constraint public.t.c"],
    "ALTER TABLE t ALTER a DROP DEFAULT": ["default public.t.a"],
    "COMMENT ON TABLE t IS NULL": ["comment table.public.t"],
    "ALTER TABLE p DETACH PARTITION app.t CONCURRENTLY": ["partition app.t"],
    "ALTER TABLE app.t NO INHERIT p": ["inheritance app.t"],
}  # fmt: skip


@pytest.mark.parametrize("sql", DROPS)
def test_what_is_dropped(sql: str, only: Callable[[str], Statement]) -> None:
    assert said(only(sql).drops, names=True) == DROPS[sql]


CLASSES = {
    "CREATE TABLE t ()": ("create", "table", ""),
    "CREATE INDEX ON t (a)": ("create", "index", ""),
    "CREATE VIEW v AS SELECT 1": ("create", "view", ""),
    "CREATE FUNCTION f() RETURNS int RETURN 1": ("create", "routine", ""),
    "CREATE PROCEDURE f() LANGUAGE sql AS ''": ("create", "routine", ""),
    "CREATE TYPE e AS ENUM ()": ("create", "type", ""),
    "CREATE SEQUENCE s": ("create", "sequence", ""),
    "CREATE SCHEMA s": ("create", "schema", ""),
    "CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()": ("create", "trigger", ""),
    "CREATE POLICY p ON t": ("create", "policy", ""),
    "CREATE MATERIALIZED VIEW m AS SELECT 1": ("create", "view", "derived"),
    "ALTER TABLE t ADD a int": ("alter", "table", ""),
    "ALTER VIEW v ALTER a SET DEFAULT 1": ("alter", "view", "default"),
    "ALTER INDEX i SET (fillfactor = 70)": ("alter", "index", ""),
    "ALTER TABLE t RENAME a TO b": ("alter", "table", ""),
    "ALTER VIEW v RENAME TO w": ("alter", "view", ""),
    "ALTER FUNCTION f() OWNER TO bob": ("alter", "routine", "rights"),
    "ALTER TABLE t OWNER TO bob": ("alter", "table", "rights"),
    "CREATE SCHEMA s AUTHORIZATION bob": ("create", "schema", "rights"),
    "DROP TABLE IF EXISTS t CASCADE": ("drop", "table", "cascade if_exists"),
    "DROP INDEX CONCURRENTLY i": ("drop", "index", "concurrently"),
    "DROP VIEW v": ("drop", "view", ""),
    "DROP ROLE bob": ("drop", "other", ""),
    "COMMENT ON TABLE t IS 'x'": ("comment", "comment", ""),
    "TRUNCATE t CASCADE": ("truncate", "table", "cascade"),
    "DELETE FROM t": ("delete", "table", ""),
    "DELETE FROM t WHERE a = 1": ("delete", "table", "where"),
    "UPDATE t SET a = 1 WHERE a = 2": ("update", "table", "where"),
    "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE": ("update", "table", ""),
    "INSERT INTO t VALUES (1)": ("insert", "table", ""),
    "COPY t FROM STDIN": ("insert", "table", ""),
    "COPY t TO STDOUT": ("other", "table", ""),
    "BEGIN": ("transaction", "other", ""),
    "SAVEPOINT a": ("transaction", "other", ""),
    "SET search_path = a": ("set", "other", ""),
    "RESET ALL": ("set", "other", ""),
    "GRANT SELECT ON t TO bob": ("grant", "other", "rights"),
    "REVOKE bob FROM eve": ("grant", "other", ""),
    "SELECT 1": ("other", "other", ""),
    "DO $$ BEGIN END $$": ("other", "other", ""),
    "VACUUM": ("other", "other", ""),
    "CREATE TABLE IF NOT EXISTS t (a int)": ("create", "table", "if_not_exists"),
    "CREATE SCHEMA IF NOT EXISTS s": ("create", "schema", "if_not_exists"),
    "CREATE EXTENSION IF NOT EXISTS x": ("create", "other", "if_not_exists"),
    "CREATE SEQUENCE IF NOT EXISTS s": ("create", "sequence", "if_not_exists"),
    "CREATE INDEX IF NOT EXISTS i ON t (a)": ("create", "index", "if_not_exists"),
    "CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT 1": (
        "create", "view", "derived if_not_exists"),
    "ALTER TYPE e ADD VALUE IF NOT EXISTS 'a'": ("alter", "type", "if_not_exists"),
    "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int": ("alter", "table", "if_not_exists"),
    "ALTER TABLE IF EXISTS t DROP a": ("alter", "table", "if_exists"),
    "CREATE OR REPLACE VIEW v AS SELECT 1": ("create", "view", "or_replace"),
    "CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 1": ("create", "routine", "or_replace"),
    "CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()": (
        "create", "trigger", "or_replace"),
    "CREATE INDEX CONCURRENTLY ON t (a)": ("create", "index", "concurrently"),
    "CREATE TABLE t (a int PRIMARY KEY)": ("create", "table", "primary_key"),
    "CREATE TABLE t (a int REFERENCES u)": ("create", "table", "foreign_key"),
    "ALTER TABLE t ADD a int NOT NULL DEFAULT 1": ("alter", "table", "default not_null"),
    "CREATE TABLE t (LIKE u)": ("create", "table", "derived"),
    "CREATE TABLE t () INHERITS (u)": ("create", "table", "derived"),
    "CREATE TABLE t AS SELECT 1": ("create", "table", "derived"),
}  # fmt: skip


CHANGING_QUERIES = {
    "WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x": ("delete", ""),
    "WITH y AS (SELECT 1), x AS (DELETE FROM t WHERE a = 1) SELECT 1": ("delete", "where"),
    "WITH x AS (UPDATE t SET a = 1 RETURNING a) SELECT * FROM x": ("update", ""),
    "WITH x AS (INSERT INTO t VALUES (1) RETURNING a) SELECT * FROM x": ("insert", ""),
    "WITH x AS (SELECT 1) SELECT * FROM x": ("other", ""),
}


@pytest.mark.parametrize("sql", CHANGING_QUERIES)
def test_a_query_that_changes_rows_in_its_with_says_so(
    sql: str, only: Callable[[str], Statement]
) -> None:
    found = only(sql)
    verb, modifiers = CHANGING_QUERIES[sql]
    assert (found.verb, " ".join(found.modifiers)) == (verb, modifiers)
    assert [item.ref.name for item in found.requires[:1]] == ([] if verb == "other" else ["t"])


@pytest.mark.parametrize("sql", CLASSES)
def test_verb_role_and_modifiers(sql: str, only: Callable[[str], Statement]) -> None:
    found = only(sql)
    assert (found.verb, found.role, " ".join(sorted(found.modifiers))) == CLASSES[sql]


def test_places_are_those_of_the_things_themselves(parsed: Callable[[str], Parsed]) -> None:
    sql = """-- é𝄞
/* first */ CREATE TABLE é𝄞 (
  "𝄞" integer, b text DEFAULT 'x',
  CONSTRAINT k CHECK (b <> ''),
  FOREIGN KEY ("𝄞") REFERENCES app.u (x)
);  CREATE VIEW v AS
  SELECT 1;"""
    table, view = parsed(sql).statements
    places = {said([d])[0]: (d.span.line, d.span.column) for d in table.declares if said([d])}
    assert places == {
        "table public.é𝄞": (2, 26),
        "column public.é𝄞.𝄞": (3, 3),
        "column public.é𝄞.b": (3, 16),
        "default public.é𝄞.b": (3, 23),
        "check public.é𝄞.k": (4, 3),
        "foreign_key public.é𝄞.é𝄞_𝄞_fkey": (5, 3),
    }
    required = {said([d])[0]: (d.span.line, d.span.column) for d in table.requires if said([d])}
    assert required["table app.u"] == (5, 32)
    assert (table.span.line, table.span.column) == (2, 13)
    assert (view.span.line, view.span.column) == (6, 5)
    assert view.sql == "CREATE VIEW v AS\n  SELECT 1"
    assert [table.position, view.position] == [0, 1]


def test_keys_say_which_columns_they_are_on(only: Callable[[str], Statement]) -> None:
    found = only(
        "CREATE TABLE t (a int, b int, UNIQUE (b, a), FOREIGN KEY (a, b) REFERENCES u (y, x))"
    )
    of = {d.ref.noun: d.of for d in found.declares if d.role == "constraint"}
    assert of == {"unique": ("b", "a"), "foreign key": ("a", "b")}
    assert [d.of for d in found.requires if d.role == "table"] == [("y", "x")]


def test_a_column_tells_its_type(only: Callable[[str], Statement]) -> None:
    types = {
        "int": "integer",
        "varchar(20)": "character varying(20)",
        "numeric(10,2)[]": "numeric(10,2)[]",
        "timestamptz(3)": "timestamp(3) with time zone",
        "interval day to second(3)": "interval day to second(3)",
        "bigserial": "bigint",
        "char": "character(1)",
        '"char"': '"char"',
        'app."Mood"[][]': 'app."Mood"[]',
        "geometry(Point, 4326)": "public.geometry(point,4326)",
    }
    columns = ", ".join(f"c{number} {type_}" for number, type_ in enumerate(types))
    found = only(f"CREATE TABLE t ({columns})")
    assert [d.detail for d in found.declares if d.role == "column"] == list(types.values())


def test_constraints_are_found_again_by_name(parsed: Callable[[str], Parsed]) -> None:
    found = parsed(
        "CREATE TABLE t (a int UNIQUE); CREATE INDEX i ON t (a); CREATE FUNCTION f(a int) "
        "RETURNS int RETURN 1; ALTER TABLE t DROP CONSTRAINT t_a_key; DROP INDEX i; DROP FUNCTION f"
    )
    drops = [said(statement.drops) for statement in found.statements[3:]]
    assert drops == [
        ["unique public.t.t_a_key"],
        ["index public.t.i"],
        ["function public.f(integer)"],
    ]
