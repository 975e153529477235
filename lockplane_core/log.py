"""Log: a lazy proxy over structlog, silent and unloaded until something wants to hear it.

    from lockplane_core.log import log

    log.debug("scratch_made", judge="PostgreSQL 18.6")

Events are in snake_case, data are keys. Passwords are taken out of every value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_SECRETS = (
    # The greedy middle takes passwords that hold an unescaped @ or / as well.
    (re.compile(r"(://[^\s/:@'\"]*:)[^\s'\"]*@"), r"\1***@"),
    (re.compile(r"(?i)\b(password|passwd|authtoken)(\s*=\s*)('[^']*'|[^\s&'\"]+)"), r"\1\2***"),
)


def redact(text: str) -> str:
    """`text` without the passwords of addresses and connection strings in it."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class Log:
    """The logger of the program. Until `listen` is called every event is dropped unformatted."""

    def __init__(self) -> None:
        self._logger: Any = None

    @property
    def is_heard(self) -> bool:
        """Whether somebody listens."""
        return self._logger is not None

    def listen(self, stream: TextIO) -> None:
        """Write every event to `stream`, one line each."""
        import structlog

        self._logger = structlog.wrap_logger(
            structlog.PrintLogger(stream),
            processors=[
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.add_log_level,
                _redacted,
                structlog.processors.LogfmtRenderer(
                    key_order=["timestamp", "level", "event"], bool_as_flag=False
                ),
            ],
        )

    def debug(self, event: str, **data: object) -> None:
        """Something that helps to find a fault."""
        if self._logger:
            self._logger.debug(event, **data)

    def info(self, event: str, **data: object) -> None:
        """Something that was done."""
        if self._logger:
            self._logger.info(event, **data)

    def warning(self, event: str, **data: object) -> None:
        """Something that should not be so, and did not stop the work."""
        if self._logger:
            self._logger.warning(event, **data)


def _redacted(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        event[key] = redact(value) if isinstance(value, str) else value
    return event


log = Log()
