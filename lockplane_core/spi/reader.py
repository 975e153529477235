"""Reader: a session that kinds introspect with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockplane_core.spi.session import Session


class Reader:
    """What kinds introspect with: a session, and room for what a dialect's kinds share."""

    def __init__(self, session: Session) -> None:
        self.session = session
