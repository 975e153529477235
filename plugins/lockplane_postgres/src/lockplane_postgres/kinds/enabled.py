"""When triggers, rules and event triggers fire: by the role that a session has in replication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Enabled = Literal["yes", "no", "replica", "always"]

ENABLED: Mapping[str, Enabled] = {"O": "yes", "D": "no", "R": "replica", "A": "always"}
"""By the letter that the system catalogs have for it."""
SWITCH: Mapping[Enabled, str] = {
    "yes": "ENABLE",
    "no": "DISABLE",
    "replica": "ENABLE REPLICA",
    "always": "ENABLE ALWAYS",
}
"""What ALTER calls it."""
