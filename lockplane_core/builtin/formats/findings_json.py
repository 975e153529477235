"""Findings as JSON, for editors and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec

from lockplane_core.engine.json_text import pretty
from lockplane_core.model.issue import issues

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.finding import Finding


class JsonFindings:
    """`{"valid": …, "issues": [{file, line, column, severity, message, code, …}]}`."""

    name: ClassVar[str] = "json"
    writes: ClassVar[Literal["findings"]] = "findings"

    def render(self, findings: Sequence[Finding]) -> str:
        """As `lockplane schema findings` describes it."""
        return pretty(msgspec.to_builtins(issues(findings)))
