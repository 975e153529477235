"""Settings of a database, and of roles in it, where a project manages them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.errors import InvalidSource, Refused
from lockplane_core.model.consent import Consent
from lockplane_postgres.kinds.setting_value import shown
from lockplane_postgres.this_database import declared, named_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockplane_postgres.session import PgSession
    from lockplane_postgres.testing_roles import Place

KEPT = """
SELECT coalesce(r.rolname, ''), unnest(s.setconfig) FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE d.datname = current_database() ORDER BY 1, 2
"""
WANTED = """
ALTER DATABASE shop SET search_path = "$user", 'A, b', public;
ALTER DATABASE shop SET timezone = 'UTC';
ALTER ROLE {b} IN DATABASE shop SET statement_timeout = '8s';
"""


@pytest.fixture(scope="module")
def lockplane() -> Iterator[Lockplane]:
    settings = Settings(dialect="postgres", schemas=("*",), manage=("settings",))
    with Lockplane(load_registry(), settings) as opened:
        yield opened


def test_a_plan_sets_what_the_statements_themselves_would(
    lockplane: Lockplane, place: Place
) -> None:
    ((name,),) = place.other.query("SELECT quote_ident(current_database())")
    place.other.script([place.told(WANTED.replace("shop", name))])
    planned = lockplane.plan(place.url, place.schema(WANTED))
    assert lockplane.apply(place.url, planned.plan, consent=Consent()).success
    assert place.session.query(KEPT) == place.other.query(KEPT) != []


def test_a_step_says_what_it_means_and_who_sees_it(lockplane: Lockplane, place: Place) -> None:
    (step,) = lockplane.plan(
        place.url, place.schema("ALTER DATABASE shop SET search_path = app, public;")
    ).plan.steps
    assert step.description == (
        "Set search_path in this database to app, public, which sessions see that begin afterwards"
    )
    assert step.effects == ("breaking", "security")
    assert "shop" not in "".join(step.sql)


def test_what_the_files_do_not_say_is_reset(lockplane: Lockplane, place: Place) -> None:
    ((name,),) = place.session.query("SELECT current_database()")
    place.run(f"ALTER DATABASE {name} SET work_mem = '64MB'")
    (step,) = lockplane.plan(place.url, place.schema("CREATE SCHEMA s;")).plan.steps[-1:]
    assert step.description.startswith("Reset work_mem in this database")


def test_files_are_written_without_the_name_of_the_database(
    lockplane: Lockplane, place: Place
) -> None:
    ((name,),) = place.session.query("SELECT current_database()")
    place.run(f"ALTER DATABASE {name} SET search_path = app, public")
    ((file, sql),) = lockplane.sql(lockplane.read(place.url))
    assert file == "setting_search_path.lp.sql"
    assert sql == "ALTER DATABASE current_database SET search_path TO 'app', 'public';\n"


def test_a_secret_of_an_application_is_neither_read_nor_given(
    lockplane: Lockplane, place: Place
) -> None:
    source = place.schema("ALTER DATABASE shop SET app.jwt_secret = 'geheim';")
    planned = lockplane.plan(place.url, source)
    assert "geheim" not in repr(planned)
    with pytest.raises(Refused, match=r"app\.jwt_secret takes a secret"):
        lockplane.apply(place.url, planned.plan, consent=Consent())
    ((name,),) = place.session.query("SELECT current_database()")
    place.run(f"ALTER DATABASE {name} SET app.jwt_secret = 'anders'")
    assert lockplane.plan(place.url, source).plan.steps == ()


def test_a_role_that_the_server_lacks_is_named_before_anything_runs(
    lockplane: Lockplane, place: Place
) -> None:
    source = place.schema("\nALTER ROLE nobody_here IN DATABASE d SET jit = off;")
    planned = lockplane.plan(place.url, source)
    with pytest.raises(Refused, match=r"no role nobody_here.*schema\.lp\.sql:2"):
        lockplane.apply(place.url, planned.plan, consent=Consent())


SAME = [
    ("jit", "false", "off"),
    ("jit", "'ON'", "yes"),
    ("work_mem", "'65536kB'", "'64MB'"),
    ("work_mem", "100000", "'97.65625MB'"),
    ("statement_timeout", "8000", "'8s'"),
    ("statement_timeout", "'90min'", "'1.5h'"),
    ("effective_cache_size", "16384", "'128 MB'"),
    ("idle_in_transaction_session_timeout", "0", "'0s'"),
    ("log_temp_files", "-1", "'-1'"),
    ("client_min_messages", "WARNING", "warning"),
    ("random_page_cost", "1.1", "'1.1'"),
    ("search_path", "a,b", 'a, "b"'),
    ("timezone", "'UTC'", '"UTC"'),
]


@pytest.mark.parametrize(("name", "one", "other"), SAME)
def test_values_that_mean_the_same_are_no_difference(
    lockplane: Lockplane, place: Place, name: str, one: str, other: str
) -> None:
    ((own,),) = place.session.query("SELECT current_database()")
    place.run(f"ALTER DATABASE {own} SET {name} = {one}")
    same = place.schema(f"ALTER DATABASE d SET {name} = {other};")
    assert lockplane.diff(place.url, same) == {}


SHOWN = [
    ("jit", "t"),
    ("jit", "of"),
    ("client_min_messages", "Error"),
    ("work_mem", "100MB"),
    ("work_mem", "0.5GB"),
    ("work_mem", "1000000"),
    ("temp_buffers", "1000"),
    ("effective_cache_size", "1TB"),
    ("statement_timeout", "0"),
    ("statement_timeout", "1 d"),
    ("lock_timeout", "1500us"),
    ("lock_timeout", "90s"),
    ("log_min_duration_statement", "-1"),
    ("tcp_keepalives_idle", "120"),
    ("default_statistics_target", "200"),
]


@pytest.mark.parametrize(("name", "value"), SHOWN)
def test_values_are_said_as_the_server_shows_them(
    session: PgSession, name: str, value: str
) -> None:
    with session.transaction():
        session.query("SELECT set_config(%s, %s, true)", (name, value))
        ((now, sort, unit),) = session.query(
            "SELECT current_setting(name), vartype, coalesce(unit, '') FROM pg_settings "
            "WHERE name = %s",
            (name,),
        )
    is_of_address = name.startswith("tcp_")  # which a socket of the machine does not have
    assert shown(value, str(sort), str(unit)) == ("2min" if is_of_address else now)


REFUSED = {
    "ALTER DATABASE d SET jit FROM CURRENT;": "FROM CURRENT (write the value",
    "ALTER DATABASE d RESET jit;": "RESET (leave it out",
    "ALTER DATABASE d RESET ALL;": "RESET ALL (leave it out",
    "ALTER DATABASE d SET jit TO DEFAULT;": "TO DEFAULT (leave it out",
    "ALTER DATABASE d SET TRANSACTION READ ONLY;": "SET TRANSACTION (name the setting",
    "ALTER ROLE CURRENT_USER IN DATABASE d SET jit = off;": "CURRENT_USER (name the role",
    "ALTER ROLE ALL SET jit = off;": "in all databases of the server (say IN DATABASE)",
    "ALTER ROLE r SET jit = off;": "the project manages no roles",
    "ALTER DATABASE d SET jit = on; ALTER DATABASE d SET jit = off;": "jit for a second time",
    "ALTER DATABASE d SET no_such_setting = 1;": "no_such_setting",
    "ALTER DATABASE d SET work_mem = 'much';": "work_mem",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_can_not_be_kept_is_refused_with_its_line(
    lockplane: Lockplane, place: Place, sql: str
) -> None:
    with pytest.raises(InvalidSource) as caught:
        lockplane.plan(place.url, place.schema(f"\n{sql}"))
    (finding,) = caught.value.findings
    assert REFUSED[sql] in finding.message
    assert finding.span is not None
    assert finding.span.line == 2


def test_without_the_word_a_file_may_not_say_it_and_a_script_is_told(place: Place) -> None:
    sql = "CREATE TABLE t (id integer);\nALTER DATABASE shop SET jit = off;"
    script = place.folder / "dump.sql"
    script.write_text(sql, encoding="utf-8")
    settings = Settings(dialect="postgres", schemas=("*",))
    with Lockplane(load_registry(), settings) as plain:
        with pytest.raises(InvalidSource, match="the project manages no settings"):
            plain.plan(place.url, place.schema(sql))
        planned = plain.plan(place.url, f"sql:{script}")
    assert "1 of its statements says what sessions begin with" in "".join(planned.notices)
    assert [step.description for step in planned.plan.steps] == ["Create table t"]


def test_a_server_that_somebody_named_keeps_its_own_settings(admin: str, place: Place) -> None:
    settings = Settings(
        dialect="postgres", schemas=("*",), manage=("settings",), shadow_database_url=admin
    )
    with Lockplane(load_registry(), settings) as beside:
        planned = beside.plan(place.url, place.schema(WANTED))
        assert beside.apply(place.url, planned.plan, consent=Consent()).success
    assert len(place.session.query(KEPT)) == WANTED.count("SET")
    elsewhere = f"SELECT 1 FROM pg_db_role_setting WHERE setrole = {place.roles['b']!r}::regrole"
    assert len(place.session.query(elsewhere)) == 1


@pytest.mark.parametrize("value", ["x", "it''s", "100%", "%I", "$do$", "'', current_database()"])
def test_a_block_reads_back_as_the_statement_that_it_runs(value: str) -> None:
    after = f" SET app.x TO '{value}'"
    block = named_later("ALTER DATABASE ", after)
    assert declared(block) == f"ALTER DATABASE current_database{after}"


@pytest.mark.parametrize("sql", ["SELECT 1", "DO $do$BEGIN NULL; END$do$", "DO 'x'", "DO ", ""])
def test_any_other_statement_is_left_as_it_is(sql: str) -> None:
    assert declared(sql) == sql
