"""Format: how a result is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.finding import Finding
    from lockplane_core.model.plan import Plan

Writes = Literal["plan", "findings"]


class PlanFormat(Protocol):
    """Writes a plan, e.g. as text, SQL or JSON."""

    name: ClassVar[str]
    writes: ClassVar[Literal["plan"]]

    def render(self, plan: Plan) -> str:
        """The whole document, ending in a newline."""
        ...


class FindingsFormat(Protocol):
    """Writes findings, e.g. as text, JSON or SARIF."""

    name: ClassVar[str]
    writes: ClassVar[Literal["findings"]]

    def render(self, findings: Sequence[Finding]) -> str:
        """The whole document, ending in a newline."""
        ...
