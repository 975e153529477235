"""Consent: what the user agreed to."""

from __future__ import annotations

import msgspec


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What the user agreed to, and how long to wait for another run (in seconds).

    `digest` is the beginning of the plan's digest, which a person typed to agree to what this
    very plan loses; a protected environment takes nothing else.
    """

    allow_data_loss: bool = False
    digest: str = ""
    skip_shadow: bool = False
    wait: float = 30.0
