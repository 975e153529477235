"""Plans as a SQL script, for review or for a client of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from lockplane_core.algebra.segment import segments
from lockplane_core.builtin.formats.plan_words import script
from lockplane_core.engine.plan_file import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lockplane_core.model.plan import Plan, Segment
    from lockplane_core.plugins.registry import Registry
    from lockplane_core.spi.dialect import Dialect

_WARNING = (
    "-- Run by hand, this script has none of the guards of `lockplane apply`: it is not tried",
    "-- on a scratch, and does not ask whether the database is in the state it was made for.",
)


class SqlPlan:
    """The statements in their order, each transaction with what opens and closes it."""

    name: ClassVar[str] = "sql"
    writes: ClassVar[Literal["plan"]] = "plan"

    def __init__(self, registry: Callable[[], Registry]) -> None:
        self._registry = registry

    def render(self, plan: Plan) -> str:
        """A script that ends in a newline; without steps, a comment that says so."""
        if not plan.steps:
            return "-- Nothing to do.\n"
        dialect = self._registry().dialects.get(plan.dialect)
        parts = segments(plan.steps)
        lines = [f"-- Plan {short(plan)}", *_WARNING]
        lines += dialect.script_opening(parts) if dialect else ()
        number = 0
        for segment in parts:
            lines += ["", *_segment(segment, dialect, number)]
            number += len(segment.steps)
        return "\n".join(lines) + "\n"


def _segment(segment: Segment, dialect: Dialect | None, before: int) -> Iterator[str]:
    opening, closing = dialect.frame(segment) if dialect else ((), ())
    yield from (f"{sql};" for sql in opening)
    for number, step in enumerate(segment.steps, before + 1):
        yield from script(number, step)
    yield from (f"{sql};" for sql in closing)
