"""Scratches of dead runs are found by mark and age, and nothing else is touched."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from lockplane_core.spi.shadow import ScratchRequest
from lockplane_postgres import addresses
from lockplane_postgres.keeper import PgKeeper
from lockplane_postgres.leftovers import MARK, PREFIX, Leftover, drop, leftovers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lockplane_postgres.session import PgSession


def dead_pid() -> int:
    """The number of a process that is gone."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.fixture
def make(session: PgSession) -> Iterator[Callable[..., str]]:
    """Make a database with a comment; those that are left go at the end."""
    made: list[str] = []

    def database(name: str, comment: str = "") -> str:
        session.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        session.execute(f"COMMENT ON DATABASE {name} IS '{comment}'")
        made.append(name)
        return name

    yield database
    for name in made:
        session.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def scratch(age: float, end: str = "x") -> str:
    """The name of a scratch of that age."""
    return f"{PREFIX}{int(time.time() - age)}_{end}"


def owner(pid: int, host: str = "") -> str:
    """The mark of a run."""
    return f"{MARK}{host or socket.gethostname()}:{pid} 0123456789abcdef"


def test_who_is_dead(session: PgSession, make: Callable[..., str]) -> None:
    dead = [
        make(scratch(7200, "elsewhere"), owner(1, "other-host")),
        make(scratch(5, "here"), owner(dead_pid())),
    ]
    alive = [
        make(scratch(5, "young"), owner(1, "other-host")),
        make(scratch(5, "mine"), owner(os.getpid())),
        make(scratch(7200, "unmarked"), "somebody else"),
        make("lockplane_test_leftover", owner(dead_pid())),
    ]
    found = {leftover.name for leftover in leftovers(session)}
    assert found >= set(dead)
    assert not found & set(alive)


def test_a_scratch_that_somebody_is_on_stays(
    session: PgSession, make: Callable[..., str], url: str
) -> None:
    name = make(scratch(7200, "used"), owner(dead_pid()))
    leftover = next(found for found in leftovers(session) if found.name == name)
    other = addresses.connect(url, "read", database=name)
    assert name not in [found.name for found in leftovers(session)]
    assert not drop(session, leftover)
    other.close()


def test_a_scratch_that_bears_another_mark_by_now_stays(
    session: PgSession, make: Callable[..., str]
) -> None:
    name = make(scratch(7200, "again"), owner(1, "other-host"))
    assert not drop(session, Leftover(name, owner(2, "other-host")))
    assert not drop(session, Leftover(scratch(7200, "gone"), owner(2)))
    assert drop(session, Leftover(name, owner(1, "other-host")))


def test_clean_drops_them_on_the_server_that_was_named_alone(
    session: PgSession, make: Callable[..., str], url: str
) -> None:
    name = make(scratch(7200, "clean"), owner(dead_pid()))
    keeper = PgKeeper()
    assert f"scratch {name}" not in [held.name for held in keeper.clean(ScratchRequest())]
    request = ScratchRequest(shadow_url=url)
    held = next(h for h in keeper.status(request) if h.name == f"scratch {name}")
    assert held.state == "leftover"
    assert f"scratch {name}" in [held.name for held in keeper.clean(request)]
    assert session.query("SELECT 1 FROM pg_database WHERE datname = %s", (name,)) == []
