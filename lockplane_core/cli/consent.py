"""Consent: what a person agrees to on a terminal, or by a flag."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from lockplane_core.cli import output
from lockplane_core.engine.plan_file import digest
from lockplane_core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.config import Settings
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.step import Step

_SHOWN = 8


def approve() -> None:
    """Ask for the word `yes`. Raises `Refused` without it, or if nobody can be asked."""
    if not sys.stdin.isatty():
        raise Refused(
            "there is no terminal to ask for approval on; nothing was changed",
            hint="Say --auto-approve. Or have the plan reviewed first: "
            "lockplane plan --out plan.json, then lockplane apply --plan plan.json",
            code="not_approved",
        )
    if _ask("Only `yes` applies this plan") != "yes":
        raise Refused("not approved; nothing was changed", code="not_approved")


def data_loss_is_allowed(
    plan: Plan, losing: Sequence[tuple[int, Step]], settings: Settings, *, by_flag: bool
) -> bool:
    """Whether somebody agreed to what the plan loses. Raises `Refused` for a wrong answer.

    In a protected environment only the beginning of the plan's digest, typed on a terminal, does.
    """
    if not losing or (by_flag and not settings.protected):
        return by_flag
    if not sys.stdin.isatty():
        if settings.protected:
            raise _protected(settings)
        return False
    wanted = digest(plan)
    output.say("⚠ This plan loses data:")
    for number, step in losing:
        output.say(f"    {number}. {step.description}")
    typed = _ask(f"Type the first {_SHOWN} digits of its digest, {wanted[:_SHOWN]}, to agree")
    if len(typed) < _SHOWN or not wanted.startswith(typed):
        raise Refused("not agreed to the loss of data; nothing was changed", code="data_loss")
    return True


def _protected(settings: Settings) -> Refused:
    return Refused(
        f"this plan loses data, and the environment {settings.environment or 'here'} is protected",
        hint="Run it on a terminal, where the digest of the plan can be typed.",
        code="data_loss",
    )


def _ask(question: str) -> str:
    answer: str = click.prompt(question, default="", show_default=False, err=True)
    return answer.strip()
