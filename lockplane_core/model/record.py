"""What was observed: the outcome of a step, the proof of a plan, the result of a run."""

from __future__ import annotations

from typing import Literal

import msgspec

from lockplane_core.model.ref import Ref

OutcomeState = Literal["executed", "adopted", "rebuilt", "satisfied"]
RunState = Literal["committed", "partial", "rolled_back", "unknown", "nothing_to_do", "refused"]


class Outcome(msgspec.Struct, frozen=True):
    """What came of a step: how it was done and in how many seconds."""

    state: OutcomeState = "executed"
    seconds: float = 0.0


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a scratch showed: forward to the target, backward to the start.

    `remade` are objects that were made anew although they were there before, `not_seeded`
    touched tables in which no row could be put, `judge` the server that ran it.
    """

    judge: str
    seeded: tuple[Ref, ...] = ()
    not_seeded: tuple[Ref, ...] = ()
    remade: tuple[Ref, ...] = ()
    notices: tuple[str, ...] = ()


class ErrorRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error as the machine reads it."""

    code: str
    message: str
    hint: str = ""


class RunResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer of `apply`, on success, failure and interruption alike."""

    success: bool = msgspec.field()
    steps_applied: int = msgspec.field()
    state: RunState = "committed"
    errors: tuple[str, ...] = ()
    error: ErrorRecord | None = None
    plan: str = ""
    notices: tuple[str, ...] = ()
    next: str = ""
