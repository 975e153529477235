"""Different majors on both sides: the database of one, the shadow, which judges, of another.

Each major's programs are fetched as `lockplane shadow install` does it, into a cache of the tests.
"""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from lockplane_core.app import Lockplane, load_registry
from lockplane_core.config import Settings
from lockplane_core.errors import InvalidSource, LockplaneError, ScratchError
from lockplane_core.model.consent import Consent
from lockplane_core.testing import DialectSuite, read_cases
from lockplane_core.testing.dialect import VARIABLE
from lockplane_postgres import addresses
from lockplane_postgres.majors import SUPPORTED
from lockplane_postgres.server import Servers
from lockplane_postgres.server.install import fetch
from lockplane_postgres.server.search import cache_folder
from lockplane_postgres.testing import as_url, database, lacking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from lockplane_core.engine.planner import Planned
    from lockplane_core.spi.session import Session
    from lockplane_core.testing.cases import Case

OLDEST, NEWEST = SUPPORTED[0], SUPPORTED[-1]
PAIRS = [
    *((live, NEWEST) for live in SUPPORTED if live != NEWEST),
    *((NEWEST, shadow) for shadow in (OLDEST, NEWEST - 1)),
]
CASES = {case.name: case for case in read_cases(Path(__file__).parent / "cases")}
SPOKEN_DIFFERENTLY = (
    "check/IN over varchar, spelled by the server",
    "column/what a generated column is worked out from changes its type",
    "domain/IN over varchar, which no server spells twice alike",
    "enum/a value goes, and much stands on the enum",
    "foreign_key/to a unique index that is no constraint",
    "function/bodies in standard SQL",
    "materialized_view/another query, and all that reads it",
    "policy/around a column of another type",
    "trigger/conditions",
    "view/grouped by a key that carries the rest",
)
TABLE = "CREATE TABLE t (id integer PRIMARY KEY, a text);\n"
YES = Consent(allow_data_loss=True)


# -- servers -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache that all workers share, with the programs of each major that is not embedded."""
    folder = tmp_path_factory.getbasetemp()
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    folder = (folder.parent if worker else folder) / "majors"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_CACHE_DIR", os.environ.get("PIP_CACHE_DIR", f"{cache_folder()}-pip"))
        patch.setenv("XDG_CACHE_HOME", str(folder))
        with _alone(folder):
            for major in SUPPORTED[:-1]:
                _fetch(major)
        yield folder


def _fetch(major: int) -> None:
    try:
        fetch(major)
    except ScratchError as error:
        if os.environ.get("LOCKPLANE_REQUIRE_POSTGRES"):
            raise
        pytest.skip(str(error))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    import fcntl

    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module")
def servers(cache: Path) -> Iterator[Servers]:
    with Servers() as started:
        yield started


@pytest.fixture
def server(servers: Servers) -> Callable[[int], str]:
    """The address of a server of a major."""

    def address(major: int) -> str:
        found = servers.shared_server(major)
        assert found.major == major
        return as_url(found.dsn("postgres"))

    return address


class At:
    """A database, and a project whose scratches are made on `shadow` (empty: on our own)."""

    def __init__(self, url: str, shadow: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        settings = Settings(dialect="postgres", shadow_database_url=shadow)
        self.lockplane = Lockplane(load_registry(), settings)

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """Look at the database, or change it."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(sql.encode())
            return done.fetchall() if done.description else []

    def plan(self, schema: str) -> Planned:
        path = self.folder / "schema.lp.sql"
        path.write_text(schema)
        return self.lockplane.plan(self.url, str(path))


@pytest.fixture
def at(server: Callable[[int], str], tmp_path: Path) -> Iterator[Callable[[int, int], At]]:
    """A new database of one major, judged by a server of another that a user named (0: none)."""
    made: list[tuple[At, AbstractContextManager[str]]] = []

    def new(live: int, shadow: int) -> At:
        holder = database(server(live))
        made.append((At(holder.__enter__(), server(shadow) if shadow else "", tmp_path), holder))
        return made[-1][0]

    yield new
    for project, holder in made:
        project.lockplane.close()
        holder.__exit__(None, None, None)


# -- what works ----------------------------------------------------------------------------------


class Suite(DialectSuite):
    """The laws of the kit, called one by one."""

    dialect = "postgres"
    cases = ()

    def __init__(self, admin: str) -> None:
        self.admin = admin

    def database(self, tmp_path: Path) -> AbstractContextManager[str]:
        return database(self.admin)

    def lacks(self, need: str, session: Session) -> str:
        return lacking(need, session)


def _asked() -> Iterator[tuple[int, int, str]]:
    """All that is spoken differently with the oldest database, and a third with others."""
    for number, (live, shadow) in enumerate(PAIRS):
        is_far = live == OLDEST
        names = SPOKEN_DIFFERENTLY if is_far else SPOKEN_DIFFERENTLY[number % 3 :: 3]
        for name in CASES if os.environ.get(VARIABLE) == "all" else names:
            yield live, shadow, name


def _lacks_of_server(url: str, case: Case) -> str:
    """What a server that a user named must have itself, in words; it is made where that can be."""
    with closing(addresses.connect(url, "apply")) as session:
        needs = {"roles", "tablespaces"}.intersection(case.needs.split())
        return "; ".join(filter(None, (lacking(need, session) for need in sorted(needs))))


@pytest.mark.parametrize(("live", "shadow", "name"), list(_asked()))
def test_the_plan_converges_and_the_undo_leads_back(
    server: Callable[[int], str], live: int, shadow: int, name: str, tmp_path: Path
) -> None:
    case: Case = CASES[name]
    newer = [int(need) for need in case.needs.split() if need.isdecimal()]
    if any(need > shadow for need in newer):
        pytest.skip(f"PostgreSQL {shadow} can not judge what needs {newer}")
    if reason := _lacks_of_server(server(shadow), case):
        pytest.skip(reason)
    settings = Settings(
        dialect="postgres", schemas=("*",), shadow_database_url=server(shadow), trust_sql=True
    )
    with Lockplane(load_registry(), settings) as lockplane:
        suite = Suite(server(live))
        suite.test_the_plan_converges_and_the_undo_leads_back(lockplane, case, tmp_path)


@pytest.mark.parametrize("live", SUPPORTED)
def test_a_server_of_the_same_major_judges_where_there_is_one(
    at: Callable[[int, int], At], live: int
) -> None:
    """What its programs were fetched for: nothing is told, and nothing need be."""
    project = at(live, 0)
    project.run(TABLE)
    found = project.plan(f"{TABLE}CREATE VIEW v AS SELECT id, a FROM t WHERE a IN ('x', 'y');")
    assert found.plan.judge.startswith(f"PostgreSQL {live}.")
    assert found.notices == ()
    assert project.lockplane.apply(project.url, found.plan).success
    assert project.plan("CREATE TABLE t (id integer PRIMARY KEY, a text);").plan.steps


def test_a_plan_is_applied_with_the_major_that_judged_it(at: Callable[[int, int], At]) -> None:
    """It carries that judge's fingerprints, so another one would call the database changed."""
    there = at(OLDEST, NEWEST)
    there.run(f"{TABLE}CREATE VIEW v AS SELECT t.id, t.a FROM t WHERE t.a IN ('x', 'y')")
    plan = there.plan(f"{TABLE}CREATE VIEW v AS SELECT id, a FROM t WHERE a IN ('x');").plan
    assert plan.version.startswith(f"{NEWEST}.")
    with Lockplane(load_registry(), Settings(dialect="postgres")) as here:
        assert here.apply(there.url, plan, consent=YES).success
        assert here.undo(plan, there.url).steps


# -- what is told --------------------------------------------------------------------------------


@pytest.mark.parametrize(("live", "shadow"), [(OLDEST, NEWEST), (NEWEST, OLDEST)])
def test_who_named_a_shadow_of_another_major_is_told(
    at: Callable[[int, int], At], live: int, shadow: int
) -> None:
    (notice,) = at(live, shadow).plan(TABLE).notices
    assert notice.startswith(
        f"the database is PostgreSQL {live}, and scratches are made on {shadow}"
    )
    assert notice.endswith(f"run `lockplane shadow install {live}` and leave --shadow-db out")


# -- what is refused -----------------------------------------------------------------------------

SET_COLUMNS = "ALTER TABLE s ADD FOREIGN KEY (c, b) REFERENCES s (b, c) ON DELETE SET NULL (b);"
NEWER = {
    "nulls_not_distinct": (
        15,
        f"{TABLE}ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a);",
    ),
    "security_invoker": (15, f"{TABLE}CREATE VIEW v WITH (security_invoker) AS SELECT id FROM t;"),
    "set_columns": (
        15,
        f"{TABLE}CREATE TABLE s (b integer, c integer, UNIQUE (b, c));\n{SET_COLUMNS}",
    ),
    "unlogged": (15, f"{TABLE}CREATE UNLOGGED SEQUENCE s;"),
    "provider builtin": (
        17,
        f"{TABLE}CREATE COLLATION c (provider = builtin, locale = 'C.UTF-8');",
    ),
    "generated.virtual": (
        18,
        f"{TABLE}ALTER TABLE t ADD COLUMN b integer GENERATED ALWAYS AS (id + 1) VIRTUAL;",
    ),
    "enforced": (18, f"{TABLE}ALTER TABLE t ADD CONSTRAINT k CHECK (id > 0) NOT ENFORCED;"),
}


@pytest.mark.parametrize("what", NEWER)
def test_what_the_database_is_too_old_for_is_an_error_at_its_line(
    at: Callable[[int, int], At], what: str
) -> None:
    """The newer judge understands it; the plan would fail half way."""
    since, schema = NEWER[what]
    project = at(since - 1, NEWEST)
    project.run(TABLE)
    with pytest.raises(InvalidSource) as caught:
        project.plan(schema)
    (finding,) = caught.value.findings
    assert f"has {what}, which PostgreSQL has since {since};" in finding.message
    assert f"the database is PostgreSQL {since - 1}." in finding.message
    assert finding.span
    assert finding.span.line > 1
    assert at(since, NEWEST).plan(schema).plan.steps


def test_what_only_its_own_server_can_tell_is_taken_back(at: Callable[[int, int], At]) -> None:
    """A function in an expression: no catalog says which version brought it."""
    project = at(OLDEST, NEWEST)
    project.run(TABLE)
    found = project.plan(
        f"{TABLE}CREATE TABLE s (i integer);CREATE VIEW v AS SELECT any_value(a) FROM t;"
    )
    result = project.lockplane.apply(project.url, found.plan)
    assert (result.success, result.state) == (False, "rolled_back")
    assert "any_value(text) does not exist" in result.errors[0]
    assert any("scratches are made on" in notice for notice in found.notices)
    assert project.run("SELECT to_regclass('s')") == [(None,)]


VIRTUAL = "CREATE TABLE t (id integer PRIMARY KEY, b integer GENERATED ALWAYS AS (id + 1) VIRTUAL);"


@pytest.mark.parametrize("schema", [TABLE, VIRTUAL])
def test_what_the_shadow_is_too_old_for_says_so(at: Callable[[int, int], At], schema: str) -> None:
    """Whether the file has it, or the database alone."""
    project = at(NEWEST, OLDEST)
    project.run(VIRTUAL)
    with pytest.raises(LockplaneError, match="VIRTUAL") as caught:
        project.plan(schema)
    assert f"scratches are made on {OLDEST}" in caught.value.hint
    assert f"lockplane shadow install {NEWEST}" in caught.value.hint
