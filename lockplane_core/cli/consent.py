"""Consent: what a person agrees to on a terminal, or by a flag."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from lockplane_core.cli import output
from lockplane_core.engine.losses import TYPED, protected
from lockplane_core.engine.plan_file import digest
from lockplane_core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.config import Settings
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.step import Step


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


def typed_digest(plan: Plan, losing: Sequence[tuple[int, Step]], settings: Settings) -> str:
    """The beginning of the plan's digest, asked for on a terminal; empty where nobody can be asked.

    Raises `Refused` for another answer, and where only an answer would do.
    """
    if not sys.stdin.isatty():
        if settings.protected:
            raise protected(settings)
        return ""
    wanted = digest(plan)[:TYPED]
    output.say("⚠ This plan loses data:")
    for number, step in losing:
        output.say(f"    {number}. {step.description}")
    typed = _ask(f"Type the first {TYPED} digits of its digest, {wanted}, to agree")
    if not typed.startswith(wanted):
        raise Refused("not agreed to the loss of data; nothing was changed", code="data_loss")
    return wanted


def _ask(question: str) -> str:
    answer: str = click.prompt(question, default="", show_default=False, err=True)
    return answer.strip()
