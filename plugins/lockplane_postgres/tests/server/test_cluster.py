from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from lockplane_core.errors import ScratchError
from lockplane_postgres.server import Binaries, Server, choose, cluster, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def ask(server: Server, sql: str, dbname: str = "postgres") -> object:
    with psycopg.connect(server.dsn(dbname)) as connection:
        row = connection.execute(sql).fetchone()
    return row[0] if row else None


def test_a_server_answers_and_leaves_nothing(
    real: Binaries, traces: Callable[[Server], Any]
) -> None:
    with start(real) as server:
        left = traces(server)
        assert str(ask(server, "SHOW server_version")).split()[0] == server.version == real.version
        assert ask(server, "SELECT current_user") == "lockplane"
        assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert ask(server, "SHOW server_encoding", "template1") == "UTF8"
        assert (server.alive, server.failure()) == (True, None)
    assert (server.alive, server.failure()) == (False, None)
    assert not left.running
    assert not left.folder.exists()


def test_strings_sort_by_code_point_wherever_the_server_runs(real: Binaries) -> None:
    with start(real) as server:
        letters = "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{b,B,a,é,Z}'::text[]) x"
        assert ask(server, letters) == "BZabé"
        assert ask(server, "SHOW timezone") == "UTC"


def test_a_thousand_tables_fit_into_one_transaction(real: Binaries) -> None:
    """Each holds about nineteen locks; the default limit is passed at a few hundred."""
    tables = "".join(f"CREATE TABLE t{n} (id int PRIMARY KEY, s text);" for n in range(1000))
    with start(real) as server, psycopg.connect(server.dsn()) as connection:
        connection.execute(tables)
        count = "SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'"
        assert connection.execute(count).fetchone() == (1000,)


def test_stopping_twice_does_no_harm(embedded: Binaries) -> None:
    server = start(embedded)
    server.stop()
    server.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.dsn())


def test_several_servers_run_beside_each_other(real: Binaries, embedded: Binaries) -> None:
    with start(embedded) as one, start(real) as other:
        with psycopg.connect(one.dsn(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE mine")
        assert ask(other, "SELECT count(*) FROM pg_database WHERE datname = 'mine'") == 0


def test_the_environment_can_not_lead_a_connection_elsewhere(
    embedded: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PGHOSTADDR would win over the folder of the socket, and a scratch be made in production."""
    for name, value in {
        "PGCLIENTENCODING": "LATIN1",
        "PGDATA": "/nowhere",
        "PGDATABASE": "production",
        "PGHOST": "production.invalid",
        "PGHOSTADDR": "192.0.2.1",
        "PGOPTIONS": "-c search_path=elsewhere",
        "PGPASSWORD": "secret",
        "PGPORT": "6543",
        "PGCHANNELBINDING": "require",
        "PGSSLMODE": "verify-full",
        "PGUSER": "somebody",
    }.items():
        monkeypatch.setenv(name, value)
    with start(embedded) as server:
        assert ask(server, "SELECT current_database()") == "postgres"
        assert ask(server, "SHOW search_path") == '"$user", public'
        assert ask(server, "SHOW client_encoding") == "UTF8"


def test_the_server_does_not_see_our_environment(
    embedded: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What runs on it may be anybody's SQL, and COPY FROM PROGRAM is open to a superuser."""
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody:secret@production/app")
    with start(embedded) as server, psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TEMP TABLE seen (line text)")
        connection.execute("COPY seen FROM PROGRAM 'env'")
        rows = connection.execute("SELECT line FROM seen").fetchall()
    assert rows
    assert not any("secret" in line for (line,) in rows)


def test_names_of_databases_are_quoted(embedded: Binaries) -> None:
    name = 'it\'s a \\ "name" = x'
    with start(embedded) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute(
                psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
            )
        assert ask(server, "SELECT current_database()", name) == name


def test_nothing_listens_on_the_network(embedded: Binaries) -> None:
    with start(embedded) as server:
        assert ask(server, "SHOW listen_addresses") == ""
        assert server._folder.sockets.stat().st_mode & 0o777 == 0o700


def test_the_second_start_copies_what_the_first_made(
    embedded: Binaries, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(embedded).stop()
    assert [entry.suffix for entry in (empty_cache / "templates").iterdir()].count(".lock") == 1

    def not_again(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("lockplane_postgres.server.template.initdb", not_again)
    with start(embedded) as server:
        assert ask(server, "SELECT 1") == 1


def test_a_cache_that_can_not_be_used_costs_time_alone(
    embedded: Binaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(cluster, "cache_folder", lambda: tmp_path / "file" / "lockplane")
    with start(embedded) as server:
        assert ask(server, "SELECT 1") == 1


def test_two_processes_that_race_make_one_template(
    script: Callable[[str], Any], empty_cache: Path
) -> None:
    racers = [script("tell(start_one()); sys.stdin.read()") for _ in range(3)]
    left = [racer.told() for racer in racers]
    assert [racer.end() for racer in racers] == [0, 0, 0]
    assert not any(one.running or one.folder.exists() for one in left)
    names = [entry.name for entry in (empty_cache / "templates").iterdir()]
    assert sorted(name.endswith(".lock") for name in names) == [False, True]


@pytest.mark.parametrize(
    "ending",
    [
        "",
        "sys.exit(3)",
        "raise RuntimeError",
        "os.kill(os.getpid(), signal.SIGINT)",
        "threading.Thread(target=server.stop).start()",
    ],
)
def test_a_process_that_ends_takes_its_server_along(
    script: Callable[[str], Any], ending: str
) -> None:
    run = script(f"server = start_one(); tell(server); sys.stderr.close(); {ending}")
    left = run.told()
    run.end()
    assert left.ended()
    assert not left.folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next run reaps the server")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_is_killed_takes_its_server_along(
    script: Callable[[str], Any], number: int
) -> None:
    run = script("tell(start_one()); time.sleep(600)")
    left = run.told()
    assert left.running
    run.process.send_signal(number)
    assert left.ended()


def test_a_thread_that_ends_leaves_the_server_to_the_others(embedded: Binaries) -> None:
    """The kernel's signal is bound to the thread that started the server, not to the process."""
    started: list[Server] = []
    thread = threading.Thread(target=lambda: started.append(start(embedded)))
    thread.start()
    thread.join()
    with started[0] as server:
        assert ask(server, "SELECT 1") == 1


def test_a_child_after_a_fork_leaves_the_server_to_its_parent(script: Callable[[str], Any]) -> None:
    run = script("""
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        server = start_one()
        child = os.fork()
        if child == 0:
            assert not server.alive
            server.stop()
            sys.exit()
        os.waitpid(child, 0)
        assert server.alive and server._folder.path.exists()
        tell(server)
    """)
    left = run.told()
    assert run.end() == 0
    assert left.ended()


def test_a_server_that_dies_says_why(embedded: Binaries) -> None:
    with start(embedded) as server:
        server._folder.log.write_text("PANIC:  could not write to file: No space left on device\n")
        os.kill(server._postmaster.pid, signal.SIGQUIT)
        server._postmaster._thread.join(20)
        assert not server.alive
        failure = server.failure()
        assert isinstance(failure, ScratchError)
        assert "no disk room" in failure.message


class TestThatDoesNotStart:
    @pytest.fixture(autouse=True)
    def _no_initdb(self, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cluster, "fill", lambda data, *_: data.mkdir())

    def test_a_server_that_hangs_is_ended(
        self, programs: Callable[..., Binaries], temporary: Path
    ) -> None:
        fake = programs(postgres="echo I am thinking; exec sleep 600")
        with pytest.raises(ScratchError, match=r"not ready within 0\.5 seconds: I am thinking"):
            start(fake, timeout=0.5)
        assert [path.name for path in temporary.iterdir()] == ["fake"]

    @pytest.mark.parametrize(
        ("postgres", "message"),
        [
            (
                "echo 'FATAL:  wrong' >&2; exit 1",
                r"PostgreSQL 18\.3 from .*/bin failed: FATAL:  wrong",
            ),
            ("echo 'PANIC:  No space left on device' >&2; kill -ABRT $$", "no disk room in"),
            (
                "echo 'error while loading shared libraries: libz.so.1' >&2; exit 127",
                "does not run",
            ),
        ],
    )
    def test_a_server_that_dies_at_once_is_explained(
        self, programs: Callable[..., Binaries], temporary: Path, postgres: str, message: str
    ) -> None:
        with pytest.raises(ScratchError, match=message):
            start(programs(postgres=postgres))
        assert [path.name for path in temporary.iterdir()] == ["fake"]

    def test_a_program_that_is_none_is_explained(
        self, programs: Callable[..., Binaries], temporary: Path
    ) -> None:
        fake = programs()
        (fake.bindir / "postgres").write_bytes(b"\x7fELF nonsense")
        with pytest.raises(ScratchError, match=r"starting .*/bin/postgres failed"):
            start(fake)


def test_an_initdb_that_fails_is_quoted(
    programs: Callable[..., Binaries], temporary: Path, empty_cache: Path
) -> None:
    fake = programs(initdb="echo 'initdb: error: some reason' >&2; exit 1")
    with pytest.raises(
        ScratchError, match=r"initdb of PostgreSQL 18\.3 failed: initdb: error: some"
    ):
        start(fake)
    assert [path.name for path in temporary.iterdir()] == ["fake"]


def test_a_full_disk_is_named(embedded: Binaries, temporary: Path, empty_cache: Path) -> None:
    small = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=1777", "none", str(temporary)]
    if subprocess.run(small, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk here")
    try:
        for _ in ("initdb", "copy"):
            with pytest.raises(ScratchError, match=f"no disk room in {temporary}") as caught:
                start(embedded)
            assert "TMPDIR" in caught.value.hint
            assert not list(temporary.iterdir())
            # the second time there is a template, and the copy of it fails
            with pytest.MonkeyPatch.context() as patch:
                patch.delenv("TMPDIR")
                patch.setattr("tempfile.tempdir", None)
                start(embedded).stop()
    finally:
        subprocess.run(["umount", str(temporary)], check=True)


def test_a_path_too_long_for_a_socket_is_passed_over(
    embedded: Binaries, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = temporary / ("x" * 90)
    long.mkdir(mode=0o777)
    monkeypatch.setenv("TMPDIR", str(long))
    with start(embedded) as server:
        assert not server._folder.path.is_relative_to(long)
        assert ask(server, "SELECT 1") == 1


@pytest.mark.parametrize("attempt", [start, lambda binaries: choose(binaries.major)])
def test_windows_is_refused_with_the_way_out(
    embedded: Binaries,
    attempt: Callable[[Binaries], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ScratchError, match="Windows") as caught:
        attempt(embedded)
    assert "--shadow-db" in caught.value.hint
