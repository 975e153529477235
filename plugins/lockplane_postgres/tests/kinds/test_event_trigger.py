"""Event triggers are called for what Lockplane does, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession

NO = """
CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $$no$$; END';
CREATE EVENT TRIGGER e ON ddl_command_start WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION no();
"""
LOG = """
CREATE TABLE log (what text);
CREATE FUNCTION log() RETURNS event_trigger LANGUAGE plpgsql
  AS 'BEGIN INSERT INTO public.log VALUES (tg_tag); END';
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION log();
"""
VIEW = "CREATE VIEW v AS SELECT 1 AS one;"


def test_it_is_made_last_wherever_it_stands(
    lockplane: Lockplane, schema: Callable[[str, str], str], plan: Callable[[str, str], Plan]
) -> None:
    made = plan("", NO + VIEW)

    assert made.steps[-1].description == "Create event trigger e"
    assert lockplane.diff(schema("one", NO + VIEW), schema("other", VIEW + NO)) == {}


def test_what_it_refuses_is_taken_back_on_the_target(
    lockplane: Lockplane, schema: Callable[[str, str], str], url: str
) -> None:
    assert lockplane.apply(url, lockplane.plan(url, schema("before", NO)).plan).success
    more = lockplane.plan(url, schema("after", f"{NO}{VIEW} CREATE TABLE t (id integer);")).plan

    result = lockplane.apply(url, more)

    assert not result.success
    assert result.state == "rolled_back"
    assert lockplane.plan(url, schema("before", NO)).plan.steps == ()


def test_one_that_writes_down_what_is_done_is_not_called_on_a_scratch(
    lockplane: Lockplane, schema: Callable[[str, str], str], url: str, session: PgSession
) -> None:
    if int(session.version.partition(".")[0]) < 17:
        pytest.skip("it is called there: event_triggers is new in 17")
    assert lockplane.apply(url, lockplane.plan(url, schema("before", LOG)).plan).success
    after = LOG.replace("tg_tag)", "lower(tg_tag))") + "CREATE TABLE t (id integer);"

    assert lockplane.apply(url, lockplane.plan(url, schema("after", after)).plan).success

    assert ("create function",) in session.query("SELECT what FROM log")
