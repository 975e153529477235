"""Signals: SIGTERM unwinds like Ctrl-C, so that scratches go and transactions are rolled back."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lockplane_core.cli import exit_codes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Interruption:
    """Which of the two signals came; the exit code says it to the shell."""

    def __init__(self) -> None:
        self.exit_code = exit_codes.INTERRUPTED

    def terminate(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGTERM."""
        self.exit_code = exit_codes.TERMINATED
        raise KeyboardInterrupt


@contextmanager
def listening(interruption: Interruption) -> Iterator[None]:
    """Turn SIGTERM into KeyboardInterrupt inside."""
    before = signal.signal(signal.SIGTERM, interruption.terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
