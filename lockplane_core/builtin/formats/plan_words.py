"""What formats for people say of a plan, in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.algebra.segment import segments

if TYPE_CHECKING:
    from lockplane_core.model.plan import Plan
    from lockplane_core.model.step import Lock, Step


def summary(plan: Plan) -> str:
    """How much there is to do, and whose words the plan is in."""
    parts = [_count(len(plan.steps), "step"), _count(len(segments(plan.steps)), "transaction")]
    if plan.judge:
        parts.append(f"read with {plan.judge}")
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def effects(step: Step) -> str:
    """What a step means for data and users; empty if nothing."""
    return ", ".join(effect.replace("_", " ") for effect in step.effects)


def blocked(lock: Lock) -> str:
    """What a lock keeps waiting; empty if nothing."""
    return f"blocks {' and '.join(lock.blocks)}" if lock.blocks else ""


def script(number: int, step: Step) -> list[str]:
    """A step as SQL: its description as a comment, then its statements."""
    return [f"-- {number}. {' '.join(step.description.split())}", *map(_ended, step.sql)]


def _ended(sql: str) -> str:
    """A statement with its semicolon, on a line of its own where a comment might swallow it."""
    text = sql.rstrip()
    if text.endswith(";"):
        return text
    return f"{text}\n;" if "--" in text.rpartition("\n")[2] else f"{text};"
