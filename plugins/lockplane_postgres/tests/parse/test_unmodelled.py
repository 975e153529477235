"""What no kind models is named in words; nothing of the grammar is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pglast.ast
import pytest

from lockplane_postgres.parse.statements import READINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.model.statement import Statement

DECLARES_NOTHING = {
    "CallStmt", "CheckPointStmt", "ClosePortalStmt", "ClusterStmt", "DeallocateStmt",
    "DeclareCursorStmt", "DoStmt", "ExecuteStmt", "ExplainStmt", "FetchStmt", "ListenStmt",
    "LoadStmt", "LockStmt", "NotifyStmt", "PrepareStmt", "ReindexStmt", "UnlistenStmt",
    "VacuumStmt", "VariableShowStmt",
}  # fmt: skip
"""Statements that act: the core refuses them in schema files since they declare nothing."""

NO_STATEMENTS = {"PLAssignStmt", "RawStmt", "ReplicaIdentityStmt", "ReturnStmt", "SetOperationStmt"}
"""Parts of other statements."""


def test_every_class_of_the_grammar_is_accounted_for() -> None:
    grammar = {name for name in dir(pglast.ast) if name.endswith("Stmt")}
    assert grammar - NO_STATEMENTS - DECLARES_NOTHING == set(READINGS)


UNMODELLED = {
    "CREATE TEMP TABLE t (a int)": "a temporary table",
    "CREATE TABLE t OF r": "a typed table (OF)",
    "CREATE TABLE t (a int NOT NULL NO INHERIT)": "NOT NULL … NO INHERIT",
    "CREATE TABLE t AS SELECT 1": "CREATE TABLE AS",
    "CREATE TEMP VIEW v AS SELECT 1": "a temporary view",
    "CREATE TEMP SEQUENCE s": "a temporary sequence",
    "CREATE POLICY p ON t TO CURRENT_USER": (
        "CURRENT_USER (name the role: on a scratch it is another one)"
    ),
    "ALTER TABLE t OWNER TO CURRENT_USER": (
        "CURRENT_USER (name the role: on a scratch it is another one)"
    ),
    "ALTER TABLE t CLUSTER ON i": "a clustered index (CLUSTER ON)",
    "ALTER INDEX i ALTER 1 SET STATISTICS 10": "a statistics target of an index (SET STATISTICS)",
    "ALTER TABLE t RENAME TO u": "RENAME",
    "ALTER TABLE t SET SCHEMA app": "SET SCHEMA",
    "ALTER SCHEMA public OWNER TO bob": ("the owner of schema public, which is the server's own"),
    "CREATE SCHEMA app AUTHORIZATION bob": "an owner (AUTHORIZATION)",
    "ALTER COLLATION c REFRESH VERSION": "the version of a collation",
    "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p": (
        "a subscription that connects at once (write WITH (connect = false, …))"
    ),
    "CREATE FOREIGN TABLE t PARTITION OF p DEFAULT SERVER s": (
        "a partition that is a foreign table (PARTITION OF)"
    ),
    "CREATE FOREIGN TABLE t () INHERITS (p) SERVER s": "an inheriting foreign table (INHERITS)",
    "IMPORT FOREIGN SCHEMA x FROM SERVER s INTO y": "IMPORT FOREIGN SCHEMA",
    "ALTER OPERATOR FAMILY pg_catalog.integer_ops USING btree ADD OPERATOR 1 < (int, text)": (
        "a member of a family of the server's own"
    ),
    "CREATE RULE r AS ON SELECT TO t DO INSTEAD SELECT 1": (
        "a table that becomes a view (ON SELECT)"
    ),
    "CREATE ROLE bob PASSWORD 'x'": (
        "PASSWORD (give the role one by hand: \\password in psql keeps it out of every file)"
    ),
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob": (
        "ALTER DEFAULT PRIVILEGES of whoever runs it (say FOR ROLE)"
    ),
    "SECURITY LABEL ON TABLE t IS 'x'": (
        "a security label (its provider is loaded into one server: set it there by hand)"
    ),
    "ALTER ROLE ALL SET jit = off": (
        "a setting of all roles in all databases of the server (say IN DATABASE)"
    ),
    "ALTER DATABASE d SET jit FROM CURRENT": (
        "FROM CURRENT (write the value: on a scratch it is another one)"
    ),
    "ALTER EXTENSION x UPDATE": "the version of an extension",
}


@pytest.mark.parametrize("sql", UNMODELLED)
def test_what_no_kind_models_is_named(sql: str, only: Callable[[str], Statement]) -> None:
    assert only(sql).unsupported == UNMODELLED[sql]


MODELLED = [
    "ALTER TABLE t REPLICA IDENTITY USING INDEX i",
    "CREATE AGGREGATE a (int ORDER BY text) (SFUNC = f, STYPE = int, SORTOP = <)",
    "COMMENT ON AGGREGATE a (*) IS 'x'",
    "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (new.a); NOTIFY n)",
    "ALTER TABLE t ENABLE ALWAYS RULE r",
    "COMMENT ON RULE r ON t IS 'x'",
    "CREATE STATISTICS s ON a, (b + 1) FROM t",
    "ALTER STATISTICS s SET STATISTICS 5",
    "CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION f()",
    "ALTER EVENT TRIGGER e DISABLE",
    "CREATE PUBLICATION p FOR TABLE t (a) WHERE (a > 1), TABLES IN SCHEMA s",
    "ALTER PUBLICATION p DROP TABLE t",
    "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = off)",
    "CREATE TYPE b (INPUT = f, OUTPUT = g)",
    "ALTER TYPE b SET (SEND = f)",
    "CREATE TABLE t (a int PRIMARY KEY USING INDEX TABLESPACE x) TABLESPACE y",
    "CREATE INDEX ON t (a) TABLESPACE x",
    "CREATE MATERIALIZED VIEW m TABLESPACE x AS SELECT 1",
    "ALTER INDEX i SET TABLESPACE x",
    "COMMENT ON SUBSCRIPTION s IS 'x'",
    "CREATE CAST (int AS e) WITHOUT FUNCTION",
    "COMMENT ON CAST (int AS e) IS 'x'",
    "CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM f",
    "CREATE OPERATOR === (FUNCTION = f, RIGHTARG = int)",
    "ALTER OPERATOR === (NONE, int) SET (RESTRICT = NONE)",
    "CREATE OPERATOR CLASS o FOR TYPE int USING btree AS OPERATOR 1 < (int, int), STORAGE int",
    "COMMENT ON OPERATOR CLASS o USING btree IS 'x'",
    "ALTER OPERATOR FAMILY f USING btree ADD FUNCTION 1 (int, int) g(int, int)",
    "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)",
    "ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word WITH d",
    "ALTER TEXT SEARCH DICTIONARY d (language)",
    "CREATE LANGUAGE x HANDLER h",
    "CREATE TRANSFORM FOR t LANGUAGE l (TO SQL WITH FUNCTION f(internal))",
    "COMMENT ON TRANSFORM FOR t LANGUAGE l IS 'x'",
    "CREATE ACCESS METHOD m TYPE INDEX HANDLER h",
    "CREATE FOREIGN DATA WRAPPER w HANDLER h OPTIONS (a 'b')",
    "ALTER SERVER s OPTIONS (ADD x 'y')",
    "CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (password 'p')",
    "CREATE FOREIGN TABLE t (a int OPTIONS (x 'y') DEFAULT 1, CHECK (a > 0)) SERVER s",
    "ALTER FOREIGN TABLE t ADD COLUMN b int, OPTIONS (ADD c 'd')",
    "CREATE UNLOGGED TABLE t (a int) USING heap WITH (fillfactor = 70)",
    "CREATE TABLE t (LIKE u INCLUDING ALL)",
    "ALTER TABLE t SET (fillfactor = 70), SET UNLOGGED, DISABLE TRIGGER g",
    "ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY, ALTER b DROP EXPRESSION",
    "CREATE INDEX ON t USING gin (a gin_trgm_ops) WITH (fastupdate = off)",
    "CREATE MATERIALIZED VIEW m USING heap WITH (fillfactor = 70) AS SELECT 1 WITH NO DATA",
    "CREATE DOMAIN d AS int DEFAULT 1 NOT NULL CHECK (VALUE > 0)",
    "ALTER DOMAIN d ADD CHECK (VALUE > 0) NOT VALID",
    "COMMENT ON CONSTRAINT c ON DOMAIN d IS 'x'",
    'CREATE TYPE c AS (a int, b text COLLATE "C")',
    "ALTER TYPE c ADD ATTRIBUTE b d",
    "CREATE TABLE t (a text STORAGE plain COMPRESSION lz4)",
    "ALTER TABLE t ALTER a SET STATISTICS 10, ALTER a SET STORAGE plain",
    "ALTER TABLE t ALTER a SET (n_distinct = 5), ALTER a RESET (n_distinct)",
    "CREATE TYPE r AS RANGE (SUBTYPE = int)",
    "CREATE COLLATION c (provider = icu, locale = 'de')",
    "COMMENT ON COLLATION c IS 'x'",
    "ALTER MATERIALIZED VIEW m SET (fillfactor = 70)",
    "COMMENT ON MATERIALIZED VIEW m IS 'x'",
    "CREATE VIEW v WITH (security_barrier) AS SELECT 1 WITH CHECK OPTION",
    "CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    "ALTER TYPE e RENAME VALUE 'a' TO 'b'",
    "CREATE POLICY p ON t AS RESTRICTIVE FOR UPDATE TO bob, PUBLIC USING (true) WITH CHECK (true)",
    "ALTER POLICY p ON t TO PUBLIC USING (true)",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    "ALTER TABLE t DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY",
    "COMMENT ON POLICY p ON t IS 'x'",
    "DROP POLICY p ON t",
    "ALTER DATABASE d SET search_path TO a, b",
    "ALTER ROLE bob IN DATABASE d SET TIME ZONE 'UTC'",
    "ALTER ROLE bob SET jit = off",
    "CREATE ROLE bob LOGIN IN ROLE a ROLE b ADMIN c",
    "ALTER ROLE bob NOLOGIN",
    "GRANT a TO b WITH ADMIN OPTION",
    "COMMENT ON ROLE bob IS 'x'",
    "BEGIN",
    "DO $$ BEGIN END $$",
]


@pytest.mark.parametrize("sql", MODELLED)
def test_what_is_modelled_or_refused_by_its_verb_is_not_named(
    sql: str, only: Callable[[str], Statement]
) -> None:
    assert only(sql).unsupported == ""
