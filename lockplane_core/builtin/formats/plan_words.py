"""What formats for people say of a plan, in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lockplane_core.algebra.segment import segments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockplane_core.model.plan import Plan
    from lockplane_core.model.step import Blocks, Effect, Lock, Step
    from lockplane_core.spi.kind import Kind

_EFFECTS: Mapping[Effect, str] = {
    "data_loss": "loses data",
    "rewrite": "rewrites every row",
    "scan": "reads every row",
    "backfill": "fills the rows that are there",
    "breaking": "may break programs that expect the schema as it was",
    "security": "changes who may read or write what",
    "irreversible": "can not be taken back",
}
_BLOCKED: Mapping[Blocks, str] = {"reads": "reads", "writes": "writes", "ddl": "schema changes"}


def summary(plan: Plan) -> str:
    """How much there is to do, and whose words the plan is in."""
    parts = [count(len(plan.steps), "step"), count(len(segments(plan.steps)), "transaction")]
    if plan.judge:
        parts.append(f"read with {plan.judge}")
    return ", ".join(parts)


def count(number: int, noun: str) -> str:
    """A number of things, in words that fit the number."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def effects(step: Step) -> str:
    """What a step means for data and users; empty if nothing."""
    return ", ".join(_EFFECTS[effect] for effect in step.effects)


def blocked(lock: Lock) -> str:
    """What a lock keeps waiting; empty if nothing."""
    *others, last = [_BLOCKED[what] for what in lock.blocks] or [""]
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"blocks {listed}" if last else ""


def locked(lock: Lock, kinds: Mapping[str, Kind]) -> str:
    """The object that is locked, by its name as descriptions say it."""
    kind = kinds.get(lock.ref.kind)
    return f"{lock.ref.noun} {kind.spoken(lock.ref)}" if kind else str(lock.ref)


def conditions(step: Step) -> list[str]:
    """What the target is asked before the first statement: where it is so, nothing is run."""
    return list(dict.fromkeys(guard.message for guard in step.guards))


def script(number: int, step: Step) -> list[str]:
    """A step as SQL: its description as a comment, then its statements."""
    return [f"-- {number}. {' '.join(step.description.split())}", *map(ended, step.sql)]


def ended(sql: str) -> str:
    """A statement with its semicolon, on a line of its own where a comment might swallow it."""
    text = sql.rstrip()
    if text.endswith(";"):
        return text
    return f"{text}\n;" if "--" in text.rpartition("\n")[2] else f"{text};"
