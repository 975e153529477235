"""Plans as JSON: the file that `apply` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from lockplane_core.engine.plan_file import write_plan

if TYPE_CHECKING:
    from lockplane_core.model.plan import Plan


class JsonPlan:
    """The plan file."""

    name: ClassVar[str] = "json"
    writes: ClassVar[Literal["plan"]] = "plan"

    def render(self, plan: Plan) -> str:
        """The whole file, with its digest."""
        return write_plan(plan)
