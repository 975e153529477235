from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lockplane_core.errors import ScratchError
from lockplane_postgres.server import Binaries, Servers, servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lockplane_postgres.server import Server


@pytest.fixture
def shared() -> Iterator[Servers]:
    with Servers() as one:
        yield one


def test_one_server_serves_every_equal_need(shared: Servers, embedded: Binaries) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(shared.shared_server, [embedded.major] * 8))
    assert len(set(found)) == 1
    assert shared.shared_server(embedded.major, ["citext"]) is found[0]


def test_closing_stops_them_and_another_can_be_had(
    shared: Servers, embedded: Binaries, traces: Callable[[Server], Any]
) -> None:
    first = shared.shared_server(embedded.major)
    left = traces(first)
    shared.close()
    assert not left.running
    assert not left.folder.exists()
    assert shared.shared_server(embedded.major) is not first


def test_a_server_that_died_is_replaced(
    shared: Servers, embedded: Binaries, traces: Callable[[Server], Any]
) -> None:
    first = shared.shared_server(embedded.major)
    left = traces(first)
    os.kill(left.pid, signal.SIGQUIT)
    first._postmaster._thread.join(20)
    second = shared.shared_server(embedded.major)
    assert second is not first
    assert second.alive
    assert not left.folder.exists()


def test_what_dead_runs_left_is_reported(
    shared: Servers, embedded: Binaries, script: Callable[[str], Any]
) -> None:
    run = script("tell(start_one()); time.sleep(600)")
    left = run.told()
    run.process.kill()
    run.process.wait()
    assert left.ended()
    shared.shared_server(embedded.major)
    assert left.folder in [found.path for found in shared.reaped]


def test_an_extension_that_nobody_has_is_an_error(shared: Servers) -> None:
    with pytest.raises(ScratchError, match="no_such_extension"):
        shared.shared_server(None, ["no_such_extension"])


def test_a_server_that_does_not_start_can_be_asked_for_again(
    shared: Servers, embedded: Binaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Binaries) -> None:
        raise ScratchError("no")

    with monkeypatch.context() as patch:
        patch.setattr(servers, "start", fails)
        with pytest.raises(ScratchError):
            shared.shared_server(embedded.major)
    assert shared.shared_server(embedded.major).alive
