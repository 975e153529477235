"""Subscriptions: nothing connects, nothing secret is said, and what is left behind is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.engine import plan_file
from lockplane_core.errors import InvalidSource, Refused, ScratchError, UnsupportedChange
from lockplane_core.model.consent import Consent
from lockplane_core.spi.shadow import ScratchRequest
from lockplane_postgres.kinds.subscription import parts_of
from lockplane_postgres.shadow import NamedShadow

if TYPE_CHECKING:
    from collections.abc import Callable

    from lockplane_core.app import Lockplane
    from lockplane_core.model.plan import Plan
    from lockplane_postgres.session import PgSession

# A port that nobody listens on: whatever connects fails at once.
S = (
    "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=1 {}' PUBLICATION p "
    "WITH (connect = false{});"
)
SECRET = S.format("password=hunter2", "")


def test_a_password_is_in_no_plan(plan: Callable[[str, str], Plan]) -> None:
    made = plan("", SECRET)

    assert "hunter2" not in plan_file.write_plan(made)
    assert "password=********" in made.steps[0].sql[0]


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        ("postgresql://u:hunter2@h/d", ("dbname=d", "host=h", "password=********", "user=u")),
        ("sslpassword=hunter2 host='a b'", ("host=a b", "sslpassword=********")),
        ("of_another_age=hunter2", ("password=********",)),
    ],
)
def test_a_connection_is_read_without_its_secrets(connection: str, said: tuple[str, ...]) -> None:
    assert parts_of(connection) == said


def test_a_plan_that_would_have_to_give_a_password_is_refused(
    lockplane: Lockplane, schema: Callable[[str, str], str], url: str, session: PgSession
) -> None:
    planned = lockplane.plan(url, schema("after", SECRET)).plan

    with pytest.raises(Refused, match=r"subscription s takes a secret \(password\)"):
        lockplane.apply(url, planned, consent=Consent())

    assert session.query("SELECT FROM pg_subscription") == []


def test_a_password_that_was_given_by_hand_stays_while_the_rest_changes(
    lockplane: Lockplane, schema: Callable[[str, str], str], url: str, session: PgSession
) -> None:
    session.execute(SECRET.replace("hunter2", "correct horse".replace(" ", "")))
    planned = lockplane.plan(url, schema("after", S.format("password=hunter2", ", binary"))).plan

    assert lockplane.apply(url, planned, consent=Consent()).success

    ((connection, binary),) = session.query("SELECT subconninfo, subbinary FROM pg_subscription")
    assert binary
    assert "correcthorse" in connection


def test_one_that_runs_goes_without_a_word_to_its_publisher(
    lockplane: Lockplane, schema: Callable[[str, str], str], url: str, session: PgSession
) -> None:
    """A DROP alone would fail for want of the publisher."""
    session.execute(S.format("", "") + "ALTER SUBSCRIPTION s ENABLE")
    planned = lockplane.plan(url, schema("after", "")).plan

    assert "slot stays on the publisher (SELECT pg_drop_replication_slot('s') there)" in (
        planned.steps[0].description
    )
    assert lockplane.apply(url, planned, consent=Consent()).success
    assert session.query("SELECT FROM pg_subscription") == []


def test_whether_it_runs_is_no_difference(
    lockplane: Lockplane, schema: Callable[[str, str], str], url: str, session: PgSession
) -> None:
    session.execute(S.format("", "") + "ALTER SUBSCRIPTION s ENABLE")

    assert lockplane.plan(url, schema("after", S.format("", ""))).plan.steps == ()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (S.format("", "").replace("connect = false", "binary"), "connects at once"),
        (S.format("", "").replace(" = false", ""), "connects at once"),
        (S.format("", "").replace("= false", "= on"), "connects at once"),
        (S.format("", "") + "\nALTER SUBSCRIPTION s ENABLE;", "whether a subscription runs"),
        (S.format("", "") + "\nALTER SUBSCRIPTION s SET (binary);", "say it in CREATE"),
    ],
)
def test_what_would_connect_is_refused_with_its_place(
    sql: str, said: str, lockplane: Lockplane, schema: Callable[[str, str], str]
) -> None:
    with pytest.raises(InvalidSource, match=rf"schema\.lp\.sql:\d.*{said}"):
        lockplane.read(schema("schema", sql))


def test_what_only_the_publisher_can_change_is_refused(
    plan: Callable[[str, str], Plan],
) -> None:
    with pytest.raises(UnsupportedChange, match=r"two_phase of subscription s .*after\.lp\.sql:1"):
        plan(S.format("", ""), S.format("", ", two_phase"))


def test_no_shadow_of_somebody_s_becomes_a_subscriber(
    plan: Callable[[str, str], Plan], url: str
) -> None:
    shadow = NamedShadow(ScratchRequest(shadow_url=url))
    try:
        with pytest.raises(ScratchError, match="subscription s is not tried out"):
            shadow.provide(plan("", S.format("", "")).steps[0].consumes)
    finally:
        shadow.close()


def test_to_a_role_that_may_not_read_where_they_go_they_are_named(session: PgSession) -> None:
    from lockplane_postgres.dialect import PostgresDialect
    from lockplane_postgres.kinds.registered import KINDS

    session.execute(SECRET + "CREATE ROLE lockplane_reader; SET ROLE lockplane_reader")
    try:
        found = PostgresDialect().introspect(session, [kind() for kind in KINDS])
    finally:
        session.execute("RESET ROLE; DROP ROLE lockplane_reader")

    assert [str(item) for item in found.unmodelled] == ["subscription s"]
