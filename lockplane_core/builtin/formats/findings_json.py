"""Findings as JSON, for editors and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from lockplane_core.engine.json_text import pretty
from lockplane_core.model.node import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lockplane_core.model.finding import Finding

_NOWHERE = Span("", 1, 1)


class JsonFindings:
    """`{"valid": …, "issues": [{file, line, column, severity, message, code}]}`."""

    name: ClassVar[str] = "json"
    writes: ClassVar[Literal["findings"]] = "findings"

    def render(self, findings: Sequence[Finding]) -> str:
        """Valid is what holds no error; lines and columns count from 1."""
        valid = not any(finding.is_error for finding in findings)
        return pretty({"valid": valid, "issues": [_issue(finding) for finding in findings]})


def _issue(finding: Finding) -> dict[str, Any]:
    span = finding.span or _NOWHERE
    more = {
        "rule": finding.code,
        "object": str(finding.ref) if finding.ref else "",
        "step": finding.step or 0,
        "suggestion": finding.suggestion,
    }
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "severity": finding.severity,
        "message": finding.message,
        "code": finding.id,
        **{key: value for key, value in more.items() if value},
    }
