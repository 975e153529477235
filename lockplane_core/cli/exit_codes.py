"""Exit codes: what the shell learns. Finer reasons are `error.code` in the JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.errors import Busy, LockplaneError

if TYPE_CHECKING:
    from lockplane_core.model.record import RunResult

DONE = 0
"""Done, or nothing to do."""
FAILED = 1
"""Failed, invalid or refused."""
USAGE = 2
"""The command line is wrong."""
DIFFERENCES = 3
"""There are differences (`--exit-code`)."""
BUSY = 75
"""Busy, or interrupted by the server: the same command may be tried again."""
INTERRUPTED = 130
"""Ended by SIGINT."""
TERMINATED = 143
"""Ended by SIGTERM."""


def of_error(error: LockplaneError) -> int:
    """The exit code for an error of ours."""
    return error.exit_code


def of_result(result: RunResult, interruption: int) -> int:
    """The exit code for a run; `interruption` is the one of the signal that came, if one did."""
    if result.success:
        return DONE
    code = result.error.code if result.error else ""
    if code == "interrupted":
        return interruption
    return BUSY if code == Busy.code else FAILED
