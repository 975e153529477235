"""Plan: segments of steps, their undo, and the state they were made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lockplane_core.model.scope import Scope
from lockplane_core.model.step import Step, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1


class UndoStep(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A step that takes back forward steps; `undoes` counts them from 1."""

    step: Step
    undoes: tuple[int, ...] = ()


class Segment(msgspec.Struct, frozen=True):
    """Steps that run together: one transaction, or one step that may not be in one."""

    steps: tuple[Step, ...]
    transaction: Transaction = "inside"


class Plan(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What will be done to which state, and how to take it back.

    `source_hash` and `target_hash` are fingerprints (64 hex digits; empty in a plan written
    by hand). `judge` names the server that spoke for both sides, `version` its version, `scope`
    what is managed, `plugins` the distributions that made the plan. Findings of checks are
    reported beside a plan, never stored in it. `extra` keeps what others wrote under `x-` keys.
    """

    dialect: str
    steps: tuple[Step, ...]
    undo: tuple[UndoStep, ...] = ()
    source_hash: str = ""
    target_hash: str = ""
    judge: str = ""
    version: str = ""
    scope: Scope = Scope()
    plugins: tuple[str, ...] = ()
    format: int = FORMAT
    is_rollback: bool = False
    extra: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def bound(self) -> bool:
        """Whether it may only run against one state of the database."""
        return bool(self.source_hash)

    def loses_data(self) -> Iterator[tuple[int, Step]]:
        """The steps that lose data, with their numbers from 1."""
        for number, step in enumerate(self.steps, 1):
            if "data_loss" in step.effects:
                yield number, step
