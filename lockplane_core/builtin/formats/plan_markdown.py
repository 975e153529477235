"""Plans as Markdown, for the description of a pull request or a comment on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from lockplane_core.builtin.formats.markdown import code, fenced, plain, table
from lockplane_core.builtin.formats.plan_words import blocked, effects, locked, script, summary
from lockplane_core.engine.plan_file import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lockplane_core.model.plan import Plan
    from lockplane_core.model.step import Lock, Step
    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.kind import Kind

_HEAD = ("", "step", "effects", "locks")


class MarkdownPlan:
    """What will happen as a table; the SQL of it and of its rollback folded away."""

    name: ClassVar[str] = "markdown"
    writes: ClassVar[Literal["plan"]] = "plan"

    def __init__(self, registry: Callable[[], Registry]) -> None:
        self._registry = registry

    def render(self, plan: Plan) -> str:
        """A heading of the third level, what is lost, the steps, and the SQL."""
        if not plan.steps:
            return "### Lockplane: nothing to do\n"
        kinds = self._registry().kinds(plan.dialect)
        lines = [f"### Lockplane: plan {code(short(plan))}", "", f"{plain(summary(plan))}.", ""]
        lines += [*_warnings(plan), *table(_HEAD, list(_rows(plan, kinds)))]
        lines += _folded("SQL", plan.steps)
        lines += _folded("SQL of the rollback", [undo.step for undo in plan.undo])
        return "\n".join(lines) + "\n"


def _warnings(plan: Plan) -> Iterator[str]:
    losing = [number for number, _ in plan.loses_data()]
    undone = {number for undo in plan.undo for number in undo.undoes}
    stuck = [
        number
        for number, step in enumerate(plan.steps, 1)
        if number not in undone or "irreversible" in step.effects
    ]
    for words, numbers in (("Data is lost", losing), ("No rollback is known", stuck)):
        if numbers:
            yield from (f"> **{words}**: {_steps(numbers)}", "")


def _steps(numbers: Sequence[int]) -> str:
    word = "step" if len(numbers) == 1 else "steps"
    return f"{word} {', '.join(map(str, numbers))}"


def _rows(plan: Plan, kinds: Mapping[str, Kind]) -> Iterator[tuple[str, ...]]:
    for number, step in enumerate(plan.steps, 1):
        said = effects(step)
        cell = f"**{plain(said)}**" if said else ""
        yield str(number), plain(step.description), cell, _locks(step, kinds)


def _locks(step: Step, kinds: Mapping[str, Kind]) -> str:
    said = [_lock(lock, kinds) for lock in step.locks]
    if step.transaction == "outside":
        said.append("runs outside any transaction")
    return "<br>".join(said)


def _lock(lock: Lock, kinds: Mapping[str, Kind]) -> str:
    words = ", ".join(filter(None, (lock.mode, blocked(lock))))
    return f"{code(locked(lock, kinds))}: {plain(words)}"


def _folded(title: str, steps: Sequence[Step]) -> Iterator[str]:
    if steps:
        sql = "\n".join(line for n, step in enumerate(steps, 1) for line in script(n, step))
        yield from ("", f"<details><summary>{title}</summary>", "")
        yield from (fenced(sql, "sql"), "", "</details>")
