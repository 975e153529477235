"""What is secret about foreign data is neither said nor guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.engine import plan_file
from lockplane_core.errors import Refused
from lockplane_core.model.consent import Consent

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession

SERVER = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; "
MAPPING = """CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS ("user" 'bob', password 'hunter2');"""


def test_a_secret_is_in_no_plan_and_no_schema(
    plan: Callable[[str, str], Plan], tree: Callable[[str], Any]
) -> None:
    made = plan("", SERVER + MAPPING)

    assert "hunter2" not in plan_file.write_plan(made)
    assert "hunter2" not in str(tree(SERVER + MAPPING))
    assert any("password '********'" in sql for step in made.steps for sql in step.sql)


def test_a_plan_that_would_have_to_give_a_secret_is_refused(
    lockplane: Lockplane, schema: Callable[[str, str], str], url: str, session: PgSession
) -> None:
    session.execute(SERVER)
    planned = lockplane.plan(url, schema("after", SERVER + MAPPING)).plan

    with pytest.raises(Refused, match=r"takes a secret \(password\), which no plan holds"):
        lockplane.apply(url, planned, consent=Consent())

    assert session.query("SELECT FROM pg_user_mapping") == []


def test_a_secret_that_was_given_by_hand_stays(
    lockplane: Lockplane, schema: Callable[[str, str], str], url: str, session: PgSession
) -> None:
    session.execute(SERVER + MAPPING.replace("hunter2", "correct horse"))
    other = MAPPING.replace("bob", "eve")
    planned = lockplane.plan(url, schema("after", SERVER + other)).plan

    assert lockplane.apply(url, planned, consent=Consent()).success

    ((options,),) = session.query("SELECT umoptions FROM pg_user_mapping")
    assert sorted(options) == ["password=correct horse", "user=eve"]


def test_a_role_that_may_not_read_mappings_has_them_named(
    session: PgSession,
) -> None:
    session.execute(SERVER + MAPPING)
    session.execute("CREATE ROLE lockplane_reader; SET ROLE lockplane_reader")
    try:
        from lockplane_postgres.dialect import PostgresDialect
        from lockplane_postgres.kinds.registered import KINDS

        found = PostgresDialect().introspect(session, [kind() for kind in KINDS])
    finally:
        session.execute("RESET ROLE; DROP ROLE lockplane_reader")

    assert [str(item) for item in found.unmodelled] == ["user mapping public on server s"]
