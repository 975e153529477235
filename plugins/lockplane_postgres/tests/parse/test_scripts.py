"""Any script is read as psql reads it, statement by statement, for a server without psql."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.model.statement import Document
from lockplane_postgres import parse

if TYPE_CHECKING:
    from lockplane_postgres.session import PgSession

DUMP = r"""--
-- PostgreSQL database dump é𝄞
--

\restrict qLX4Y8

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE TABLE public.t (
    id integer,
    note text DEFAULT ';'::text -- ; not here
);

COPY public.t (id, note) FROM stdin;
1	it's; "here"
2	\N
3	\\.
\.


CREATE FUNCTION public.f() RETURNS integer
    LANGUAGE plpgsql
    AS $$ BEGIN RETURN 1; END; $$;

CREATE FUNCTION public.g() RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
     SELECT 1;
    END;

\unrestrict qLX4Y8
"""


def test_a_dump_comes_apart_without_its_rows() -> None:
    found = parse.split_script(DUMP)
    assert [(sql.split("\n")[0], line) for sql, line in found.statements] == [
        ("SET statement_timeout = 0", 7),
        ("SELECT pg_catalog.set_config('search_path', '', false)", 8),
        ("CREATE TABLE public.t (", 10),
        ("CREATE FUNCTION public.f() RETURNS integer", 22),
        ("CREATE FUNCTION public.g() RETURNS integer", 26),
    ]
    assert [(note.line, note.words) for note in found.notices] == [
        (15, "3 rows for public.t (id, note) (COPY)")
    ]
    assert found.refused == ()


def test_a_script_makes_no_scratch_a_subscriber() -> None:
    found = parse.split_script(
        "CREATE TABLE subscription (id integer);\n"
        "CREATE SUBSCRIPTION s CONNECTION 'host=h' PUBLICATION p;\n"
        "comment on subscription s is 'x';\nALTER TABLE subscription ADD n integer;\n"
        "ALTER SUBSCRIPTION s ENABLE;\nALTER SUBSCRIPTION s SET (failover);\n"
        "CREATE SUBSCRIPTION t CONNECTION 'host=h' PUBLICATION p WITH (connect = false);\n"
        "ALTER SUBSCRIPTION t OWNER TO bob;\nDROP SUBSCRIPTION s;"
    )
    assert [line for _, line in found.statements] == [1, 3, 4, 7, 8]
    assert [(note.line, note.words) for note in found.notices] == [
        (5, "ALTER SUBSCRIPTION … ENABLE, as whether it runs is no schema")
    ]
    assert [(note.line, note.words) for note in found.refused] == [
        (2, "CREATE SUBSCRIPTION"), (6, "ALTER SUBSCRIPTION"), (9, "DROP SUBSCRIPTION"),
    ]  # fmt: skip


def test_a_server_takes_a_dump(session: PgSession) -> None:
    for sql, _ in parse.split_script(DUMP).statements:
        session.execute(sql)
    assert session.query("SELECT public.f() + public.g()") == [(2,)]


def test_a_script_tells_what_it_declares_and_what_is_left_out() -> None:
    found = parse.script(Document("dump.sql", DUMP))
    table = found.statements[2]
    assert (table.verb, table.role, table.span.line) == ("create", "table", 10)
    assert [d.ref.name for d in table.declares if d.role == "column"] == ["id", "note"]
    assert [(f.severity, f.message, str(f.span)) for f in found.errors] == [
        ("info", "left out: 3 rows for public.t (id, note) (COPY)", "dump.sql:15:1")
    ]


REFUSED = {
    "\\connect other": "\\connect (it goes to another database) can not be done without psql",
    "\\c": "\\c (it goes to another database) can not be done without psql",
    "\\i other.sql": "\\i (it runs another file) can not be done without psql",
    "\\if true": "\\if (what follows depends on psql) can not be done without psql",
    "SELECT 'SELECT 1' \\gexec": "\\gexec (it runs SQL that a query puts together) "
    "can not be done without psql",
    "\\frobnicate": "\\frobnicate (only psql understands it) can not be done without psql",
    "\\set s app\nCREATE TABLE :s.t ();": "the variable :s can not be done without psql",
    "\\set s app\nSELECT :'s';": "the variable :s can not be done without psql",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_only_psql_can_do_is_an_error(sql: str) -> None:
    found = parse.script(Document("f", sql))
    assert REFUSED[sql] in [f.message for f in found.errors if f.is_error]


SPLIT = {
    "SELECT 1; SELECT 2": ["SELECT 1", "SELECT 2"],
    "SELECT 1\\;SELECT 2;": ["SELECT 1", "SELECT 2"],
    "SELECT 1\\g\nSELECT 2\\gx\n": ["SELECT 1", "SELECT 2"],
    ";;SELECT 1;;": ["SELECT 1"],
    "-- only\n/* comments */": [],
    "\\echo it's; fine\nSELECT 1;": ["SELECT 1"],
    "\\set x 1\nSELECT a[1:x], b::x;": ["SELECT a[1:x], b::x"],
    "SELECT 1;\n\\q\nSELECT 2;": ["SELECT 1"],
    "COPY t TO STDOUT; SELECT 1;": ["SELECT 1"],
    "COPY t FROM STDIN;\n1\n": [],
    "copy t (a) from stdin with csv;\r\n1;2\r\n\\.\r\nSELECT 1;": ["SELECT 1"],
    "COPY t FROM '/x'; SELECT 1;": ["COPY t FROM '/x'", "SELECT 1"],
    "SELECT broken from from; SELECT 1;": ["SELECT broken from from", "SELECT 1"],
    "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b); SELECT 1;": [
        "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)", "SELECT 1"],
    "SELECT '\\connect x'; -- \\connect y\nSELECT 1;": ["SELECT '\\connect x'", "SELECT 1"],
}  # fmt: skip


@pytest.mark.parametrize("sql", SPLIT)
def test_statements_are_those_that_psql_would_send(sql: str) -> None:
    assert [text for text, _ in parse.split_script(sql).statements] == SPLIT[sql]


def test_a_statement_that_does_not_parse_is_left_to_the_server() -> None:
    found = parse.script(Document("f", "SELECT 1;\n  SELEC 2;"))
    assert [(s.verb, s.sql, str(s.span)) for s in found.statements] == [
        ("other", "SELECT 1", "f:1:1"),
        ("other", "SELEC 2", "f:2:3"),
    ]
    assert found.errors == ()
