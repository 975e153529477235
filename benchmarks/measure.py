"""Measuring whole processes: CPU, wall time and peak memory, as the system counts them."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from resource import struct_rusage

    Meter = Callable[[], float]

_KIB = 1024


class Cost(NamedTuple):
    """What a process cost: its own CPU, the server's, and wall in seconds; peak memory in MiB.

    What it started itself, a throw-away server too, counts as its own. `is_whole` is False if it
    was stopped before its end: then it would have cost more.
    """

    own: float
    server: float
    wall: float
    memory: float
    is_whole: bool = True

    @property
    def cpu(self) -> float:
        """All CPU that was spent for it."""
        return self.own + self.server


class Measure(NamedTuple):
    """How to measure: how often, with which meter of the server's CPU, after which preparation.

    More seconds than `patience` are not waited for.
    """

    runs: int = 1
    meter: Meter = lambda: 0.0
    prepare: Callable[[], object] = lambda: None
    patience: float | None = None

    def least(self, command: Sequence[str]) -> Cost:
        """The cheapest of several runs after one that does not count: noise only ever adds.

        One run is one run: it counts.
        """
        costs = [self.run(command)]
        if self.runs > 1 and costs[0].is_whole:
            costs = [self.run(command) for _ in range(self.runs)]
        least = min(costs, key=lambda cost: cost.cpu)
        return least._replace(
            wall=min(cost.wall for cost in costs), memory=min(cost.memory for cost in costs)
        )

    def run(self, command: Sequence[str]) -> Cost:
        """Run a command once. Raises `RuntimeError` with its last words if it fails."""
        self.prepare()
        before, start = self.meter(), time.monotonic()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
            usage, is_whole = _awaited(process, self.patience)
            wall = time.monotonic() - start
            if process.returncode and is_whole:
                said.seek(0)
                last = said.read().decode(errors="replace")[-2000:]
                raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}\n{last}")
        own = usage.ru_utime + usage.ru_stime
        return Cost(own, self.meter() - before, wall, usage.ru_maxrss / _KIB, is_whole)


def _awaited(
    process: subprocess.Popen[bytes], patience: float | None
) -> tuple[struct_rusage, bool]:
    """What a process used, its children included, and whether it came to its end by itself."""
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        process.kill()

    timer = threading.Timer(patience or threading.TIMEOUT_MAX, stop)
    timer.daemon = True
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage, not stopped.is_set()
