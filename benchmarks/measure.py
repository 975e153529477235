"""Measuring whole processes: CPU, wall time and peak memory, as the system counts them."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KIB = 1024


class Cost(NamedTuple):
    """What a process cost: CPU and wall in seconds, peak memory in MiB."""

    cpu: float
    wall: float
    memory: float


def least(command: Sequence[str], *, runs: int = 5, env: Mapping[str, str] | None = None) -> Cost:
    """The cheapest of several runs after one that does not count: noise only ever adds."""
    run(command, env)
    costs = [run(command, env) for _ in range(runs)]
    return Cost(*(min(cost[i] for cost in costs) for i in range(3)))


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end. Raises `RuntimeError` with its last words if it fails."""
    start = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None  # noqa: S101 - it was asked for
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}\n{said[-2000:]}")
    wall = time.monotonic() - start
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / _KIB)
