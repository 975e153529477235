"""Line: one line on a terminal that says what is being done, once that takes a while."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lockplane_core.log import log, redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.live import Live

PATIENCE = 1.0
"""Seconds in which nobody wants to hear anything."""


class Line:
    """Called with what begins; inside the context it is shown, with whatever begins in it.

    The line is on stderr, and only where that is a terminal that nothing else is logged to.
    """

    def __init__(self) -> None:
        self._said: list[str] = []
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None
        self._live: Live | None = None

    @contextmanager
    def __call__(self, what: str) -> Iterator[None]:
        """Show it while the context lasts; a log that is heard says when it began and ended."""
        if log.is_heard or not sys.stderr.isatty():
            log.debug("began", what=what)
            yield
            log.debug("ended", what=what)
            return
        self._begin(what)
        try:
            yield
        finally:
            self._end()

    def _begin(self, what: str) -> None:
        with self._lock:
            self._said.append(redact(what))
            if self._timer is None:
                self._timer = threading.Timer(PATIENCE, self._appear)
                self._timer.daemon = True
                self._timer.start()
            self._refresh()

    def _end(self) -> None:
        with self._lock:
            self._said.pop()
            if self._said:
                self._refresh()
                return
            if self._timer:
                self._timer.cancel()
            if self._live:
                self._live.stop()
            self._timer = self._live = None

    def _appear(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        with self._lock:
            if not self._said:  # it ended while the modules were imported
                return
            # Standard output stays as it is: the answer may go through it to another program.
            self._live = Live(
                Spinner("dots"),
                console=Console(stderr=True),
                transient=True,
                redirect_stdout=False,
            )
            self._refresh()
            self._live.start()

    def _refresh(self) -> None:
        if self._live:
            from rich.spinner import Spinner
            from rich.text import Text

            words = Text(self._said[-1], overflow="ellipsis", no_wrap=True)
            self._live.update(Spinner("dots", text=words))
