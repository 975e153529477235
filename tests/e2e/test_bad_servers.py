"""Servers that can not be worked on: each is refused with its reason, and nothing is changed."""

from __future__ import annotations

import json
import socket
import struct
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from lockplane_core.testing.shell import Shell
from lockplane_postgres.testing_cluster import Cluster, cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lockplane_core.testing.shell import Done

BEFORE = "CREATE TABLE t (id int PRIMARY KEY);\n"
AFTER = "CREATE TABLE t (id int PRIMARY KEY, x int);\n"
HBA = "local all lockplane trust\nlocal all all scram-sha-256\n"


def run(cluster: Cluster, *statements: str, name: str = "postgres") -> None:
    """Run statements as the superuser."""
    with psycopg.connect(cluster.url(name), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture(scope="module")
def guarded() -> Iterator[Cluster]:
    """A server that wants passwords, with the database `app` of the role `app`."""
    with cluster() as own:
        own.write("pg_hba.conf", HBA)
        own.start()
        run(own, "CREATE ROLE app LOGIN PASSWORD 's3cret'", "CREATE DATABASE app OWNER app")
        run(own, "GRANT ALL ON SCHEMA public TO app", name="app")
        with psycopg.connect(own.url("app", "app", "s3cret"), autocommit=True) as connection:
            connection.execute(BEFORE.encode())
        yield own


@pytest.fixture
def standby() -> Iterator[Cluster]:
    """A server in recovery, which only answers queries."""
    with cluster() as own:
        own.start()
        run(own, "CREATE DATABASE app")
        run(own, BEFORE, name="app")
        own.stop()
        own.write("standby.signal", "")
        own.start()
        yield own


def with_schemas(shell: Shell) -> Shell:
    """The program in a folder with both schemas."""
    shell.write("before.lp.sql", BEFORE)
    shell.write("after.lp.sql", AFTER)
    return shell


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The plan from one schema to the other."""
    shell = with_schemas(Shell(tmp_path_factory.mktemp("plan")))
    return shell("plan", "--from", "before.lp.sql", "--to", "after.lp.sql").succeeded().out


@pytest.fixture
def project(lockplane: Shell, plan: str) -> Shell:
    """The schemas, and the plan that leads from one to the other."""
    lockplane.write("plan.json", plan)
    return with_schemas(lockplane)


def every_command(project: Shell, url: str, *words: str) -> Iterator[Done]:
    """All that work on a database are refused with the same words; what each came to."""
    for command in (
        ("introspect", url),
        ("diff", url, "after.lp.sql"),
        ("plan", "--from", url, "--to", "after.lp.sql"),
        ("rollback", "--plan", "plan.json", "--from", url),
        ("apply", "--plan", "plan.json", "--db", url),
        ("apply", "--auto-approve", "--db", url, "--to", "after.lp.sql"),
    ):
        done = project(*command).refused(*words)
        assert "s3cret" not in done.err + done.out
        if command[0] == "apply":
            assert (done.json["success"], done.json["next"]) == (False, "Nothing was changed.")
        else:
            assert done.out == ""
        yield done
    doctor = project("doctor", "--db", url)
    assert doctor.code == 1
    assert all(word in doctor.out for word in words), doctor.out
    yield doctor


def test_a_wrong_password(project: Shell, guarded: Cluster) -> None:
    url = guarded.url("app", "app", "not-s3cret")
    words = ("password authentication failed", "Check user and password")
    assert len(list(every_command(project, url, *words))) == 7


def test_no_password(project: Shell, guarded: Cluster) -> None:
    project("introspect", guarded.url("app", "app")).refused("no password supplied", "PGPASSWORD")


def test_the_right_password_from_a_file(project: Shell, guarded: Cluster) -> None:
    project.write("pgpass", "*:*:*:app:s3cret\n").chmod(0o600)
    project.env["PGPASSFILE"] = str(project.folder / "pgpass")
    project("introspect", guarded.url("app", "app")).succeeded()


def test_a_database_that_is_not_there(project: Shell, guarded: Cluster) -> None:
    url = guarded.url("nosuch", "app", "s3cret")
    assert len(list(every_command(project, url, 'database "nosuch"', "Create it first"))) == 7


def test_a_role_that_may_not_make_scratches(project: Shell, guarded: Cluster) -> None:
    """Where the shadow is not named, none is made on the target's server: then all is well."""
    url = guarded.url("app", "app", "s3cret")
    words = ("plan", "--from", url, "--to", "after.lp.sql")
    project(*words, "--shadow-db", url).refused(
        "role app may not create databases", "ALTER ROLE app CREATEDB;", "--shadow-db"
    )
    project(*words, "--validate").succeeded()
    done = project("doctor", "--db", url, "--shadow-db", url)
    assert done.code == 1
    assert "✗ shadow: role app may not create databases" in done.out


def test_a_role_that_only_reads(project: Shell, guarded: Cluster) -> None:
    url = f"{guarded.url('app', 'app', 's3cret')}&options=-c%20default_transaction_read_only%3Don"
    project("introspect", url).succeeded()
    project("plan", "--from", url, "--to", "after.lp.sql", "--validate").succeeded()
    for words in (("--plan", "plan.json"), ("--auto-approve", "--to", "after.lp.sql")):
        done = project("apply", *words, "--db", url).refused("is read-only", "default_transaction")
        assert done.json["next"] == "Nothing was changed."
    assert "✗ state:" in project("doctor", "--db", url).out


def test_a_role_that_may_not_alter_the_table(project: Shell, guarded: Cluster) -> None:
    run(
        guarded,
        "CREATE ROLE other LOGIN PASSWORD 'x'",
        "GRANT CREATE ON DATABASE app TO other",
    )
    url = guarded.url("app", "other", "x")
    done = project("apply", "--plan", "plan.json", "--db", url).refused("must be owner of table t")
    assert (done.json["state"], done.json["next"]) == ("rolled_back", "Nothing was changed.")
    assert "belong to roles that other is no member of" in project("doctor", "--db", url).out


def test_a_standby(project: Shell, standby: Cluster) -> None:
    """What only reads works there; what would change it is refused, whatever the shadow."""
    url = standby.url("app")
    before = project("introspect", url).succeeded().out
    project("plan", "--from", url, "--to", "after.lp.sql", "--validate").succeeded()
    for words in (
        ("--plan", "plan.json"),
        ("--plan", "plan.json", "--skip-shadow"),
        ("--auto-approve", "--to", "after.lp.sql"),
    ):
        done = project("apply", *words, "--db", url).refused("is a standby", "Name the primary")
        assert (done.json["state"], done.json["steps_applied"]) == ("refused", 0)
    assert project("introspect", url).out == before
    shadow = ("plan", "--from", url, "--to", "after.lp.sql", "--shadow-db", url)
    project(*shadow).refused("is a standby or read-only", "--shadow-db")
    doctor = project("doctor", "--db", url)
    assert doctor.code == 1
    assert "is a standby" in doctor.out


# -- too old -------------------------------------------------------------------------------


class OldServer:
    """Speaks as much of the protocol as it takes to say that it is PostgreSQL 9.6, and no more.

    No program of that age is to be had; whatever is asked after the greeting ends the
    connection, so that a program which asks first and looks at the version later fails.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.asked: list[bytes] = []
        self.url = f"postgres://me:s3cret@127.0.0.1:{self._socket.getsockname()[1]}/d"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            with client:
                self._greet(client)

    def _greet(self, client: socket.socket) -> None:
        while True:
            (size,) = struct.unpack("!i", client.recv(4, socket.MSG_WAITALL))
            body = client.recv(size - 4, socket.MSG_WAITALL)
            if struct.unpack("!i", body[:4])[0] == 3 << 16:
                break
            client.sendall(b"N")  # neither TLS nor GSS
        client.sendall(
            _message(b"R", struct.pack("!i", 0))
            + _message(b"S", b"server_version\x009.6.24\x00")
            + _message(b"S", b"client_encoding\x00UTF8\x00")
            + _message(b"S", b"standard_conforming_strings\x00on\x00")
            + _message(b"K", struct.pack("!ii", 1, 1))
            + _message(b"Z", b"I")
        )
        sort = client.recv(1)
        if sort and sort != b"X":
            self.asked.append(sort)


def _message(sort: bytes, body: bytes) -> bytes:
    return sort + struct.pack("!i", len(body) + 4) + body


def test_a_server_that_is_too_old_is_asked_nothing(project: Shell) -> None:
    with closing(OldServer()) as old:
        words = ("PostgreSQL 9.6, which is too old", "PostgreSQL 13 and newer")
        assert len(list(every_command(project, old.url, *words))) == 7
        shadow = ("--from", "before.lp.sql", "--to", "after.lp.sql", "--shadow-db", old.url)
        project("plan", *shadow).refused("the shadow server can not be used", *words)
        assert old.asked == []


# -- nobody named one ----------------------------------------------------------------------


def test_the_default_database_that_is_not_there_is_named_as_such(
    lockplane: Shell, tmp_path: Path
) -> None:
    """Whether or not a server runs at the default address, it can not bind a plain channel."""
    done = lockplane("introspect", PGCHANNELBINDING="require").refused(
        "localhost:5432", "Nobody named a database", "--db"
    )
    assert done.out == ""


# -- the shadow is the target --------------------------------------------------------------


def spellings(url: str) -> dict[str, str]:
    """The same database in other words."""
    parts: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(url)
    scheme, rest = url.split("://", 1)
    return {
        "itself": url,
        "another scheme": f"{'postgres' if scheme == 'postgresql' else 'postgresql'}://{rest}",
        "with a driver": f"postgresql+psycopg://{rest}",
        "conninfo": psycopg.conninfo.make_conninfo("", **parts),
        "with a name of the program": f"{url}&application_name=other",
    }


@pytest.mark.parametrize("spelling", sorted(spellings("postgresql:///d?user=u")))
def test_a_shadow_that_is_the_target_does_no_harm(
    project: Shell, guarded: Cluster, spelling: str
) -> None:
    """Scratches are databases of their own, so the rows of the target are never in the way."""
    url = guarded.url("mine")
    run(guarded, "CREATE DATABASE mine")
    try:
        run(guarded, BEFORE, "INSERT INTO t VALUES (1)", name="mine")
        project.env["SHADOW_DATABASE_URL"] = spellings(url)[spelling]
        done = project("apply", "--plan", "plan.json", "--db", url).succeeded()
        assert "scratches are new databases beside it" in done.err
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT id, x FROM t").fetchall() == [(1, None)]
            found = connection.execute("SELECT datname FROM pg_database").fetchall()
        assert not any(name.startswith("lockplane_scratch") for (name,) in found)
    finally:
        run(guarded, "DROP DATABASE mine WITH (FORCE)")


@pytest.mark.parametrize(
    "spelling", ["app.db", "./app.db", "{}/app.db", "sqlite:app.db", "file:{}/app.db", "link.db"]
)
def test_a_shadow_that_is_the_target_does_no_harm_in_sqlite(
    lockplane: Shell, spelling: str
) -> None:
    lockplane.write("before.lp.sql", BEFORE)
    lockplane.write("after.lp.sql", "CREATE TABLE t (id text PRIMARY KEY, x int);\n")
    lockplane("apply", "--auto-approve", "--db", "app.db", "--to", "before.lp.sql").succeeded()
    (lockplane.folder / "link.db").symlink_to("app.db")
    held = (lockplane.folder / "app.db").read_bytes()
    names = sorted(path.name for path in lockplane.folder.iterdir())
    shadow = spelling.format(lockplane.folder)
    words = ("--from", "app.db", "--to", "after.lp.sql", "--shadow-db", shadow)
    assert json.loads(lockplane("plan", *words, "--validate").succeeded().out)["steps"]
    assert (lockplane.folder / "app.db").read_bytes() == held
    assert sorted(path.name for path in lockplane.folder.iterdir()) == names
