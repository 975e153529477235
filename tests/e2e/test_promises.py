"""Scenarios P13 to P15: dependencies, row security, and what a run keeps through a disturbance."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from lockplane_core.testing.shell import Shell

    Sql = Callable[..., list[tuple[Any, ...]]]

TANGLED = """\
CREATE TABLE "Order" (id int PRIMARY KEY, "group" text, a int REFERENCES a, own int REFERENCES "Order");
CREATE TABLE a (id int PRIMARY KEY, b int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b;
CREATE SCHEMA shop;
CREATE TABLE shop.a (id text PRIMARY KEY, a int REFERENCES public.a);
CREATE VIEW names AS SELECT "group" FROM "Order";
"""  # noqa: E501
GUARDED = """\
CREATE TABLE notes (id int PRIMARY KEY, owner text NOT NULL);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (owner = current_user);
"""
BRAKED = """\
CREATE TABLE brake (id int PRIMARY KEY);
CREATE FUNCTION slow(a int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF to_regclass('public.brake') IS NOT NULL THEN PERFORM pg_sleep(60) FROM public.brake; END IF;
  RETURN a;
END $$;
CREATE TABLE t (id int PRIMARY KEY, a int);
"""
"""While `brake` has a row, an index that calls slow() takes minutes."""
SLEEPING = (
    "select pid from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
)


def steps(shell: Shell, source: str) -> list[Any]:
    """The steps of a plan from the database to a source."""
    found: list[Any] = shell("plan", "--to", source).succeeded().json["steps"]
    return found


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_p13_tables_that_need_one_another_are_made_in_an_order_that_works(pg: Shell) -> None:
    pg.write("tangled.lp.sql", TANGLED)
    plan = pg.save("plan.json", "plan", "--to", "tangled.lp.sql")
    assert pg("plan", "--to", "tangled.lp.sql").out == plan.out
    pg("apply", "--plan", "plan.json").succeeded()
    assert steps(pg, "tangled.lp.sql") == []
    names = {(t.get("schema", "public"), t["name"]) for t in pg("introspect").json["tables"]}
    assert {("public", "Order"), ("public", "a"), ("public", "b")} <= names
    back = ("--execute", "--auto-approve", "--allow-data-loss")
    pg("rollback", "--plan", "plan.json", *back).succeeded()
    assert pg("introspect", "--schema", "*").json == {"tables": []}


def test_p13_a_view_on_a_dropped_table_is_named_and_not_taken_along(pg: Shell, sql: Sql) -> None:
    sql('CREATE TABLE "Order" (id int); CREATE VIEW names AS SELECT id FROM "Order"')
    pg.write("view.lp.sql", 'CREATE VIEW names AS SELECT id FROM "Order";\n')
    pg("plan", "--to", "view.lp.sql").refused("view.lp.sql", "Line 1", "Order")
    pg.write("none.json", '{"tables": []}')
    done = pg("plan", "--to", "none.json").succeeded()
    assert done.descriptions == ["Drop view names", "Drop table Order"]
    assert "CASCADE" not in done.out


def test_p14_row_security_and_policies_come_with_their_table(pg: Shell, sql: Sql) -> None:
    pg.write("guarded.lp.sql", GUARDED)
    pg("apply", "--auto-approve", "--to", "guarded.lp.sql").succeeded()
    assert sql("select relrowsecurity from pg_class where relname = 'notes'") == [(True,)]
    assert sql("select polname::text from pg_policy") == [("own",)]
    (table,) = pg("introspect").succeeded().json["tables"]
    assert [policy["name"] for policy in table["policies"]] == ["own"]
    assert steps(pg, "guarded.lp.sql") == []


def test_p15a_of_two_runs_at_once_one_applies_the_plan(pg: Shell) -> None:
    pg.save("plan.json", "plan", "--to", "schema.lp.sql")
    words = ("apply", "--plan", "plan.json")
    ends = [_ended(process) for process in (pg.start(*words), pg.start(*words))]
    assert min(code for code, _ in ends) == 0
    assert {code for code, _ in ends} <= {0, 1, 75}
    assert sorted(result["steps_applied"] for _, result in ends) == [0, 1]
    assert steps(pg, "schema.lp.sql") == []


def _ended(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    """How a run ended, and its result."""
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    result: dict[str, Any] = json.loads(out)
    return process.returncode, result


@pytest.fixture
def braked(pg: Shell, sql: Sql) -> Shell:
    """`plan.json` makes an index over rows, which takes as long as `brake` has a row."""
    sql(BRAKED)
    pg.write("indexed.lp.sql", f"{BRAKED}CREATE INDEX t_slow ON t (slow(a));\n")
    sql("insert into t select n, n from generate_series(1, 9) n; insert into brake values (1)")
    pg.save("plan.json", "plan", "--to", "indexed.lp.sql")
    return pg


def _finishes(braked: Shell, sql: Sql) -> None:
    """When the brake is off, the same command does it all."""
    eventually(lambda: sql(SLEEPING) == [])
    assert sql("select count(*) from pg_index where not indisvalid") == [(0,)]
    sql("truncate brake")
    done = braked("apply", "--plan", "plan.json").succeeded()
    assert done.json["steps_applied"] == 1
    assert sql("select indisvalid from pg_index where indexrelid = 't_slow'::regclass") == [(True,)]
    assert sql("select count(*) from t") == [(9,)]


def test_p15b_a_run_whose_connection_is_cut_can_be_started_again(braked: Shell, sql: Sql) -> None:
    process = braked.start("apply", "--plan", "plan.json")
    eventually(lambda: len(sql(SLEEPING)) == 1)
    sql(f"select pg_terminate_backend(({SLEEPING}))")
    code, result = _ended(process)
    assert code != 0
    assert (result["success"], result["steps_applied"]) == (False, 0)
    assert result["next"]
    _finishes(braked, sql)


def test_p15b_a_run_that_was_killed_can_be_started_again(braked: Shell, sql: Sql) -> None:
    """The server notices that nobody listens any more, and takes back what was begun."""
    process = braked.start("apply", "--plan", "plan.json")
    eventually(lambda: len(sql(SLEEPING)) == 1)
    process.kill()
    process.communicate(timeout=60)
    _finishes(braked, sql)


def test_p15c_a_table_that_somebody_holds_is_waited_for_a_short_time(
    pg: Shell, main: str, sql: Sql
) -> None:
    sql("create table users (id bigint primary key, email text not null)")
    pg.save("plan.json", "plan", "--to", "schema.lp.sql")
    begun = time.monotonic()
    with psycopg.connect(main) as other:
        other.execute("LOCK TABLE users IN ACCESS SHARE MODE")
        done = pg("apply", "--plan", "plan.json").refused("lock", code=75)
    assert time.monotonic() - begun < 30
    assert (done.json["success"], done.json["error"]["code"]) == (False, "busy")
    pg("apply", "--plan", "plan.json").succeeded()
