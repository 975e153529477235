"""Whatever reaches beyond one database is told, in words and with its line."""

from __future__ import annotations

import pytest

from lockplane_postgres import parse

RISKY = {
    "CREATE ROLE bob": "CREATE ROLE",
    "CREATE USER bob": "CREATE ROLE",
    "ALTER ROLE bob SUPERUSER": "ALTER ROLE",
    "ALTER ROLE bob SET work_mem = 1": "ALTER ROLE",
    "DROP ROLE bob": "DROP ROLE",
    "GRANT bob TO eve": "GRANT or REVOKE of a role",
    "REASSIGN OWNED BY bob TO eve": "REASSIGN OWNED",
    "DROP OWNED BY bob": "DROP OWNED",
    "CREATE DATABASE x": "CREATE DATABASE",
    "ALTER DATABASE x SET work_mem = 1": "ALTER DATABASE",
    "ALTER DATABASE x RENAME TO y": "a statement about a DATABASE",
    "COMMENT ON DATABASE x IS 'y'": "a statement about a DATABASE",
    "GRANT CREATE ON TABLESPACE x TO bob": "a statement about a TABLESPACE",
    "DROP DATABASE x": "DROP DATABASE",
    "CREATE TABLESPACE x LOCATION '/x'": "CREATE TABLESPACE",
    "ALTER SYSTEM SET fsync = off": "ALTER SYSTEM",
    "COPY t TO '/x'": "COPY with a file",
    "COPY t FROM PROGRAM 'x'": "COPY … PROGRAM",
    "COPY pg_authid FROM stdin": "a change of the system catalog pg_authid",
    "LOAD 'x'": "LOAD",
    "CREATE LANGUAGE x HANDLER h": "CREATE LANGUAGE",
    "CREATE EXTENSION plpython3u": "CREATE EXTENSION plpython3u",
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x', 'y'": "a function in language c",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'x'": (
        "a function in language plpython3u"
    ),
    "DO $$ BEGIN END $$": "a DO block",
    "SET ROLE bob": "SET ROLE",
    "SET SESSION AUTHORIZATION bob": "SET SESSION AUTHORIZATION",
    "SELECT set_config('role', 'x', false)": "set_config() of role",
    "SELECT set_config('ro' || 'le', 'x', false)": "set_config() of what can not be known",
    "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p": "CREATE SUBSCRIPTION",
    "CREATE SERVER s FOREIGN DATA WRAPPER w": "CREATE SERVER",
    "IMPORT FOREIGN SCHEMA a FROM SERVER s INTO b": "IMPORT FOREIGN SCHEMA",
    "SELECT dblink_exec('x', 'y')": "dblink_exec()",
    "SELECT lo_import('/x')": "lo_import()",
    "SELECT pg_catalog.pg_read_file('/x')": "pg_read_file()",
    "SELECT pg_ls_logdir()": "pg_ls_logdir()",
    "SELECT query_to_xml('DROP TABLE t', true, true, '')": "query_to_xml()",
    "CREATE VIEW v AS SELECT pg_terminate_backend(1)": "pg_terminate_backend()",
    "CREATE TABLE t (a text DEFAULT pg_read_file('x'))": "pg_read_file()",
    "CALL dblink_connect('x')": "dblink_connect()",
    "UPDATE pg_class SET relname = 'x'": "a change of the system catalog pg_class",
    "WITH x AS (DELETE FROM pg_catalog.pg_proc) SELECT 1": "a change of the system catalog pg_proc",
    "PREPARE TRANSACTION 'x'": "PREPARE TRANSACTION",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT pg_read_file('x') $$": (
        "pg_read_file()"
    ),
    "CREATE FUNCTION f() RETURNS text RETURN pg_read_file('x')": "pg_read_file()",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS "
    "$$ BEGIN EXECUTE 'DROP TABLE t'; END $$": "a function that runs SQL put together",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS "
    "$$ BEGIN CREATE ROLE bob; END $$": "CREATE ROLE",
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'broken'": (
        "a function with a body that can not be judged"
    ),
    "\\! ls": "\\! (it runs a program)",
    "\\!ls": "\\! (it runs a program)",
    "\\connect other": "\\connect (it goes to another database)",
    "\\copy t from 'x'": "\\copy (it reads or writes files)",
    "SELECT 1 \\g /tmp/x": "\\g (it writes files)",
    "this is broken": "a statement that does not parse",
    "SELECT 1\0; CREATE ROLE bob": "CREATE ROLE",
    "SELECT " + " || ".join(["a"] * 3000): "an expression too deep to be judged",
}


@pytest.mark.parametrize("sql", RISKY)
def test_a_risk_is_named(sql: str) -> None:
    assert any(risk.startswith(RISKY[sql]) for risk in parse.risks(sql))


HARMLESS = [
    "CREATE TABLE t (id serial PRIMARY KEY, a text DEFAULT nextval('s'))",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "CREATE EXTENSION citext",
    "COPY t FROM stdin",
    "SET search_path = x",
    "SELECT pg_catalog.set_config('search_path', '', false)",
    "GRANT SELECT ON t TO bob",
    "COMMENT ON TABLE t IS 'CREATE ROLE bob'",
    "INSERT INTO t VALUES ('ALTER SYSTEM SET x = 1')",
    "CREATE VIEW v AS SELECT relname FROM pg_class",
    "\\restrict abc\nCREATE TABLE t ();\n\\unrestrict abc\n",
]


@pytest.mark.parametrize("sql", HARMLESS)
def test_what_stays_in_its_database_is_none(sql: str) -> None:
    assert parse.risks(sql) == ()


def test_lines_are_those_of_the_script_and_come_in_order() -> None:
    sql = """CREATE TABLE t ();
CREATE VIEW v AS
  SELECT pg_read_file('x');
-- é𝄞
\\! ls
CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql
  AS $$ BEGIN EXECUTE 'x'; END $$;
"""
    assert [risk.rpartition(" in line ")[2] for risk in parse.risks(sql)] == ["3", "5", "7"]
