"""Ctrl-C and SIGTERM: the same answer as any failure, and nothing half done."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from lockplane_postgres.running import KEY
from lockplane_postgres.server.run_folder import PREFIX, bases, read_marker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lockplane_core.testing.shell import Shell

    Sql = Callable[..., list[tuple[Any, ...]]]

SLOW = {
    "steps": [
        {"description": "Add a", "sql": "ALTER TABLE users ADD COLUMN a int"},
        {"description": "Sleep", "sql": "DO $$ BEGIN PERFORM pg_sleep(60); END $$"},
    ]
}
SLEEPING = "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid() and state = 'active'"  # noqa: E501
WAITING = "select count(*) from pg_stat_activity where query like '%pg_try_advisory_lock%' and pid <> pg_backend_pid()"  # noqa: E501
BOTH = pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def slow(pg: Shell) -> Shell:
    """A plan whose second step takes a minute."""
    pg("apply", "--auto-approve", "--to", "schema.lp.sql").succeeded()
    pg.write("slow.json", json.dumps(SLOW))
    return pg


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """How a process ended, and what it said."""
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return process.returncode, out, err


@BOTH
def test_a_signal_while_a_step_runs_takes_everything_back(
    slow: Shell, sql: Sql, number: int, code: int
) -> None:
    before = slow("introspect").out
    process = slow.start("apply", "--plan", "slow.json", "--skip-shadow")
    eventually(lambda: sql(SLEEPING) == [(1,)])
    process.send_signal(number)
    returned, out, err = ended(process)
    assert returned == code
    result = json.loads(out)
    assert (result["success"], result["state"]) == (False, "rolled_back")
    assert result["steps_applied"] == 0
    assert result["error"]["code"] == "interrupted"
    assert "Nothing was changed" in err
    eventually(lambda: sql(SLEEPING) == [(0,)])
    assert slow("introspect").out == before


@BOTH
def test_a_signal_while_the_plan_is_proved_leaves_no_scratch(
    slow: Shell, sql: Sql, number: int, code: int
) -> None:
    before = sql("select datname from pg_database order by 1")
    process = slow.start("apply", "--plan", "slow.json", "--trust-sql")
    eventually(lambda: sql(SLEEPING) == [(1,)])
    process.send_signal(number)
    returned, out, _ = ended(process)
    assert returned == code
    result = json.loads(out)
    assert (result["success"], result["steps_applied"]) == (False, 0)
    assert result["error"]["code"] == "interrupted"
    assert sql("select datname from pg_database order by 1") == before


def test_a_signal_while_it_waits_for_a_lock_takes_everything_back(slow: Shell, main: str) -> None:
    plan = {"steps": [{"description": "Add a", "sql": "ALTER TABLE users ADD COLUMN a int"}]}
    slow.write("one.json", json.dumps(plan))
    with psycopg.connect(main) as other:
        other.execute("LOCK TABLE users")
        done = slow("apply", "--plan", "one.json", "--skip-shadow").refused(code=75)
    assert done.json["success"] is False
    assert done.json["error"]["code"] == "busy"


@BOTH
def test_a_signal_while_it_waits_for_another_run_changes_nothing(
    pg: Shell, main: str, number: int, code: int
) -> None:
    before = pg("introspect").out
    with psycopg.connect(main, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (KEY,))
        process = pg.start("apply", "--auto-approve", "--to", "schema.lp.sql")
        eventually(lambda: other.execute(WAITING).fetchall() == [(1,)])
        process.send_signal(number)
        returned, out, err = ended(process)
    assert returned == code
    assert "Interrupted" in err
    result = json.loads(out)
    assert (result["success"], result["next"]) == (False, "Nothing was changed.")
    assert pg("introspect").out == before


@BOTH
def test_a_signal_while_a_schema_is_loaded_leaves_no_scratch(
    pg: Shell, sql: Sql, number: int, code: int
) -> None:
    before = sql("select datname from pg_database order by 1")
    pg.write("slow.sql", "CREATE TABLE t (id int);\nSELECT pg_sleep(60);\n")
    process = pg.start("plan", "--to", "sql:slow.sql")
    eventually(lambda: sql(SLEEPING) == [(1,)])
    process.send_signal(number)
    assert ended(process)[:2] == (code, "")
    assert sql("select datname from pg_database order by 1") == before


@BOTH
def test_a_signal_while_a_server_does_not_answer(lockplane: Shell, number: int, code: int) -> None:
    """The host takes the connection, and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgres://me:s3cret@127.0.0.1:{silent.getsockname()[1]}/d"
        process = lockplane.start("introspect", url)
        silent.settimeout(30)
        client, _ = silent.accept()
        with client:
            process.send_signal(number)
            assert ended(process)[:2] == (code, "")


@BOTH
def test_a_signal_while_the_embedded_server_is_at_work_ends_it(
    project: Shell, number: int, code: int
) -> None:
    """The folder of the server goes, whose marker names the process."""
    project.write("slow.sql", "SELECT pg_sleep(60);\n")
    process = project.start("convert", "--input", "sql:slow.sql")
    eventually(lambda: folders_of(process.pid) != [])
    time.sleep(0.5)
    process.send_signal(number)
    assert ended(process)[:2] == (code, "")
    assert folders_of(process.pid) == []


def folders_of(pid: int) -> list[Path]:
    """The folders of throw-away servers that a process made."""
    found = [path for base in bases() for path in base.glob(f"{PREFIX}*")]
    markers = [(path, read_marker(path)) for path in found]
    return [path for path, marker in markers if marker and marker.pid == pid]


@BOTH
def test_a_signal_during_a_command_that_only_reads(
    lockplane: Shell, number: int, code: int, tmp_path: Path
) -> None:
    lockplane.write("print.sh", "#!/bin/sh\ntouch started\nexec sleep 60\n").chmod(0o755)
    process = lockplane.start("convert", "--input", "exec:./print.sh")
    eventually((tmp_path / "started").exists)
    process.send_signal(number)
    returned, out, err = ended(process)
    assert (returned, out) == (code, "")
    assert "Interrupted" in err


def test_a_reader_that_went_away_is_no_traceback(lockplane: Shell) -> None:
    lockplane.write("s.json", '{"tables": []}')
    command = lockplane.command("schema", "plan")
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        command, env=lockplane.env, stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert process.returncode == 1
    assert process.stderr == b""


# -- on a terminal -------------------------------------------------------------------------


class Terminal:
    """The program on a terminal of its own, with stdout apart."""

    def __init__(self, shell: Shell, *words: str) -> None:
        self._own, theirs = pty.openpty()
        self.process = subprocess.Popen(
            shell.command(*words),
            cwd=shell.folder,
            env=shell.env | {"TERM": "xterm"},
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def expect(self, text: str) -> None:
        """Read until `text` appears."""
        end = time.monotonic() + 30
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self._own], [], [], 0.2)[0]:
                self.seen += os.read(self._own, 10_000).decode()

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._own, f"{text}\n".encode())

    def result(self) -> tuple[int, Any]:
        """The exit code, and the JSON on stdout."""
        assert self.process.stdout
        stdout, answer = self.process.stdout.fileno(), b""
        while True:  # the terminal must be read meanwhile, or the program blocks
            ready, _, _ = select.select([stdout, self._own], [], [], 30)
            assert ready, f"nothing for 30 seconds after {self.seen}"
            if stdout in ready:
                part = os.read(stdout, 10_000)
                answer += part
                if not part:
                    break
            else:
                self._drain()
        self.process.stdout.close()
        code = self.process.wait(30)
        os.close(self._own)
        return code, json.loads(answer)

    def _drain(self) -> None:
        try:
            self.seen += os.read(self._own, 10_000).decode()
        except OSError:  # Linux says EIO when the other end is closed
            time.sleep(0.1)


def test_on_a_terminal_yes_applies_the_plan(pg: Shell) -> None:
    terminal = Terminal(pg, "apply", "--to", "schema.lp.sql")
    terminal.expect("Only `yes` applies this plan")
    assert "CREATE TABLE" in terminal.seen
    terminal.type("yes")
    code, result = terminal.result()
    assert (code, result["success"], result["steps_applied"]) == (0, True, 1)


def test_on_a_terminal_anything_else_changes_nothing(pg: Shell) -> None:
    terminal = Terminal(pg, "apply", "--to", "schema.lp.sql")
    terminal.expect("Only `yes` applies this plan")
    terminal.type("y")
    code, result = terminal.result()
    assert (code, result["error"]["code"]) == (1, "not_approved")
    assert pg("introspect").json == {"tables": []}


def test_ctrl_c_at_the_question_changes_nothing(pg: Shell) -> None:
    terminal = Terminal(pg, "apply", "--to", "schema.lp.sql")
    terminal.expect("Only `yes` applies this plan")
    time.sleep(0.5)  # a signal just before the read begins would only be seen after it
    terminal.process.send_signal(signal.SIGINT)
    code, result = terminal.result()
    assert (code, result["error"]["code"]) == (130, "interrupted")
    assert pg("introspect").json == {"tables": []}


def test_on_a_terminal_the_digest_agrees_to_the_loss_of_data(pg: Shell) -> None:
    pg("apply", "--auto-approve", "--to", "schema.lp.sql").succeeded()
    pg.write("lockplane.toml", "[environments.live]\nprotected = true\n")
    pg.write("empty.json", '{"tables": []}')
    digest = pg.save("drop.json", "plan", "--to", "empty.json").json["digest"]
    del pg.env["SHADOW_DATABASE_URL"]  # a protected server takes no scratches
    words = ("apply", "--plan", "drop.json", "--env", "live")
    for typed, code in (("yes", 1), (digest[:7], 1), (digest[:8], 0)):
        terminal = Terminal(pg, *words)
        terminal.expect("digits of its digest")
        assert "Drop table users" in terminal.seen
        terminal.type(typed)
        assert terminal.result()[0] == code
    assert pg("introspect").json == {"tables": []}


@pytest.mark.parametrize("product", ["sqlite", "postgres"])
def test_of_two_runs_at_once_the_slower_is_told_to_try_again(
    product: str, request: pytest.FixtureRequest
) -> None:
    """Whoever comes second is busy or has nothing to do; it never fails for good."""
    is_file = product == "sqlite"
    shell: Shell = request.getfixturevalue("lockplane" if is_file else "pg")
    url = "app.db" if is_file else request.getfixturevalue("main")
    for count in range(3):
        columns = "".join(f", c{number} integer" for number in range(count))
        shell.write("both.lp.sql", f"CREATE TABLE both_of_us (id integer PRIMARY KEY{columns});\n")
        words = ("apply", "--db", url, "--to", "both.lp.sql", "--auto-approve", "--allow-data-loss")
        runs = [ended(process) for process in [shell.start(*words) for _ in range(2)]]
        codes = sorted(code for code, _, _ in runs)
        assert codes in ([0, 0], [0, 75]), runs
        for code, out, err in runs:
            assert code == 0 or json.loads(out)["error"]["code"] == "busy", (out, err)
        assert json.loads(shell(*words).succeeded().out)["state"] == "nothing_to_do"
