"""A server process of ours: how it is started, and that it never outlives us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from lockplane_postgres.server.account import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lockplane_postgres.server.account import Account

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 10.0
_KEPT = (
    "DYLD_FALLBACK_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "LD_LIBRARY_PATH",
    "PATH",
    "TMPDIR",
)


def environment() -> dict[str, str]:
    """What our programs see: neither PGPORT and its like nor any password of ours."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


class Postmaster:
    """One `postgres`, started from a thread that waits for its end.

    On Linux the kernel sends SIGQUIT to the server when the *thread* that started it ends,
    so a thread is used that ends only after the server, or with the whole process.
    """

    def __init__(self, command: Sequence[str], account: Account, log: Path) -> None:
        self._command = command
        self._account = account
        self._log = log
        self._spawned = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._keep, name="lockplane-postgres", daemon=True)
        self._thread.start()
        try:
            self._spawned.wait()
        except BaseException:  # Ctrl-C
            self._spawned.wait()
            self.quit()
            raise
        if self._error:
            raise self._error

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def quit(self) -> None:
        """End the server at once; what it wrote is thrown away anyhow."""
        for number, seconds in ((signal.SIGQUIT, _STOP_SECONDS), (signal.SIGKILL, None)):
            if self.alive and self._process:
                self._process.send_signal(number)
                self._thread.join(seconds)

    def _keep(self) -> None:
        try:
            self._process = self._spawn()
        except (OSError, subprocess.SubprocessError) as error:
            self._error = error
            return
        finally:
            self._spawned.set()
        self._process.wait()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                cwd="/",
                env=environment(),
                preexec_fn=_dies_with(os.getpid()),  # noqa: PLW1509 - calls prctl and nothing else
                start_new_session=True,  # a Ctrl-C at the terminal is for us alone
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **identity(self._account),
            )


def _dies_with(parent: int) -> Callable[[], None] | None:
    """What the child does between fork and exec; elsewhere than on Linux leftovers are reaped."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl

    def ask_for_the_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGQUIT))
        if os.getppid() != parent:  # we died before the kernel was asked
            os._exit(1)

    return ask_for_the_signal
