"""What PostgreSQL's users are told and shown: places, names, and who is in the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.testing.shell import Shell

    Sql = Callable[..., list[tuple[Any, ...]]]


def test_a_column_has_a_line_of_its_own(pg: Shell) -> None:
    pg.write(
        "s.lp.sql",
        "CREATE TYPE short AS ENUM ('a', 'b');\n"
        f"CREATE TYPE long AS ENUM ({', '.join(repr(c * 20) for c in 'abcde')});\n"
        "CREATE TABLE t (id bigint PRIMARY KEY, s short DEFAULT 'a',\n"
        "  note text DEFAULT 'two\n  l');\n"
        "CREATE TABLE nothing ();\n",
    )
    text = pg("introspect", "s.lp.sql", "--format", "sql").succeeded().out
    assert "AS ENUM ('a', 'b');" in text
    assert "AS ENUM (\n  'aaaaaaaaaaaaaaaaaaaa',\n" in text
    assert "CREATE TABLE nothing ();" in text
    assert "CREATE TABLE t (\n  id bigint NOT NULL,\n  s public.short DEFAULT" in text
    assert "'two\n  l'::text,\n  CONSTRAINT t_pkey PRIMARY KEY (id)\n);" in text
    pg.write("again.lp.sql", text)
    assert pg("diff", "s.lp.sql", "again.lp.sql").succeeded().json == {}


def test_who_holds_a_lock_is_named(pg: Shell, main: str) -> None:
    pg.write("s.lp.sql", "CREATE TABLE t (id bigint PRIMARY KEY);\n")
    pg("apply", "--auto-approve", "--to", "s.lp.sql").succeeded()
    pg.write("s.lp.sql", "CREATE TABLE t (id bigint PRIMARY KEY, a integer);\n")
    with psycopg.connect(main, application_name="nightly report") as other:
        other.execute("SELECT FROM t")
        pid = other.info.backend_pid
        done = pg("apply", "--auto-approve", "--to", "s.lp.sql")
    done.refused("lock timeout", f"t is locked by process {pid}", "nightly report", code=75)
    assert done.json["error"]["code"] == "busy"
    pg("apply", "--auto-approve", "--to", "s.lp.sql").succeeded()


def test_no_scratch_becomes_a_subscriber(pg: Shell) -> None:
    sql = "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p"
    plan = {"steps": [{"description": "Subscribe", "sql": sql}]}
    pg.write("plan.json", json.dumps(plan))
    for words in (
        ("apply", "plan.json"),
        ("apply", "plan.json", "--trust-sql"),
        ("rollback", "plan.json"),
    ):
        pg(*words).refused("step 1 (Subscribe) must not run on a scratch", "--skip-shadow")


def test_a_plan_by_hand_is_judged_before_it_runs_on_somebody_s_server(pg: Shell) -> None:
    sql = "DO $$ BEGIN PERFORM 1; END $$"
    pg.write("plan.json", json.dumps({"steps": [{"description": "Do it", "sql": sql}]}))
    pg("apply", "plan.json").refused("step 1 (Do it)", "a DO block", "--trust-sql")
    pg("apply", "plan.json", "--trust-sql").succeeded()
    pg("apply", "plan.json", SHADOW_DATABASE_URL="").succeeded()


def test_a_value_more_harms_nothing_that_nobody_models(pg: Shell, sql: Sql) -> None:
    pg.write("s.lp.sql", "CREATE TYPE mood AS ENUM ('a');\nCREATE TYPE c AS (m mood);\n")
    pg("apply", "--auto-approve", "--to", "s.lp.sql").succeeded()
    sql("CREATE TABLE o OF c")
    sql("CREATE VIEW v AS SELECT m FROM o WHERE m = 'a'::mood")
    pg.write("s.lp.sql", "CREATE TYPE mood AS ENUM ('a', 'b');\nCREATE TYPE c AS (m mood);\n")
    done = pg("plan", "--to", "s.lp.sql").succeeded()
    assert done.descriptions == ["Add value 'b' to enum mood"]
    pg("apply", "--auto-approve", "--to", "s.lp.sql").succeeded()
    pg.write("s.lp.sql", "CREATE TYPE mood AS ENUM ('b', 'a');\nCREATE TYPE c AS (m mood);\n")
    pg("plan", "--to", "s.lp.sql").refused()


def test_an_error_in_a_body_has_the_line_that_the_server_tells(pg: Shell) -> None:
    body = "$$\nBEGIN\n\n  RAISE NOTICE '% %', 1;\nEND $$"
    pg.write("s.lp.sql", f"CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS {body};\n")
    pg("plan", "--to", "s.lp.sql").refused("Line 4: error: function public.g(): too few")


def test_an_extension_that_no_server_has_is_named_with_its_place(pg: Shell) -> None:
    pg.write("s.lp.sql", "-- first\nCREATE EXTENSION nosuch;\n")
    for url in ("", pg.env["SHADOW_DATABASE_URL"]):
        done = pg("plan", "--to", "s.lp.sql", SHADOW_DATABASE_URL=url)
        done.refused("nosuch is asked for at s.lp.sql:2")
