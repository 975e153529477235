"""Losses: what a plan written by hand loses, as its SQL says and as the scratch showed.

A plan of ours says so itself. One by hand says nothing, or not everything: nothing is lost in
silence for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lockplane_core.engine.plan_file import digest
from lockplane_core.errors import Refused
from lockplane_core.model.statement import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lockplane_core.config import Settings
    from lockplane_core.engine.bench import Bench
    from lockplane_core.model.change import Change
    from lockplane_core.model.consent import Consent
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.statement import Statement
    from lockplane_core.model.step import Step

_HOLDERS = ("table", "column", "schema")
_VERBS = ("delete", "truncate")
TYPED = 8
"""How many digits of a plan's digest stand for consent."""


def weighed(bench: Bench, plan: Plan) -> Plan:
    """The plan, with each step of it that says nothing about itself marked if it loses data."""
    steps = tuple(
        msgspec.structs.replace(step, effects=(*step.effects, "data_loss"))
        if _is_silent(step) and _loses(bench, step)
        else step
        for step in plan.steps
    )
    return msgspec.structs.replace(plan, steps=steps) if steps != plan.steps else plan


def agreed(
    plan: Plan, losing: Sequence[tuple[int, Step]], consent: Consent, settings: Settings
) -> bool:
    """Whether somebody agreed to the loss: by the digest, or by the flag where nothing forbids it.

    Raises `Refused` where the flag is given and the environment is protected.
    """
    if len(consent.digest) >= TYPED and digest(plan).startswith(consent.digest):
        return True
    if losing and consent.allow_data_loss and settings.protected:
        raise protected(settings)
    return consent.allow_data_loss and not settings.protected


def protected(settings: Settings) -> Refused:
    """The refusal of an environment where a person has to look at each loss of data."""
    return Refused(
        f"this plan loses data, and the environment {settings.environment or 'here'} is protected",
        hint="Run it on a terminal, where the digest of the plan can be typed.",
        code="data_loss",
    )


def refuse_unsaid(
    bench: Bench,
    plan: Plan,
    changes: Iterable[Change],
    allowed: bool,  # noqa: FBT001 - the answer itself
) -> None:
    """Raise `Refused` for what went on the scratch though no step says so, unless agreed to."""
    if allowed:
        return
    said = {ref for step in plan.steps for ref in (*step.destroys, *step.settles)}
    roles = bench.registry.roles(bench.dialect.name)
    lost = [
        change.ref
        for change in changes
        if change.action in ("drop", "replace")
        and roles.get(change.ref.kind) in _HOLDERS
        and change.ref not in said
    ]
    if lost:
        names = ", ".join(str(ref) for ref in dict.fromkeys(lost))
        raise Refused(
            f"this plan loses data, and does not say so: {names}",
            hint="If that is what you want, say --allow-data-loss.",
            code="data_loss",
        )


def _is_silent(step: Step) -> bool:
    """Whether a step was written by hand: it does not say what it touches."""
    claims = step.produces or step.destroys or step.settles
    return not claims and "data_loss" not in step.effects


def _loses(bench: Bench, step: Step) -> bool:
    documents = (Document(step.description, sql) for sql in step.sql)
    return any(_takes(s) for d in documents for s in bench.dialect.script(d).statements)


def _takes(statement: Statement) -> bool:
    """Whether rows or values go with what a statement does."""
    if statement.verb in _VERBS:
        return True
    return any(item.role in _HOLDERS for item in statement.drops)
