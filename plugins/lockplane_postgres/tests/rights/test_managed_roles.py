"""Roles where a project manages them: the server's own catalogs are the judge."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.errors import InvalidSource, Refused, ScratchError, StatementFailed
from lockplane_core.model.consent import Consent
from lockplane_postgres import addresses
from lockplane_postgres.quote import quote
from lockplane_postgres.server.template import SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lockplane_core.engine.planner import Planned
    from lockplane_postgres.session import PgSession

ATTRIBUTES = """
SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolinherit, rolcanlogin, rolreplication,
       rolbypassrls, rolconnlimit, nullif(rolvaliduntil, 'infinity'),
       shobj_description(oid, 'pg_authid')
FROM pg_roles WHERE rolname LIKE %s ORDER BY 1
"""
MEMBERS = """
SELECT m.rolname, g.rolname, to_jsonb(a) - 'oid' - 'roleid' - 'member' - 'grantor'
FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.roleid
WHERE m.rolname LIKE %s ORDER BY 1, 2
"""


SETTINGS = """
SELECT r.rolname, unnest(s.setconfig) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
WHERE s.setdatabase = 0 AND r.rolname LIKE %s ORDER BY 1, 2
"""


class At:
    """A database on a server whose roles `{a}`, `{b}` and `{c}` are nobody else's."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.mark = secrets.token_hex(4)
        names = {"a": f"app {self.mark}", "b": f'b";--.*[ü {self.mark}', "c": f"c_{self.mark}"}
        self.names = names
        self.roles = {key: quote(name) for key, name in names.items()}
        self.session: PgSession = addresses.connect(url, "apply")

    def told(self, sql: str) -> str:
        return sql.format(**self.roles)

    def run(self, sql: str) -> None:
        self.session.script([self.told(sql)])

    def schema(self, sql: str, stem: str = "schema") -> str:
        path = self.folder / f"{stem}.lp.sql"
        path.write_text(self.told(sql), encoding="utf-8")
        return str(path)

    def facts(self) -> list[tuple[object, ...]]:
        own = (f"%{self.mark}",)
        queries = (ATTRIBUTES, MEMBERS, SETTINGS)
        return [row for query in queries for row in self.session.query(query, own)]

    def clear(self) -> None:
        for role in self.roles.values():
            with suppress(StatementFailed):
                self.session.execute(f"DROP OWNED BY {role}")
            self.session.execute(f"DROP ROLE IF EXISTS {role}")


@pytest.fixture
def at(url: str, tmp_path: Path) -> Iterator[At]:
    found = At(url, tmp_path)
    yield found
    found.clear()
    found.session.close()


@pytest.fixture(scope="module")
def managing() -> Iterator[Lockplane]:
    settings = Settings(dialect="postgres", schemas=("*",), manage=("roles",))
    with Lockplane(load_registry(), settings) as opened:
        yield opened


def applied(lockplane: Lockplane, at: At, planned: Planned) -> None:
    result = lockplane.apply(at.url, planned.plan, consent=Consent())
    assert result.success, result.errors


ALL = """
CREATE ROLE {a} LOGIN CREATEDB CONNECTION LIMIT 5 VALID UNTIL '2040-01-01 00:00:00+00';
"""
CASES = {
    "a role": ("", "CREATE ROLE {a};"),
    "a user": ("CREATE ROLE {a};", "CREATE USER {a};"),
    "attributes": ("CREATE ROLE {a};", ALL),
    "rarer attributes": (
        "CREATE ROLE {a} SUPERUSER CREATEROLE;",
        "CREATE ROLE {a} NOINHERIT REPLICATION BYPASSRLS;",
    ),
    "an end that is taken back": (
        "CREATE ROLE {a} VALID UNTIL '2040-01-01 00:00:00+00' CONNECTION LIMIT 1;",
        "CREATE ROLE {a} VALID UNTIL 'infinity';",
    ),
    "attributes that follow": ("CREATE ROLE {a};", "CREATE ROLE {a}; ALTER ROLE {a} LOGIN;"),
    "a comment": ("CREATE ROLE {a};", "CREATE ROLE {a}; COMMENT ON ROLE {a} IS 'it''s';"),
    "another comment": (
        "CREATE ROLE {b}; COMMENT ON ROLE {b} IS 'one';",
        "CREATE ROLE {b}; COMMENT ON ROLE {b} IS 'two';",
    ),
    "a membership": (
        "CREATE ROLE {a}; CREATE ROLE {b};",
        "CREATE ROLE {a}; CREATE ROLE {b}; GRANT {a} TO {b};",
    ),
    "a membership in what is the server's own": (
        "",
        "CREATE ROLE {a} IN ROLE pg_monitor; GRANT pg_read_all_stats TO {a} WITH ADMIN OPTION;",
    ),
    "members of a new role": (
        "",
        "CREATE ROLE {b}; CREATE ROLE {c}; CREATE ROLE {a} ROLE {b}, {c};",
    ),
    "an option of a membership": (
        "CREATE ROLE {a}; CREATE ROLE {b}; GRANT {a} TO {b};",
        "CREATE ROLE {a}; CREATE ROLE {b}; GRANT {a} TO {b} WITH ADMIN OPTION;",
    ),
    "other members": (
        "CREATE ROLE {a}; CREATE ROLE {b}; CREATE ROLE {c}; GRANT {a} TO {b};",
        "CREATE ROLE {a}; CREATE ROLE {b}; CREATE ROLE {c}; GRANT {b} TO {c};",
    ),
    "a member that inherits nothing": (
        "CREATE ROLE {a}; CREATE ROLE {b}; GRANT {a} TO {b};",
        "CREATE ROLE {a}; CREATE ROLE {b} NOINHERIT; GRANT {a} TO {b};",
    ),
    "settings": (
        "CREATE ROLE {a}; ALTER ROLE {a} SET jit = off;",
        """
        CREATE ROLE {a}; ALTER ROLE {a} SET search_path = app, 'P x';
        ALTER USER {a} SET statement_timeout = '8s';
        """,
    ),
    "a group of the older kind": (
        "CREATE ROLE {a}; CREATE ROLE {b};",
        "CREATE GROUP {a}; CREATE ROLE {b}; ALTER GROUP {a} ADD USER {b};",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_plan_leads_to_what_the_statements_make_and_back(
    managing: Lockplane, at: At, name: str
) -> None:
    first, second = CASES[name]
    at.run(second or "SELECT 1")
    wanted = at.facts()
    at.clear()
    at.run(first or "SELECT 1")
    start, source = at.facts(), at.schema(second)
    planned = managing.plan(at.url, source)
    applied(managing, at, planned)
    assert at.facts() == wanted
    assert managing.plan(at.url, source).plan.steps == ()
    assert managing.diff(at.url, source) == {}
    result = managing.apply(at.url, managing.undo(planned.plan, at.url), consent=Consent())
    assert result.success, result.errors
    assert at.facts() == start


def test_a_role_that_no_file_declares_is_left_alone(managing: Lockplane, at: At) -> None:
    at.run("CREATE ROLE {a} LOGIN; CREATE ROLE {b}; GRANT {b} TO {a};")
    planned = managing.plan(at.url, at.schema("CREATE ROLE {b}; CREATE ROLE {c};"))
    assert [step.description for step in planned.plan.steps] == [f"Create role {at.names['c']}"]
    at.run("ALTER ROLE {a} NOLOGIN; CREATE ROLE other_{c}".replace("other_{c}", f"d_{at.mark}"))
    try:
        applied(managing, at, planned)
    finally:
        at.session.execute(f"DROP ROLE d_{at.mark}")


def test_a_declared_role_loses_what_no_file_gives_it(managing: Lockplane, at: At) -> None:
    at.run("CREATE ROLE {a} CREATEDB IN ROLE pg_monitor; COMMENT ON ROLE {a} IS 'x';")
    planned = managing.plan(at.url, at.schema("CREATE ROLE {a};"))
    said = [step.description for step in planned.plan.steps]
    assert sorted(said) == [
        f"Change role {at.names['a']} to NOCREATEDB",
        f"Remove comment from role {at.names['a']}",
        f"Take role {at.names['a']} out of pg_monitor",
    ]
    risky = [step for step in planned.plan.steps if "comment" not in step.description]
    assert {step.effects for step in risky} == {("breaking", "security")}


def test_a_role_is_made_before_what_names_it(at: At) -> None:
    sql = """
    CREATE TABLE t (id integer);
    ALTER TABLE t OWNER TO {a};
    GRANT SELECT ON t TO {b};
    CREATE POLICY p ON t TO {c} USING (true);
    ALTER ROLE {b} IN DATABASE d SET jit = off;
    CREATE ROLE {a}; CREATE ROLE {b}; CREATE ROLE {c};
    """
    words = ("owners", "privileges", "roles", "settings")
    settings = Settings(dialect="postgres", schemas=("*",), manage=words)
    with Lockplane(load_registry(), settings) as all_of_it:
        source = at.schema(sql)
        planned = all_of_it.plan(at.url, source)
        applied(all_of_it, at, planned)
        assert all_of_it.plan(at.url, source).plan.steps == ()
        undo = all_of_it.undo(planned.plan, at.url)
        result = all_of_it.apply(at.url, undo, consent=Consent(allow_data_loss=True))
        assert result.success, result.errors
    assert at.facts() == []


def test_a_password_is_neither_taken_nor_shown(managing: Lockplane, at: At) -> None:
    for sql in (
        "CREATE ROLE {a} PASSWORD 'geheim';",
        "CREATE ROLE {a}; ALTER ROLE {a} PASSWORD 'geheim';",
    ):
        with pytest.raises(InvalidSource, match=r"PASSWORD \(give the role one by hand") as caught:
            managing.plan(at.url, at.schema(f"\n{sql}"))
        (finding,) = caught.value.findings
        assert finding.span is not None
        assert finding.span.line == 2
        assert "geheim" not in str(caught.value)
    at.run("CREATE ROLE {a} LOGIN PASSWORD 'geheim'")
    state = managing.read(at.url)
    assert "geheim" not in repr((managing.tree(state), managing.sql(state), state.catalog))
    assert "SCRAM" not in repr((managing.tree(state), managing.sql(state), state.catalog))


def test_what_is_said_of_a_role_that_no_file_declares_is_refused(
    managing: Lockplane, at: At
) -> None:
    for sql in (
        "ALTER ROLE {a} LOGIN;",
        "ALTER ROLE {a} SET jit = off;",
        "GRANT pg_monitor TO {a};",
        "COMMENT ON ROLE {a} IS 'x';",
        "CREATE ROLE {b} ROLE {a};",
    ):
        with pytest.raises(InvalidSource, match="is changed, and no statement declares it"):
            managing.plan(at.url, at.schema(sql))


def test_a_membership_that_somebody_else_granted_is_theirs_to_take(
    managing: Lockplane, at: At
) -> None:
    at.run(
        "CREATE ROLE {a}; CREATE ROLE {b}; CREATE ROLE {c}; GRANT {a} TO {c} WITH ADMIN OPTION;"
        "SET ROLE {c}; GRANT {a} TO {b}; RESET ROLE"
    )
    planned = managing.plan(at.url, at.schema("CREATE ROLE {a}; CREATE ROLE {b};"))
    with pytest.raises(Refused, match="another role has made"):
        managing.apply(at.url, planned.plan, consent=Consent())


def test_no_role_is_made_on_a_server_that_somebody_named(admin: str, at: At) -> None:
    words = ("privileges", "roles")
    settings = Settings(dialect="postgres", schemas=("*",), manage=words, shadow_database_url=admin)
    with Lockplane(load_registry(), settings) as beside:
        with pytest.raises(ScratchError, match="is not tried out on the shadow server"):
            beside.plan(at.url, at.schema("CREATE ROLE {a};"))
        assert at.facts() == []
        at.run("CREATE ROLE {a}")
        source = at.schema("CREATE TABLE t (id integer); GRANT SELECT ON t TO {a};")
        applied(beside, at, beside.plan(at.url, source))
        assert beside.plan(at.url, source).plan.steps == ()


def test_the_role_that_scratches_belong_to_can_not_be_tried_out(
    managing: Lockplane, at: At
) -> None:
    source = at.schema(f"CREATE ROLE {SUPERUSER};")
    with pytest.raises(ScratchError, match="have a role of that name"):
        managing.plan(at.url, source)


def test_a_dump_of_roles_is_read(managing: Lockplane, at: At) -> None:
    script = at.folder / "roles.sql"
    script.write_text(
        at.told(
            """
            SET default_transaction_read_only = off;
            CREATE ROLE {a};
            ALTER ROLE {a} WITH NOSUPERUSER INHERIT LOGIN PASSWORD 'SCRAM-SHA-256$4096:geheim';
            CREATE ROLE {b};
            ALTER ROLE {a} SET statement_timeout TO '3s';
            GRANT {b} TO {a};
            """
        ),
        encoding="utf-8",
    )
    planned = managing.plan(at.url, f"sql:{script}")
    assert "geheim" not in repr(planned)
    applied(managing, at, planned)
    assert managing.plan(at.url, f"sql:{script}").plan.steps == ()


def test_json_and_files_say_the_same(managing: Lockplane, at: At) -> None:
    sql = (
        ALL
        + "ALTER ROLE {a} SET search_path = a, b; CREATE ROLE {b};"
        + "GRANT {b} TO {a} WITH ADMIN OPTION; COMMENT ON ROLE {b} IS 'x';"
    )
    state = managing.read(at.schema(sql))
    tree = managing.tree(state)
    assert [role["name"] for role in tree["roles"]] == sorted([at.names["a"], at.names["b"]])
    path = at.folder / "schema.json"
    path.write_bytes(msgspec.json.encode(tree))
    files = at.folder / "files"
    files.mkdir()
    for name, text in managing.sql(state):
        (files / name).write_text(text, encoding="utf-8")
    at.run(sql)
    for source in (str(path), str(files)):
        assert managing.diff(at.url, source) == {}
